import { adapt, periodOf, UNADAPTED } from '../../src/detection/adapt.js';
import type { Rejected } from '../../src/detection/judge.js';
import { judge, judgeJump, judgeUpheaval } from '../../src/detection/judge.js';
import { addCell, emptyMask } from '../../src/detection/mask.js';
import type { Watchable, WatchMode } from '../../src/detection/mode.js';
import { chooseMode } from '../../src/detection/mode.js';
import type { Weighed } from '../../src/detection/weigh.js';
import {
  FACTORS,
  holdBack,
  isQuiet,
  learnPath,
  noPaths,
  POINTS,
  unusualness,
  weigh,
} from '../../src/detection/weigh.js';

describe('which way of watching', () => {
  const large: Watchable = { width: 1920, height: 1080, keyframeInterval: 2000 };
  const small: Watchable = { width: 640, height: 360, keyframeInterval: 2000 };
  it.each<{ what: string; stream: Watchable | undefined; mode: WatchMode }>([
    { what: 'a small stream', stream: small, mode: 'always' },
    { what: '480p', stream: { ...small, width: 854, height: 480 }, mode: 'always' },
    { what: 'a larger one', stream: { ...small, width: 864, height: 480 }, mode: 'keyframes' },
    { what: 'a large stream', stream: large, mode: 'keyframes' },
    { what: 'keyframes 4 s apart', stream: { ...large, keyframeInterval: 4000 }, mode: 'keyframes' },
    { what: 'keyframes more than 4 s apart', stream: { ...large, keyframeInterval: 4001 }, mode: 'always' },
    { what: 'a distance that is not known', stream: { ...large, keyframeInterval: undefined }, mode: 'keyframes' },
    { what: 'nothing so far', stream: undefined, mode: 'keyframes' },
  ])('$what: $mode', ({ stream, mode }) => {
    const choice = chooseMode(stream);
    expect(choice.mode).toBe(mode);
    expect(choice.why).toMatch(/^[A-Z].*\.$/);
  });
});

describe('adapting the trigger', () => {
  const vain = (count: number, every: number) => {
    let state = UNADAPTED;
    for (let i = 1; i <= count; i++) state = adapt(state, 'day', 'nothing', i * every);
    return state;
  };
  it('rises when windows in vain pile up, of that time of day only', () => {
    expect(vain(3, 10_000).day.factor).toBe(1);
    expect(vain(12, 10_000).day.factor).toBeGreaterThan(1.2);
    expect(vain(12, 10_000).night.factor).toBe(1);
  });

  it('has a bound', () => {
    expect(vain(500, 10_000).day.factor).toBeLessThanOrEqual(3);
  });

  it('passes over windows in vain that are far apart', () => {
    expect(vain(50, 3_600_000).day.factor).toBe(1);
  });

  it('falls with an event, and with time', () => {
    const high = vain(30, 10_000);
    expect(adapt(high, 'day', 'event', 301_000).day.factor).toBeLessThan(high.day.factor);
    expect(adapt(high, 'day', 'nothing', 24 * 3_600_000).day.factor).toBeCloseTo(1, 2);
  });

  it.each([
    [120, undefined, 'day'],
    [40, undefined, 'night'],
    [65, 'day', 'day'],
    [65, 'night', 'night'],
    [75, 'night', 'night'],
    [85, 'night', 'day'],
    [55, 'day', 'night'],
  ] as const)('brightness %d after %s is %s', (brightness, before, period) => {
    expect(periodOf(brightness, before)).toBe(period);
  });
});

describe('the reason of a rejection', () => {
  const base: Rejected = {
    hits: 6,
    age: 2000,
    hitRate: 1,
    area: 60,
    straight: 0.8,
    net: 10,
    texture: 0.2,
    edges: 0.1,
    changed: 0.4,
    ratio: 1.5,
    busy: 0,
    fast: 0.1,
    others: 0,
    oneSign: 1,
    shaken: false,
    lit: false,
  };
  it.each([
    { what: 'the picture shook', of: { shaken: true }, reason: 'camera-shake' },
    { what: 'the light changed', of: { lit: true }, reason: 'lighting' },
    { what: 'the old edges are there, a little elsewhere', of: { edges: 0.9, oneSign: 0.3 }, reason: 'sway' },
    { what: 'hardly there, among many', of: { others: 9, ratio: 1.1, hitRate: 0.5 }, reason: 'noise' },
    { what: 'the old edges are still there', of: { edges: 0.9 }, reason: 'lighting' },
    { what: 'the old texture is still there', of: { texture: 0.95 }, reason: 'lighting' },
    { what: 'quick, alone', of: { fast: 1.5, changed: 0.9 }, reason: 'insect' },
    { what: 'brief, alone, all new', of: { age: 400, changed: 0.9 }, reason: 'insect' },
    { what: 'quick, among many', of: { fast: 1.5, changed: 0.9, others: 5 }, reason: 'precipitation' },
    { what: 'here and there, among many', of: { hitRate: 0.5, others: 10 }, reason: 'precipitation' },
    { what: 'in place', of: { straight: 0.1, net: 1 }, reason: 'sway' },
    { what: 'in a busy place', of: { busy: 0.2 }, reason: 'sway' },
    { what: 'a few pixels', of: { area: 7 }, reason: 'too-small' },
    { what: 'hardly there', of: { ratio: 1.02 }, reason: 'noise' },
    { what: 'good, but short', of: {}, reason: 'too-brief' },
  ])('$what: $reason', ({ of, reason }) => {
    expect(judge({ ...base, ...of })).toBe(reason);
  });

  it.each([
    { likeness: 0.98, edges: 0.9, shiftedEdges: 0.9, reason: 'exposure' },
    { likeness: 0.5, edges: 0.1, shiftedEdges: 0.8, reason: 'camera-move' },
    { likeness: 0.6, edges: 0.4, shiftedEdges: 0.4, reason: 'infrared-switch' },
    { likeness: 0.1, edges: 0.05, shiftedEdges: 0.1, reason: 'camera-move' },
  ])('another picture: $reason', ({ reason, ...upheaval }) => {
    expect(judgeUpheaval(upheaval)).toBe(reason);
  });

  it('a jump that the fit explains is the exposure', () => {
    expect([judgeJump(0.02), judgeJump(0.4)]).toEqual(['exposure', 'infrared-switch']);
  });
});

