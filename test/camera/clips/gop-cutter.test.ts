import { GopCutter } from '../../../src/camera/clips/gop-cutter.js';
import type { AudioPacket, VideoPacket } from '../../../src/media/packet.js';

const picture = (time: number, keyframe = false): VideoPacket => ({
  ...{ kind: 'video', time, keyframe, units: [], bytes: 10 },
});
const sound = (time: number): AudioPacket => ({ kind: 'audio', time, data: Buffer.alloc(1) });

function cutter(pictures: readonly VideoPacket[], sounds: readonly number[] = []): GopCutter {
  const made = new GopCutter(sounds.length > 0);
  for (const packet of pictures) made.push(packet);
  for (const time of sounds) made.push(sound(time));
  return made;
}

const IN_ORDER = [picture(0, true), picture(40), picture(80), picture(120, true), picture(160)];
/** Shown as 0, 40, 80, 120, 160. */
const REORDERED = [picture(0, true), picture(120), picture(40), picture(80), picture(160)];

it.each<[string, VideoPacket[], number, boolean, number[][], number | undefined]>([
  [
    'by itself',
    IN_ORDER,
    Infinity,
    false,
    [
      [0, 40, 80],
      [120, 160],
    ],
    200,
  ],
  [
    'where it is known to end',
    IN_ORDER,
    170,
    true,
    [
      [0, 40, 80],
      [120, 160],
    ],
    170,
  ],
  [
    'long after its last picture',
    IN_ORDER,
    900,
    true,
    [
      [0, 40, 80],
      [120, 160],
    ],
    900,
  ],
  [
    'where it may end',
    IN_ORDER,
    900,
    false,
    [
      [0, 40, 80],
      [120, 160],
    ],
    200,
  ],
  ['before pictures that came already', IN_ORDER, 100, false, [[0, 40, 80]], 100],
  ['in a GOP that is whole', IN_ORDER, 50, true, [[0, 40]], 50],
  ['before its first picture', IN_ORDER, 0, true, [], undefined],
  ['between B-frames, with what they depend on', REORDERED, 100, true, [[0, 120, 40, 80]], 100],
  ['after a picture alone', [picture(0, true)], Infinity, false, [[0]], 40],
])('ends %s', (_, pictures, end, isReached, times, expected) => {
  const made = cutter(pictures);
  expect(made.close(end, isReached)).toBe(expected);
  const taken = made.take(false);
  expect(taken.map(({ packets }) => packets.map(({ time }) => time))).toEqual(times);
  expect(taken.at(-1)?.until).toBe(expected);
});

it('gives each GOP the sound of its time, when that has come', () => {
  const made = cutter(IN_ORDER, [0, 100]);
  expect(made.take(false)).toEqual([]);
  expect(made.isWaiting).toBe(true);
  made.push(sound(130));
  const [gop] = made.take(false);
  expect(gop?.packets.map(({ kind, time }) => [kind, time]).slice(3)).toEqual([
    ['audio', 0],
    ['audio', 100],
  ]);
  expect(gop?.bytes).toBe(32);
  expect(made.bytes).toBe(21);
});

it('waits for no sound where that is not wanted, or will not come', () => {
  expect(cutter(IN_ORDER, [0]).take(true)).toHaveLength(1);
  const made = cutter(IN_ORDER, [0]);
  made.muted();
  expect(made.take(false)).toHaveLength(1);
});

it.each<[string, VideoPacket[], boolean]>([
  ['in order', IN_ORDER, false],
  ['B-frames', REORDERED, true],
])('knows the order: %s', (_, pictures, expected) => {
  expect(cutter(pictures).isReordered).toBe(expected);
});
