import fc from 'fast-check';
import { markedTime, MARK, selectMarked, unmarkedTime, type Mark } from '../../../src/media/ffmpeg/picture-marks.js';
import { ffmpeg } from '../nut/ffmpeg.js';

it('leaves a time as it was, but for 10 µs', () => {
  const marks = fc.constantFrom(...(Object.keys(MARK) as Mark[]));
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e10, noNaN: true }), marks, (time, mark) => {
      const marked = markedTime(time, mark);
      expect(marked % 10).toBe(MARK[mark]);
      expect(Math.abs(unmarkedTime(marked / 1000) - time)).toBeLessThan(0.011);
      const ticks = Math.round(((marked / 1000) * 90_000) / 1000);
      expect(Math.abs(unmarkedTime(ticks / 90) - time)).toBeLessThan(0.03);
    }),
  );
});

it.each<[string, number | undefined, string, number[]]>([
  ['hides what is marked', undefined, 'N*50000+2*eq(mod(N,3),1)', [0, 2, 3, 5, 6, 8, 9, 11]],
  ['shows one of two', 10, 'N*50000', [0, 2, 4, 6, 8, 10]],
  ['shows four of five', 24, 'N*33330', [0, 1, 3, 4, 5, 6, 8, 9, 10, 11]],
  ['shows a keyframe in between', 10, 'N*50000+eq(N,3)', [0, 2, 3, 4, 6, 8, 10]],
  ['shows what comes late, and makes up for one', 10, 'N*50000+400000*gte(N,3)', [0, 2, 3, 4, 5, 7, 9, 11]],
])('%s', async (_, maxFps, time, shown) => {
  const all = await pass(`setpts='${time}'`);
  expect(all).toHaveLength(12);
  const passed = await pass(`setpts='${time}',select='${selectMarked(maxFps)}'`);
  expect(passed.map((one) => all.indexOf(one))).toEqual(shown);
});

/** Times of what is left of twelve pictures, µs. */
async function pass(filters: string): Promise<number[]> {
  const list = await ffmpeg([
    ...['-f', 'lavfi', '-i', 'color=black:size=16x16:rate=10:duration=1.2', '-fps_mode', 'passthrough'],
    ...['-vf', `settb=1/1000000,${filters}`, '-enc_time_base', '1:1000000'],
    ...['-c:v', 'rawvideo', '-f', 'framecrc', 'pipe:1'],
  ]);
  const lines = list
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('0,'));
  return lines.map((line) => Number(line.split(',')[2]));
}
