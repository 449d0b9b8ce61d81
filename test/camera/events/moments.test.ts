import fc from 'fast-check';
import { goodness, isBetter, spread, withoutOne } from '../../../src/camera/events/moments.js';
import type { Track } from '../../../src/detection/types.js';
import { detected } from './detected.js';

describe('how good a picture would be', () => {
  const { start, end } = detected();
  const track = (change: Partial<Track>): Track => ({
    ...{ id: 1, from: start, to: end, start: [0.1, 0.4], end: [0.5, 0.5], size: 0.04, speed: 0.05, duration: 10 },
    ...change,
  });
  const of = (change: Partial<Track>, confidence = 0.8) => goodness(detected({ tracks: [track(change)], confidence }));
  const middle = of({});

  it.each<readonly [string, number, number]>([
    ['larger', of({ size: 0.08 }), middle],
    ['more certain', of({}, 0.9), middle],
    ['nearer to the middle', middle, of({ end: [0.3, 0.5] })],
    ['not cut by the left border', of({ end: [0.11, 0.5] }), 1.2 * of({ end: [0.05, 0.5] })],
    ['not cut by the lower border', of({ end: [0.5, 0.89] }), 1.2 * of({ end: [0.5, 0.95] })],
    ['in the picture', middle / 10, of({ end: [1.2, 0.5] })],
    ['large at the side, rather than small in the middle', of({ size: 0.16, end: [0.75, 0.5] }), middle],
  ])('%s', (_, better, worse) => {
    expect(better).toBeGreaterThan(worse);
  });

  it('counts what moves now', () => {
    const gone = track({ size: 0.5, to: detected().end - 2000 });
    expect(goodness(detected({ tracks: [gone, track({})] }))).toBe(middle);
    expect(goodness(detected({ tracks: [gone] }))).toBe(0);
    expect(goodness(detected({ tracks: [] }))).toBe(0);
  });

  it('has to be worth another picture', () => {
    expect([isBetter(0.02, 0), isBetter(1.2, 1), isBetter(1.05, 1), isBetter(0, 0)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('some of many', () => {
  const times = (...all: number[]) => all.map((time) => ({ time }));
  it.each<readonly [string, number[], number, number[]]>([
    ['none', [], 12, []],
    ['few enough', [1, 2, 9], 3, [1, 2, 9]],
    ['no more than none', [1, 2], 0, []],
    ['one', [1, 2, 3], 1, [1]],
    ['both ends', [0, 1, 2, 3], 2, [0, 3]],
    ['even steps', [0, 10, 20, 30, 40, 50, 60, 70, 80], 5, [0, 20, 40, 60, 80]],
    ['the nearest to even steps', [0, 1, 2, 3, 48, 97, 98, 100], 3, [0, 48, 100]],
    ['after a gap', [0, 90, 91, 92, 100], 4, [0, 90, 91, 100]],
    ['all at once', [5, 5, 5, 5], 2, [5, 5]],
  ])('%s', (_, all, most, expected) => {
    expect(spread(times(...all), most).map(({ time }) => time)).toEqual(expected);
  });

  it('are as many as asked for, in order, no one twice', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 1000 }), { maxLength: 60 }), fc.nat({ max: 20 }), (list, most) => {
        const all = times(...list.sort((a, b) => a - b));
        const chosen = spread(all, most);
        expect(chosen).toHaveLength(Math.min(most, all.length));
        expect(new Set(chosen).size).toBe(chosen.length);
        const at = chosen.map((one) => all.indexOf(one));
        expect(at).toEqual([...at].sort((a, b) => a - b));
      }),
    );
  });
});

describe('all but one', () => {
  const times = (...all: number[]) => all.map((time) => ({ time }));
  it.each<readonly [string, number[], number[]]>([
    ['of none', [], []],
    ['of one', [1], []],
    ['of two', [1, 2], [1]],
    ['in the thick of it', [0, 10, 11, 12, 30], [0, 10, 12, 30]],
    ['never an end', [0, 1, 50, 99, 100], [0, 50, 99, 100]],
  ])('%s', (_, all, left) => {
    expect(withoutOne(times(...all)).map(({ time }) => time)).toEqual(left);
  });

  it('again and again leaves no large gap', () => {
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 300 }), (count) => {
        let held: readonly { readonly time: number }[] = [];
        for (let time = 0; time < count; time++) {
          held = [...held, { time }];
          if (held.length > 24) held = withoutOne(held);
        }
        const gaps = held.slice(1).map(({ time }, at) => time - (held[at]?.time ?? 0));
        expect(held).toHaveLength(24);
        expect(Math.max(...gaps)).toBeLessThanOrEqual(Math.ceil((count / 24) * 2));
      }),
    );
  });
});
