import { codedFormat, codedPicture, type CodedPicture } from '../media/ffmpeg/coded-picture.js';
import type { VideoFormat, VideoPacket } from '../media/packet.js';
import type { Portion } from './messages.js';
import type { WatchMode } from './mode.js';

/** A keyframe and what depends on it, as a ring keeps them. */
export interface FeederGop {
  readonly start: number;
  readonly formats: { readonly video: VideoFormat };
  readonly packets: readonly (VideoPacket | { readonly kind: 'audio' })[];
}

export interface FeederOptions {
  readonly mode: WatchMode;
  /** What is in memory, oldest first. */
  readonly memory: () => readonly FeederGop[];
}

/**
 * What of a stream the analysis is given. *always*: everything. *keyframes*: keyframes, the sizes of the rest, and while a
 * window is open everything, from the past on.
 */
export class Feeder {
  private mode: WatchMode;
  private format: VideoFormat | undefined;
  private decodable = true;
  private until = -Infinity;
  /** Nothing has been left out since the last keyframe. */
  private whole = false;

  constructor(private readonly options: FeederOptions) {
    this.mode = options.mode;
  }

  watchBy(mode: WatchMode): void {
    this.mode = mode;
  }

  /** Whoever was fed has lost everything: the stream is described anew. */
  forget(): void {
    this.format = undefined;
    this.whole = false;
    this.until = -Infinity;
  }

  interrupted(): Portion[] {
    this.whole = false;
    this.until = -Infinity;
    return [{ type: 'interrupted' }];
  }

  /** @param format in force at this packet */
  packet(packet: VideoPacket, format: VideoFormat): Portion[] {
    const portions = this.described(format);
    const always = this.mode === 'always';
    const { time, bytes, keyframe } = packet;
    if (!always) portions.push({ type: 'sizes', packets: [{ time, bytes, keyframe }] });
    const wanted = always || time <= this.until;
    if (keyframe || (wanted && this.whole)) portions.push(...this.coded([packet], format, false));
    this.whole = wanted && (keyframe || this.whole);
    return portions;
  }

  /** A window is open from `from` to `until`. */
  look(from: number, until: number): Portion[] {
    const open = this.whole;
    this.until = Math.max(this.until, until);
    if (open || this.mode === 'always') return [];
    const gops = this.options.memory();
    const first = Math.max(
      0,
      gops.findLastIndex((gop) => gop.start <= from),
    );
    const portions = gops.slice(first).flatMap((gop, nth) => [
      ...this.described(gop.formats.video),
      ...this.coded(
        gop.packets.filter((packet) => packet.kind === 'video'),
        gop.formats.video,
        nth === 0,
      ),
    ]);
    this.whole = gops.length > 0;
    return portions;
  }

  private described(format: VideoFormat): Portion[] {
    if (format === this.format) return [];
    this.format = format;
    this.whole = false;
    const coded = codedFormat(format);
    this.decodable = coded !== undefined;
    return [coded === undefined ? { type: 'undecodable', codec: format.codec } : { type: 'format', format: coded }];
  }

  private coded(packets: readonly VideoPacket[], format: VideoFormat, jump: boolean): Portion[] {
    if (!this.decodable) return [];
    const pictures = packets
      .map((packet) => codedPicture(format, packet))
      .filter((picture): picture is CodedPicture => picture !== undefined);
    return pictures.length === 0 ? [] : [{ type: 'coded', jump, pictures }];
  }
}

/** Joins what can be taken at once. */
export function joined(portions: readonly Portion[]): Portion[] {
  const all: Portion[] = [];
  for (const portion of portions) {
    const last = all.at(-1);
    if (portion.type === 'sizes' && last?.type === 'sizes')
      all[all.length - 1] = { type: 'sizes', packets: [...last.packets, ...portion.packets] };
    else if (portion.type === 'coded' && last?.type === 'coded' && !portion.jump)
      all[all.length - 1] = { ...last, pictures: [...last.pictures, ...portion.pictures] };
    else all.push(portion);
  }
  return all;
}