describe('importance', () => {
  const base: Weighed = {
    noticed: undefined,
    size: 0.02,
    duration: 8,
    speed: 0.1,
    unusual: 0.5,
    minute: 12 * 60,
    category: 'motion',
  };
  const of = (change: Partial<Weighed>) => weigh({ ...base, ...change });
  it('is the sum of its factors, of 100 at most', () => {
    expect(Object.values(POINTS).reduce((sum, points) => sum + points)).toBe(100);
    const { total, factors } = of({});
    expect(FACTORS.reduce((sum, factor) => sum + factors[factor], 0)).toBeCloseTo(total);
    const most = of({ noticed: true, size: 1, duration: 1e6, speed: 1e6, unusual: 1, minute: 120, category: 'person' });
    expect(most.total).toBeGreaterThan(95);
    expect(most.total).toBeLessThanOrEqual(100);
  });

  it.each([
    ['zone', { noticed: true }],
    ['size', { size: 0.2 }],
    ['duration', { duration: 60 }],
    ['speed', { speed: 1 }],
    ['unusual', { unusual: 1 }],
    ['hour', { minute: 3 * 60 }],
    ['category', { category: 'person' }],
  ] as const)('rises by %s alone', (factor, change) => {
    const [before, after] = [of({}), of(change)];
    for (const other of FACTORS) {
      if (other === factor) expect(after.factors[other]).toBeGreaterThan(before.factors[other]);
      else expect(after.factors[other]).toBe(before.factors[other]);
    }
  });

  it.each([
    [2, 15],
    [23, 15],
    [5, 15],
    [12, 0],
    [20, 0],
    [21.5, 7.5],
  ])('at %d o’clock the hour gives %d', (hour, points) => {
    expect(of({ minute: hour * 60 }).factors.hour).toBeCloseTo(points);
  });

  it('learns the usual paths', () => {
    const path = emptyMask();
    const elsewhere = emptyMask();
    for (let cell = 0; cell < 50; cell++) {
      addCell(path, 640 + cell);
      addCell(elsewhere, 1600 + cell);
    }
    let paths = noPaths();
    expect(unusualness(paths, path)).toBe(1);
    for (let i = 0; i < 20; i++) paths = learnPath(paths, path);
    expect(unusualness(paths, path)).toBe(0);
    expect(unusualness(paths, elsewhere)).toBe(1);
    expect(unusualness(paths, emptyMask())).toBe(0);
  });
});

describe('holding alerts back', () => {
  const event = { start: 100_000, ignored: false, continues: false, minute: 12 * 60 };
  const night = [{ from: 22 * 60, to: 6 * 60 }];
  it.each([
    { what: 'the first event', of: {}, preceding: undefined, held: undefined },
    { what: 'one soon after another', of: {}, preceding: 60_000, held: 'preceding-event' },
    { what: 'one long after another', of: {}, preceding: 30_000, held: undefined },
    { what: 'one that goes on', of: { continues: true }, preceding: undefined, held: 'preceding-event' },
    { what: 'one in an ignored zone', of: { ignored: true }, preceding: undefined, held: 'ignored-zone' },
    { what: 'one in quiet hours', of: { minute: 23 * 60 }, preceding: undefined, held: 'quiet-hours' },
  ])('$what: $held', ({ of, preceding, held }) => {
    expect(holdBack({ ...event, ...of }, preceding, 60_000, night)).toBe(held);
  });

  it('measures from the preceding event though that was held back itself', () => {
    const held = [100_000, 150_000, 200_000, 290_000].map((start, nth, all) =>
      holdBack({ ...event, start }, nth === 0 ? undefined : (all[nth - 1] ?? 0) + 5000, 60_000, []),
    );
    expect(held).toEqual([undefined, 'preceding-event', 'preceding-event', undefined]);
  });

  it.each([
    [21 * 60, false],
    [22 * 60, true],
    [0, true],
    [6 * 60 - 1, true],
    [6 * 60, false],
  ])('minute %d is quiet: %s', (minute, quiet) => {
    expect(isQuiet(minute, night)).toBe(quiet);
  });
});
