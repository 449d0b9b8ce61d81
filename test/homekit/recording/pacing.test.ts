import { fits, isFull, waitBefore, type Span } from '../../../src/homekit/recording/pacing.js';

const spans = (...ends: number[]): Span[] => ends.slice(1).map((until, at) => ({ from: ends[at] ?? 0, until }));

it.each<[string, Span[], boolean]>([
  ['nothing', [], false],
  ['half of it', spans(0, 2000), false],
  ['two halves', spans(0, 2000, 4000), true],
  ['three quarters, by thirds', spans(0, 1500, 3000), true],
  ['a quarter', spans(0, 1000), false],
  ['one that is longer than half', spans(0, 3000), true],
  ['one that is too long', spans(0, 9000), true],
  ['a half, a little late', spans(0, 2050), false],
])('a fragment of 4 s is full with %s', (_, gops, full) => {
  expect(isFull(gops, 4000)).toBe(full);
});

it.each<[string, Span[], Span, boolean]>([
  ['into nothing, whatever it is', [], { from: 0, until: 4000 }, true],
  ['what ends in time', spans(0, 2000), { from: 2000, until: 4000 }, true],
  ['what ends a picture late', spans(0, 2000), { from: 2000, until: 4150 }, true],
  ['not what ends later', spans(0, 2000), { from: 2000, until: 4500 }, false],
])('fits: %s', (_, gops, next, expected) => {
  expect(fits(gops, next, 4000)).toBe(expected);
});

it.each([
  [undefined, 5000, 0],
  [5000, 5000, 1000],
  [5000, 5900, 100],
  [5000, 9000, 0],
])('after a fragment at %s, at %s, the next one waits %s ms', (sentAt, now, wait) => {
  expect(waitBefore(sentAt, now)).toBe(wait);
});
