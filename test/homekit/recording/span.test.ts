import fc from 'fast-check';
import { beginning, ending, LONGEST, type MotionTimes } from '../../../src/homekit/recording/span.js';

const NEVER: MotionTimes = { isOn: false, beganAt: undefined, endedAt: undefined, rangAt: undefined };
const AT = 1_000_000;
const opened = (lastEnd?: number) => ({ at: AT, prebuffer: 4000, lastEnd });

it.each<[string, MotionTimes, number | undefined, number]>([
  ['the prebuffer before the motion', { ...NEVER, isOn: true, beganAt: AT - 2500 }, undefined, AT - 7500],
  ['the prebuffer before now, where nothing moves', NEVER, undefined, AT - 4000],
  ['motion that has just ended', { ...NEVER, beganAt: AT - 9000, endedAt: AT - 1000 }, undefined, AT - 14_000],
  ['motion that ended long ago', { ...NEVER, beganAt: AT - 99_000, endedAt: AT - 60_000 }, undefined, AT - 4000],
  ['a recording that goes on with another', { ...NEVER, isOn: true, beganAt: AT - 99_000 }, AT - 6000, AT - 6000],
  ['but with its prebuffer', { ...NEVER, isOn: true, beganAt: AT - 99_000 }, AT - 100, AT - 4000],
  ['a sensor whose clock is ahead', { ...NEVER, isOn: true, beganAt: AT + 1500 }, undefined, AT - 4000],
])('begins: %s', (_, motion, lastEnd, expected) => {
  expect(beginning(motion, opened(lastEnd))).toBe(expected);
});

const START = AT - 6000;
it.each<[string, MotionTimes, number]>([
  ['not as long as it moves', { ...NEVER, isOn: true, beganAt: AT }, START + LONGEST],
  ['with the motion', { ...NEVER, beganAt: AT, endedAt: AT + 9000 }, AT + 9000],
  ['at once, where that is over', { ...NEVER, beganAt: AT - 3000, endedAt: AT - 500 }, AT],
  [
    'not while a second event moves',
    { ...NEVER, isOn: true, beganAt: AT + 12_000, endedAt: AT + 9000 },
    START + LONGEST,
  ],
  ['after a while without motion', NEVER, AT + 15_000],
  ['a while after a ring', { ...NEVER, beganAt: AT - 9000, endedAt: AT - 3000, rangAt: AT - 200 }, AT + 14_800],
  ['a while after a second ring', { ...NEVER, rangAt: AT + 10_000 }, AT + 25_000],
  ['with the motion, where that goes on longer', { ...NEVER, endedAt: AT + 40_000, rangAt: AT - 200 }, AT + 40_000],
  ['after three minutes', { ...NEVER, beganAt: AT, endedAt: AT + 400_000 }, START + LONGEST],
])('ends: %s', (_, motion, expected) => {
  expect(ending(motion, { at: AT }, START)).toBe(expected);
});

it('always begins the prebuffer before the opening, and never ends before it, nor after three minutes', () => {
  const time = fc.integer({ min: AT - 300_000, max: AT + 300_000 });
  const motion = fc.record({
    isOn: fc.boolean(),
    beganAt: fc.option(time, { nil: undefined }),
    endedAt: fc.option(time, { nil: undefined }),
    rangAt: fc.option(time, { nil: undefined }),
  });
  fc.assert(
    fc.property(motion, fc.option(time, { nil: undefined }), (times, lastEnd) => {
      const start = beginning(times, opened(lastEnd));
      expect(start).toBeLessThanOrEqual(AT - 4000);
      const end = ending(times, { at: AT }, Math.max(start, AT - 12_000));
      expect(end).toBeGreaterThanOrEqual(AT);
      expect(end - Math.max(start, AT - 12_000)).toBeLessThanOrEqual(180_000);
    }),
  );
});
