import fc from 'fast-check';
import { eitherRing, Ring } from '../../../src/camera/feed/ring.js';
import type { AudioPacket, Formats, VideoPacket } from '../../../src/media/packet.js';

const formats: Formats = {
  video: { kind: 'video', codec: 'h264', width: 640, height: 360, parameterSets: [], extradata: Buffer.alloc(0) },
  audio: undefined,
};
const picture = (time: number, keyframe: boolean, bytes = 100): VideoPacket => ({
  kind: 'video',
  time,
  keyframe,
  units: [Buffer.alloc(bytes)],
  bytes,
});
const sound = (time: number): AudioPacket => ({ kind: 'audio', time, data: Buffer.alloc(10) });

function fill(ring: Ring, until: number, gop: number, bytes = 100): void {
  for (let time = 0; time <= until; time += 50) ring.push(picture(time, time % gop === 0, bytes), formats, time);
}

describe('Ring', () => {
  it('passes over what follows no keyframe', () => {
    const ring = new Ring({ span: 10_000, bytes: 1e9 });
    ring.push(picture(0, false), formats, 0);
    ring.push(sound(10), formats, 10);
    expect(ring.all).toHaveLength(0);
    expect(ring.newestKeyframe()).toBeUndefined();
  });

  it('keeps whole GOPs that reach back at least its span', () => {
    const ring = new Ring({ span: 10_000, bytes: 1e9 });
    fill(ring, 33_000, 4000);
    expect(ring.all.map((gop) => gop.start)).toEqual([20_000, 24_000, 28_000, 32_000]);
    expect(ring.all.every((gop) => gop.packets[0]?.kind === 'video' && gop.packets[0].keyframe)).toBe(true);
  });

  it('begins a live view at the newest keyframe', () => {
    const ring = new Ring({ span: 10_000, bytes: 1e9 });
    fill(ring, 5000, 2000);
    ring.push(sound(5001), formats, 5001);
    const backlog = ring.backlog();
    expect(backlog[0]).toMatchObject({ time: 4000, keyframe: true });
    expect(backlog.at(-1)).toMatchObject({ time: 5000 });
    expect(backlog).toHaveLength(21);
    expect(ring.newestKeyframe()).toMatchObject({ arrivedAt: 4000, keyframe: { time: 4000 } });
  });

  it('gives the sound since a time, over GOPs', () => {
    const ring = new Ring({ span: 10_000, bytes: 1e9 });
    for (let time = 0; time < 5000; time += 50) {
      ring.push(picture(time, time % 1000 === 0), formats, time);
      ring.push(sound(time + 1), formats, time + 1);
    }
    expect(ring.soundSince(2900).map((packet) => packet.time)[0]).toBe(2901);
    expect(ring.soundSince(2900)).toHaveLength(42);
  });

  it('lets go of a GOP that alone is too large, and takes up again at the next keyframe', () => {
    const ring = new Ring({ span: 10_000, bytes: 1000 });
    fill(ring, 950, 10_000);
    expect(ring.all).toHaveLength(0);
    ring.push(picture(1000, true), formats, 1000);
    expect(ring.backlog()).toHaveLength(1);
  });

  it('never holds more than its bytes, and only whole GOPs', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ keyframe: fc.boolean(), bytes: fc.integer({ min: 1, max: 500 }) }), { maxLength: 300 }),
        (pictures) => {
          const ring = new Ring({ span: 2000, bytes: 2000 });
          pictures.forEach(({ keyframe, bytes }, at) => {
            ring.push(picture(at * 50, keyframe, bytes), formats, at * 50);
            const held = ring.all.flatMap((gop) => gop.packets);
            expect(held.reduce((sum, packet) => sum + (packet as VideoPacket).bytes, 0)).toBeLessThanOrEqual(2000);
            for (const gop of ring.all) expect((gop.packets[0] as VideoPacket).keyframe).toBe(true);
          });
        },
      ),
    );
  });
});

it('remembers another stream while one has nothing', () => {
  const [first, second] = [new Ring({ span: 10_000, bytes: 1000 }), new Ring({ span: 10_000, bytes: 1000 })];
  second.push(picture(1000, true), formats, 1000);
  const either = eitherRing(first, second);
  expect(either.all).toBe(second.all);
  first.push(picture(2000, true), formats, 2000);
  expect(either.all).toBe(first.all);
});
