import type { AudioFormat, Formats, Packet, VideoFormat } from '../../media/packet.js';
import type { Gop } from '../feed/ring.js';

/**
 * The GOPs in memory that a clip begins with: from the last keyframe at or before `from` (ms) on, or else the first that
 * is there; and none in another format than the newest, in which the event itself is.
 */
export function beginning(gops: readonly Gop[], from: number): readonly Gop[] {
  const newest = gops.at(-1);
  if (newest === undefined) return [];
  const before = gops.findLastIndex(({ start }) => start <= from);
  const other = gops.findLastIndex(({ formats }) => !areSame(formats, newest.formats));
  return gops.slice(Math.max(0, before, other + 1));
}

/** Sound that was to come and has not for so long, ms, will not come now: some cameras declare what they do not send. */
const SILENT = 2_000;

/** What is in memory says that the sound of a camera is not waited for. */
export function isSilent(packets: readonly Packet[]): boolean {
  const [first] = packets;
  const last = packets.at(-1);
  if (first === undefined || last === undefined || packets.some(({ kind }) => kind === 'audio')) return false;
  return last.time - first.time >= SILENT;
}

/** Whether one file can hold both. */
export const areSame = (one: Formats, other: Formats): boolean =>
  one === other || (isSameVideo(one.video, other.video) && isSameAudio(one.audio, other.audio));

function isSameVideo(one: VideoFormat, other: VideoFormat): boolean {
  if (one.codec !== other.codec || one.parameterSets.length !== other.parameterSets.length) return false;
  if (one.parameterSets.length > 0) {
    return one.parameterSets.every((set) => other.parameterSets.some((known) => known.equals(set)));
  }
  return one.width === other.width && one.height === other.height && one.extradata.equals(other.extradata);
}

function isSameAudio(one: AudioFormat | undefined, other: AudioFormat | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  if (one.codec !== other.codec || one.sampleRate !== other.sampleRate || one.channels !== other.channels) return false;
  return one.extradata.equals(other.extradata);
}
