import { isNalCodec, isParameterSet, isSlice, nalType, type NalCodec } from '../h26x/nal.js';
import type { AudioFormat, AudioPacket, Packet, VideoFormat, VideoPacket } from '../packet.js';
import { u32 } from './box.js';
import { fragmentOf, type TrackRun } from './fragment.js';
import { AUDIO, initSegment, VIDEO } from './init.js';
import { audioEntry, videoEntry, type AudioEntry } from './sample-entry.js';
import { placePictures, placeSound } from './timing.js';

export { FragmentError, type FragmentFault } from './fault.js';
export { isCarried } from './sample-entry.js';

export interface FragmentFormats {
  /** H.264 or HEVC. */
  readonly video: VideoFormat;
  /** AAC. */
  readonly audio?: AudioFormat | undefined;
}

/**
 * Writes MP4 in fragments: {@link init} first, then what {@link fragment} gives, in order. The file begins at time 0 with
 * the first keyframe, without an edit list, and can be shown up to the end of any fragment.
 */
export class Fragmenter {
  /** `ftyp` and `moov`. */
  readonly init: Buffer;
  private readonly codec: NalCodec;
  private readonly audio: AudioEntry | undefined;
  private sequence = 0;
  /** The time of the first keyframe, ms. */
  private origin: number | undefined;
  private pictureEnd = 0;
  private soundEnd: number | undefined;

  /** @throws {FragmentError} */
  constructor({ video, audio }: FragmentFormats) {
    const entry = videoEntry(video);
    this.codec = entry.codec;
    this.audio = audio && audioEntry(audio);
    this.init = initSegment(entry, this.audio);
  }

  /**
   * One `moof` and one `mdat`, beginning with a keyframe: pictures before the first one are left out. Sound belongs to
   * the fragment it is given with; what lies before the first picture of the file is left out.
   * @param packets of one or more GOPs, in order of arrival; sound is ignored where the file has none
   * @param until ms: the time of the keyframe at which the next fragment begins, or of the end
   * @returns undefined where the packets hold no keyframe
   */
  fragment(packets: readonly Packet[], until: number): Buffer | undefined {
    const all = packets.filter((packet) => packet.kind === 'video' && packet.units.some(this.isSlice)) as VideoPacket[];
    const [keyframe, ...rest] = all.slice(
      Math.max(
        0,
        all.findIndex((packet) => packet.keyframe),
      ),
    );
    if (keyframe?.keyframe !== true) return undefined;
    const isFirst = this.origin === undefined;
    this.origin ??= Number.isFinite(keyframe.time) ? keyframe.time : 0;
    const second = rest.findIndex((packet) => packet.keyframe);
    const pictures = [
      keyframe,
      ...rest.filter((packet, at) => !isFirst || (second >= 0 && at >= second) || !this.isLeading(packet)),
    ];
    const sounds = packets.filter((packet) => packet.kind === 'audio' && packet.data.length > 0) as AudioPacket[];
    const sound = this.placeSound(sounds);
    this.sequence++;
    return fragmentOf(this.sequence, [this.placePictures(pictures, until), ...(sound === undefined ? [] : [sound])]);
  }

  private placePictures(pictures: readonly VideoPacket[], until: number): TrackRun {
    const times = pictures.map(({ time }) => this.ticks(time, VIDEO.timescale));
    const run = placePictures({
      ...{ times, from: this.pictureEnd, until: this.ticks(until, VIDEO.timescale) },
      ...{ open: this.codec === 'hevc', timescale: VIDEO.timescale },
    });
    this.pictureEnd = run.end;
    const data = pictures.map(({ units }) => units.filter(this.isSlice).flatMap((unit) => [u32(unit.length), unit]));
    return { ...run, track: VIDEO.track, data, sync: pictures.map(({ keyframe }) => keyframe) };
  }

  private placeSound(sounds: readonly AudioPacket[]): TrackRun | undefined {
    if (this.audio === undefined) return undefined;
    const { timescale, duration } = this.audio;
    const times = sounds.map(({ time }) => this.ticks(time, timescale));
    const run = placeSound(times, this.soundEnd, duration, timescale);
    if (run === undefined) return undefined;
    this.soundEnd = run.end;
    const data = run.kept.map((at) => sounds[at]).map((sound) => (sound === undefined ? [] : [sound.data]));
    return { ...run, track: AUDIO.track, data, sync: data.map(() => true) };
  }

  private ticks(time: number, timescale: number): number {
    return Math.round(((time - (this.origin ?? 0)) * timescale) / 1000);
  }

  /** Parameter sets are in {@link init}; delimiters and SEI are of no use in a file. */
  private readonly isSlice = (unit: Buffer): boolean => unit.length > 0 && isSlice(this.codec, unit);

  /** HEVC's RADL and RASL pictures are shown before the keyframe that they follow: a file cannot begin with them. */
  private isLeading({ units }: VideoPacket): boolean {
    if (this.codec !== 'hevc') return false;
    return units.some((unit) => this.isSlice(unit) && nalType('hevc', unit) >= 6 && nalType('hevc', unit) <= 9);
  }
}

/** False where a picture brings parameter sets that `format` does not have: a file in this format has to end before it. */
export function hasSameParameters({ codec, parameterSets }: VideoFormat, { units }: VideoPacket): boolean {
  if (!isNalCodec(codec)) return true;
  const own = units.filter((unit) => isParameterSet(codec, unit));
  return own.every((unit) => parameterSets.some((known) => known.equals(unit)));
}
