/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import type { Background } from './background.js';
import type { Blob } from './blobs.js';

/**
 * A fixed 16 opens windows 5 % of the time on still scenes and 4 % on swaying trees; a threshold that follows the scene
 * opened 6 and 29 %.
 */
export const WATCH_THRESHOLD = 16;
const SLACK = 0.8;

/** How much a keyframe differs from the background: the largest blob's area, weighed by how clear and how unusual it is. */
export function watchScore(blobs: readonly Blob[], order: Int32Array, background: Background): number {
  const { ratio, busyness } = background;
  let most = 0;
  for (const blob of blobs) {
    let sumQ = 0;
    let sumB = 0;
    for (let at = blob.first, end = at + blob.area; at < end; at++) {
      const i = order[at]!;
      sumQ += ratio[i]!;
      sumB += busyness[i]!;
    }
    most = Math.max(most, (sumQ - SLACK * blob.area) / (1 + (2 * sumB) / blob.area));
  }
  return most;
}

const SHORT = 400;
const LONG = 20_000;
const DEVIATIONS = 2.5;
/** A cap for streams of any rate: 20 s at 60 fps. */
const MOST_PACKETS = 1200;
const FEWEST_PACKETS = 40;
const MIN_DEVIATION = 0.08;

/**
 * Sees by packet sizes alone that something may have begun: the median logarithm over 0.4 s against 20 s. Alone it misses
 * most before swaying trees (recall .17); as a second trigger it takes 0.2 to 0.4 s off the slow tenth.
 */
export class PacketTrigger {
  readonly #times: number[] = [];
  readonly #sizes: number[] = [];

  /** Takes every packet but keyframes, whose size says how rich the picture is, not what moves. */
  push(time: number, bytes: number): boolean {
    const times = this.#times;
    const sizes = this.#sizes;
    times.push(time);
    sizes.push(Math.log(Math.max(1, bytes)));
    while (times.length > MOST_PACKETS || times[0]! < time - LONG) {
      times.shift();
      sizes.shift();
    }
    if (times.length < FEWEST_PACKETS) return false;
    const recent = sizes.slice(times.findIndex((t) => t > time - SHORT));
    if (recent.length < 3) return false;
    const middle = median(sizes);
    const deviation = Math.max(MIN_DEVIATION, 1.4826 * median(sizes.map((size) => Math.abs(size - middle))));
    return median(recent) > middle + DEVIATIONS * deviation;
  }
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1]!;
}
