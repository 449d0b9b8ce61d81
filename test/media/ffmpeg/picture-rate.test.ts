import { PictureRate } from '../../../src/media/ffmpeg/picture-rate.js';

const every = (step: number, count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, i) => from + i * step);

it.each<[string, number[], number | undefined]>([
  ['too few', every(50, 19), undefined],
  ['even', every(50, 60), 20],
  ['uneven', every(50, 60).map((time, i) => time + (i % 3) * 12), 20],
  ['in two thirds of the slots', every(100, 60).flatMap((time) => [time, time + 33]), 20],
  ['out of order', every(40, 60).map((time, i) => (i % 3 === 1 ? time + 40 : i % 3 === 2 ? time - 40 : time)), 25],
  ['with a gap', [...every(50, 30), ...every(50, 30, 20_000)], 20],
  ['changed', [...every(40, 100), ...every(100, 60, 4000)], 10],
  ['slow', every(2000, 30), 0.5],
  ['all at once', every(0, 60), undefined],
])('%s', (_, times, fps) => {
  const rate = new PictureRate();
  for (const time of times) rate.push(time);
  if (fps === undefined) expect(rate.fps).toBeUndefined();
  else expect(Math.abs((rate.fps ?? 0) / fps - 1)).toBeLessThan(0.03);
});
