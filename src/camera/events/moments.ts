import type { DetectedEvent, Track } from '../../detection/types.js';

/** What moved so recently moves now, ms. */
const NOW = 500;

/**
 * How good a picture of an event's last moment would be, 0 to 1: the larger, the more certain and the nearer to the middle
 * something moves, the better; what the picture's border cuts off counts twice against it.
 */
export const goodness = ({ tracks, end, confidence }: DetectedEvent): number =>
  Math.max(0, ...tracks.filter(({ to }) => end - to <= NOW).map((track) => sightOf(track))) * confidence;

function sightOf({ size, end: [x, y] }: Track): number {
  const side = Math.sqrt(size);
  const whole = insideShare(x, side) * insideShare(y, side);
  const off = Math.min(1, Math.hypot(x - 0.5, y - 0.5) / Math.SQRT1_2);
  return size * whole ** 2 * (1 - off / 2);
}

/** Of a length around a place, the share that lies between 0 and 1. */
function insideShare(at: number, length: number): number {
  if (length <= 0) return at >= 0 && at <= 1 ? 1 : 0;
  const inside = Math.min(1, at + length / 2) - Math.max(0, at - length / 2);
  return Math.min(1, Math.max(0, inside / length));
}

/** Whether a moment is so much better that another picture is worth its while. */
export const isBetter = (goodness: number, before: number): boolean => goodness > before * 1.1;

/**
 * Some of many, spread evenly over their time: the first, the last, and those nearest to even steps between.
 *
 * @param all in the order of time
 */
export function spread<T extends { readonly time: number }>(all: readonly T[], most: number): readonly T[] {
  const [first, last] = [all[0], all.at(-1)];
  if (all.length <= most || first === undefined || last === undefined) return all;
  if (most <= 1) return all.slice(0, Math.max(0, most));
  const step = (last.time - first.time) / (most - 1);
  const chosen: T[] = [];
  let from = 0;
  for (let nth = 0; nth < most; nth++) {
    // As many have to be left as are still to be chosen.
    const left = all.slice(from, all.length - (most - 1 - nth));
    const wanted = first.time + nth * step;
    const nearest = left.reduce((best, one) =>
      Math.abs(one.time - wanted) < Math.abs(best.time - wanted) ? one : best,
    );
    chosen.push(nearest);
    from = all.indexOf(nearest, from) + 1;
  }
  return chosen;
}

/**
 * Without the one that is missed least: whose neighbours are nearest to each other. The first and the last stay; of two
 * the last goes. Done again and again as more come, what is left is spread over all of their time.
 *
 * @param all in the order of time
 */
export function withoutOne<T extends { readonly time: number }>(all: readonly T[]): readonly T[] {
  const gaps = all.slice(2).map(({ time }, at) => time - (all[at]?.time ?? time));
  const least = gaps.indexOf(Math.min(...gaps));
  return all.toSpliced(least < 0 ? all.length - 1 : least + 1, 1);
}
