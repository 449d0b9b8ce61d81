import type { VideoFormat, VideoPacket } from '../../media/packet.js';
import type { Gop } from '../feed/ring.js';

/** A picture that can be decoded at any time: it holds all that it takes. */
export interface CodedFrame {
  readonly format: VideoFormat;
  /** A keyframe, or a keyframe and what follows up to the picture itself. */
  readonly packets: readonly [VideoPacket, ...VideoPacket[]];
  /** The picture's, ms on the hub's clock. */
  readonly time: number;
}

/** More is not held for one picture, bytes: then its keyframe has to do. */
const MOST_BYTES = 8 * 1024 * 1024;
/** A picture that begins so much later than what was asked for still shows it, ms. */
const LATE = 5000;

export const bytesOf = ({ packets }: CodedFrame): number => packets.reduce((sum, { bytes }) => sum + bytes, 0);

/**
 * What was seen at a time; where that is gone, soon after. Undefined where there is nothing of the kind. Where pictures
 * are reordered (B-frames) or too large, it is the keyframe before.
 *
 * @param gops of a ring, oldest first
 */
export function frameAt(gops: readonly Gop[], time: number): CodedFrame | undefined {
  const gop = gops.findLast(({ start }) => start <= time) ?? gops.find(({ start }) => start - time <= LATE);
  const keyframe = gop && keyframeOf(gop);
  if (gop === undefined || keyframe === undefined) return undefined;
  const pictures = gop.packets.filter((packet) => packet.kind === 'video');
  const after = pictures.slice(1, 1 + pictures.findLastIndex((packet) => packet.time <= time));
  const packets = [...keyframe.packets, ...after] as const;
  const reordered = packets.some((packet, at) => packet.time <= (packets[at - 1]?.time ?? -Infinity));
  const frame: CodedFrame = { ...keyframe, packets, time: packets.at(-1)?.time ?? keyframe.time };
  return reordered || bytesOf(frame) > MOST_BYTES ? keyframe : frame;
}

/** The keyframes after a time. @param from included; the last one before it is what was seen then, and is there too */
export function keyframesSince(gops: readonly Gop[], from: number): CodedFrame[] {
  const first = Math.max(
    0,
    gops.findLastIndex(({ start }) => start <= from),
  );
  return gops.slice(first).flatMap((gop) => keyframeOf(gop) ?? []);
}

function keyframeOf({ packets: [first], formats, start }: Gop): CodedFrame | undefined {
  return first?.kind === 'video' ? { format: formats.video, packets: [first], time: start } : undefined;
}
