import fc from 'fast-check';
import { placePictures, placeSound, type Run } from '../../../src/media/fmp4/timing.js';
import { Fragmenter } from '../../../src/media/fmp4/fragmenter.js';
import type { AudioPacket, Packet, VideoPacket } from '../../../src/media/packet.js';
import { coded } from './coded.js';

const RATE = 90_000;

it.each<[string, number[], number, number, number[], number[]]>([
  ['in order', [0, 3000, 6000], 0, 9000, [3000, 3000, 3000], [0, 0, 0]],
  ['uneven', [0, 3001, 6001], 0, 9002, [3001, 3000, 3001], [0, 0, 0]],
  ['B-frames', [0, 9000, 3000, 6000], 0, 12_000, [1500, 1500, 3000, 6000], [0, 7500, 0, 0]],
  ['repeated', [0, 0, 0, 3000], 0, 6000, [1, 1, 2998, 3000], [0, 0, 0, 0]],
  ['the next one too early', [0, 3000], 0, 1000, [3000, 1], [0, 0]],
  ['before the run before ended', [500, 3500], 1000, 6500, [2500, 3000], [0, 0]],
  ['no numbers', [NaN, NaN], 0, NaN, [1, 1], [0, 0]],
])('pictures: %s', (_, times, from, until, durations, offsets) => {
  const { samples } = placePictures({ times, from, until, open: false, timescale: RATE });
  expect(samples.map(({ duration }) => duration)).toEqual(durations);
  expect(samples.map(({ offset }) => offset)).toEqual(offsets);
});

it('decodes a keyframe before the pictures that lead it', () => {
  const options = { open: true, timescale: RATE };
  const first = placePictures({ times: [0, 9000, 3000, 6000], from: 0, until: 18_000, ...options });
  expect(first.end).toBe(8000);
  const second = placePictures({ times: [18_000, 12_000, 15_000, 21_000], from: 8000, until: 24_000, ...options });
  let decoded = second.start;
  const shown = second.samples.map(({ duration, offset }) => {
    expect(offset).toBeGreaterThanOrEqual(0);
    const time = decoded + offset;
    decoded += duration;
    return time;
  });
  expect(second.start).toBe(10_000);
  expect(shown).toEqual([18_000, 12_000, 15_000, 21_000]);
});

it.each<[string, number[], number | undefined, number, number[], number[]]>([
  ['one after the other', [0, 1024, 2048], undefined, 0, [1024, 1024, 1024], [0, 1, 2]],
  ['rounded to 1 ms', [48, 1056, 2112, 3120], undefined, 48, [1024, 1024, 1024, 1024], [0, 1, 2, 3]],
  ['before the first picture', [-1024, -1, 1023], undefined, 1023, [1024], [2]],
  ['a gap', [0, 1024, 10_240], undefined, 0, [1024, 9216, 1024], [0, 1, 2]],
  ['repeated', [0, 0, 0, 1024], undefined, 0, [1024, 1024], [0, 3]],
  ['a little too early', [0, 800, 2048], undefined, 0, [800, 1248, 1024], [0, 1, 2]],
  ['on from the run before', [2050], 2048, 2048, [1024], [0]],
])('sound: %s', (_, times, from, start, durations, kept) => {
  const run = placeSound(times, from, 1024, 48_000);
  expect(run?.start).toBe(start);
  expect(run?.samples.map(({ duration }) => duration)).toEqual(durations);
  expect(run?.kept).toEqual(kept);
});

const anyTime = fc.oneof(
  fc.double(),
  fc.double({ min: -1e4, max: 1e5, noNaN: true }),
  fc.constantFrom(0, 40, 80, Infinity, -Infinity, NaN, Number.MAX_VALUE),
);

function expectValid({ start, end, samples }: Run, from: number): void {
  expect(Number.isSafeInteger(start) && Number.isSafeInteger(end)).toBe(true);
  expect(start).toBeGreaterThanOrEqual(from);
  expect(samples.reduce((sum, { duration }) => sum + duration, start)).toBe(end);
  let decoded = start;
  const shown = samples.map(({ duration, offset }) => {
    expect(duration >= 1 && duration <= 0xffff_ffff && Number.isInteger(duration)).toBe(true);
    expect(Math.abs(offset) < 2 ** 31 && Number.isInteger(offset)).toBe(true);
    const time = decoded + offset;
    decoded += duration;
    return time;
  });
  expect(Math.min(...shown)).toBeGreaterThanOrEqual(0);
  expect(new Set(shown).size).toBe(shown.length);
}

const anyTicks = anyTime.map(Math.round);

it('places pictures at any times', () => {
  fc.assert(
    fc.property(
      fc.array(anyTicks, { minLength: 1 }),
      fc.nat(1e9),
      anyTicks,
      fc.boolean(),
      (times, from, until, open) => {
        expectValid(placePictures({ times, from, until, open, timescale: RATE }), from);
      },
    ),
  );
});

it('places sound at any times', () => {
  fc.assert(
    fc.property(fc.array(anyTicks), fc.option(fc.nat(1e9), { nil: undefined }), (times, from) => {
      const run = placeSound(times, from, 1024, 48_000);
      if (run !== undefined) expectValid(run, 0);
    }),
  );
});

it('writes a fragment for any packets', async () => {
  const { formats } = await coded();
  const video: fc.Arbitrary<VideoPacket> = fc.record({
    ...{ kind: fc.constant('video' as const), time: anyTime, keyframe: fc.boolean(), bytes: fc.constant(0) },
    units: fc.array(fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes))),
  });
  const audio: fc.Arbitrary<AudioPacket> = fc.record({
    ...{ kind: fc.constant('audio' as const), time: anyTime },
    data: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  });
  const anyPackets: fc.Arbitrary<Packet[]> = fc.array(fc.oneof(video, audio), { maxLength: 20 });
  fc.assert(
    fc.property(fc.array(fc.tuple(anyPackets, anyTime), { maxLength: 5 }), (fragments) => {
      const fragmenter = new Fragmenter(formats);
      for (const [packets, until] of fragments) {
        const fragment = fragmenter.fragment(packets, until);
        if (fragment === undefined) continue;
        const moof = fragment.readUInt32BE(0);
        expect(moof + fragment.readUInt32BE(moof)).toBe(fragment.length);
      }
    }),
  );
});
