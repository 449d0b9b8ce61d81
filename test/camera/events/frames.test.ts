import { frameAt, keyframesSince } from '../../../src/camera/events/frames.js';
import { Ring } from '../../../src/camera/feed/ring.js';
import type { Formats, VideoPacket } from '../../../src/media/packet.js';

const formats: Formats = {
  video: { kind: 'video', codec: 'h264', width: 64, height: 36, parameterSets: [], extradata: Buffer.alloc(0) },
  audio: undefined,
};
const picture = (time: number, keyframe: boolean, bytes = 1): VideoPacket => ({
  kind: 'video',
  time,
  keyframe,
  units: [],
  bytes,
});

/** Keyframes at 1000, 3000 and 5000 ms, pictures every 500 ms in the order of `between`, and sound. */
function ringOf(between = [500, 1000, 1500], bytes = 1): Ring {
  const ring = new Ring({ span: 10_000, bytes: 1e9 });
  for (const start of [1000, 3000, 5000]) {
    ring.push(picture(start, true, bytes), formats, start);
    ring.push({ kind: 'audio', time: start, data: Buffer.alloc(3) }, formats, start);
    for (const after of between) ring.push(picture(start + after, false, bytes), formats, start + after);
  }
  return ring;
}

const REORDERED = [1500, 500, 1000];
const HUGE = 5e6;

it.each<readonly [string, Ring, number, number | undefined, number]>([
  ['a keyframe', ringOf(), 3000, 3000, 1],
  ['a picture between', ringOf(), 4000, 4000, 3],
  ['the one before', ringOf(), 4400, 4000, 3],
  ['the last of a GOP', ringOf(), 4999, 4500, 4],
  ['the newest', ringOf(), 60_000, 6500, 4],
  ['soon after what is gone', ringOf(), 500, 1000, 1],
  ['nothing, if it is long gone', ringOf(), -5000, undefined, 0],
  ['nothing of nothing', new Ring({ span: 1, bytes: 1 }), 1000, undefined, 0],
  ['the keyframe, of reordered pictures', ringOf(REORDERED), 4000, 3000, 1],
  ['the keyframe, of very large pictures', ringOf(undefined, HUGE), 4000, 3000, 1],
])('finds %s', (_, ring, time, found, packets) => {
  const frame = frameAt(ring.all, time);
  expect(frame?.time).toBe(found);
  expect(frame?.packets.length ?? 0).toBe(packets);
});

it('keeps a picture that the ring lets go', () => {
  const ring = ringOf();
  const frame = frameAt(ring.all, 6000);
  ring.push(picture(7000, false), formats, 7000);
  ring.clear();
  expect(frame?.packets.map(({ time }) => time)).toEqual([5000, 5500, 6000]);
});

it.each([
  [0, [1000, 3000, 5000]],
  [3000, [3000, 5000]],
  [4000, [3000, 5000]],
  [9000, [5000]],
])('finds keyframes since %d', (from, times) => {
  expect(keyframesSince(ringOf().all, from).map(({ time }) => time)).toEqual(times);
});
