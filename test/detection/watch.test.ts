import { decide } from '../../src/detection/decide.js';
import { Tracker } from '../../src/detection/tracks.js';
import type { Blob } from '../../src/detection/blobs.js';
import { PacketTrigger } from '../../src/detection/watch.js';

const blobAt = (x: number, y: number, area = 40): Blob => ({
  area,
  x,
  y,
  left: x - 3,
  top: y - 3,
  right: x + 3,
  bottom: y + 3,
  first: 0,
});

describe('following blobs', () => {
  it('keeps two that cross apart, by where they were going', () => {
    const tracker = new Tracker();
    for (let i = 0; i < 20; i++) tracker.follow([blobAt(20 + 4 * i, 40), blobAt(96 - 4 * i, 46)], i * 200);
    expect(tracker.live.map((track) => [track.id, track.x])).toEqual([
      [1, 96],
      [2, 20],
    ]);
  });

  it('bridges four frames without it, and loses it at the fifth', () => {
    const tracker = new Tracker();
    tracker.follow([blobAt(20, 40)], 0);
    for (let i = 1; i <= 4; i++) expect(tracker.follow([], i * 200)).toEqual([]);
    expect(tracker.follow([], 1000).map((track) => track.id)).toEqual([1]);
    expect(tracker.live).toEqual([]);
  });

  it('takes no blob that is far away or of quite another size', () => {
    const tracker = new Tracker();
    tracker.follow([blobAt(20, 40)], 0);
    tracker.follow([blobAt(60, 40), blobAt(20, 40, 4000)], 200);
    expect(tracker.live).toHaveLength(3);
  });
});

describe('deciding', () => {
  const run = (logits: readonly number[], area?: number): boolean[] => {
    const tracker = new Tracker();
    return logits.map((logit, i) => {
      const blob = blobAt(20 + i, 40);
      tracker.follow([area === undefined ? blob : { ...blob, area }], i * 200);
      const track = tracker.live[0];
      if (track !== undefined) decide(track, logit);
      return track?.confirmed ?? false;
    });
  };
  it.each([
    { what: 'clear evidence takes four frames', logits: [9, 9, 9, 9], from: 3 },
    { what: 'fair evidence takes longer', logits: Array<number>(12).fill(1.8), from: 4 },
    { what: 'a doubtful track never does', logits: Array<number>(50).fill(0.2), from: -1 },
    { what: 'what is clear and fair by turns is believed', logits: [0, 0, 0.1, 3, 0.1, 3, 0.1, 3], from: 5 },
    { what: 'one bright moment is not enough', logits: [9, 9, 9, -3, -3, -3, -3, -3], from: -1 },
  ])('$what', ({ logits, from }) => {
    expect(run(logits).indexOf(true)).toBe(from);
  });

  it.each([
    { area: 1_000, logit: 0.7, from: 3 },
    { area: 600, logit: 0.7, from: 6 },
    { area: 200, logit: 0.7, from: 8 },
    { area: 100, logit: 0.7, from: 15 },
  ])('believes a thing of $area pixels at its frame $from', ({ area, logit, from }) => {
    expect(run(Array<number>(20).fill(logit), area).indexOf(true)).toBe(from);
  });

  it('releases after six doubtful frames, and wants evidence anew', () => {
    const confirmed = run([9, 9, 9, 9, 9, -5, -5, -5, -5, -5, -5, 9, 9]);
    expect(confirmed.map(Number).join('')).toBe('0001111111001');
  });
});

describe('packet sizes', () => {
  const play = (sizes: readonly number[], factor = 1): number[] => {
    const trigger = new PacketTrigger();
    trigger.keyframe(20_000);
    return sizes.flatMap((bytes, i) => (trigger.push(i * 50, bytes, factor) ? [i * 50] : []));
  };
  const still = Array.from({ length: 400 }, (_, i) => 900 + ((i * 37) % 200));
  it.each([
    { what: 'that stay alike', more: Array<number>(100).fill(1000), fires: false },
    { what: 'that jump', more: Array<number>(20).fill(4000), fires: true },
    {
      what: 'of which every second one repeats the picture before, and the others jump',
      more: Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 300 : 9000)),
      fires: true,
    },
    { what: 'of which one is large', more: [9000, ...Array<number>(50).fill(1000)], fires: false },
  ])('$what: $fires', ({ more, fires }) => {
    expect(play([...still, ...more]).length > 0).toBe(fires);
  });

  it('say so within half a second', () => {
    expect(play([...still, ...Array<number>(20).fill(4000)])[0]).toBeLessThanOrEqual(20_000 + 500);
  });

  it('are not usual while an event goes on, unless they are less than usual', () => {
    const trigger = new PacketTrigger();
    trigger.keyframe(20_000);
    let at = 0;
    const fed = (bytes: number, times: number, event = false) =>
      Array.from({ length: times }, () => trigger.push((at += 50), bytes, 1, event)).some((fired) => fired);
    expect(fed(2000, 400)).toBe(false);
    fed(9000, 400, true);
    expect(fed(9000, 20)).toBe(true);
    fed(500, 800, true);
    expect(fed(2000, 20)).toBe(true);
  });

  it('are known over an event that lasts for minutes', () => {
    const trigger = new PacketTrigger();
    trigger.keyframe(20_000);
    for (let at = 0; at < 20_000; at += 50) trigger.push(at, 1000, 1);
    for (let at = 20_000; at < 200_000; at += 50) trigger.push(at, 5000, 1, true);
    const fired = Array.from({ length: 20 }, (_, nth) => trigger.push(200_000 + nth * 50, 5000, 1));
    expect(fired).toContain(true);
  });

  it('take more where the trigger was adapted', () => {
    const jump = [...still, ...Array<number>(20).fill(2500)];
    expect(play(jump).length).toBeGreaterThan(0);
    expect(play(jump, 3)).toEqual([]);
  });

  it('mean nothing while tiny beside a keyframe', () => {
    expect(play([...still.map((n) => n / 20), ...Array<number>(20).fill(300)])).toEqual([]);
  });

  it('hold no more than they need, whatever times come', () => {
    const trigger = new PacketTrigger();
    for (let i = 0; i < 5000; i++) expect(typeof trigger.push(i % 7 === 0 ? 0 : i, i % 3, 1)).toBe('boolean');
  });
});
