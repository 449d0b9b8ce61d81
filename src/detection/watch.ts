/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import type { Background } from './background.js';
import type { Blob } from './blobs.js';

/**
 * A fixed 16 opens windows 5 % of the time on still scenes and 4 % on swaying trees; a threshold that follows the scene
 * opened 6 and 29 %.
 */
export const WATCH_THRESHOLD = 16;
/** From this share of the threshold on, something is suspected. */
export const SUSPICION = 0.2;
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

const SHORT = 800;
const LONG = 60_000;
const EVERY = 200;
const DEVIATIONS = 2.5;
/** Of the logarithm: an encoder at rest sends packets so alike that any flicker would stand out. */
const MIN_DEVIATION = 0.15;
/** A cap for streams of any rate: 0.8 s at 120 fps. */
const MOST_PACKETS = 96;
const FEWEST_PACKETS = 3;
const FEWEST_STEPS = 25;
const MOST_STEPS = 150;
/** What moves changes at least this share of what a keyframe holds. */
const LEAST_SHARE = 0.02;

/**
 * Sees by packet sizes alone that something may have begun: the mean logarithm of 0.8 s against what is usual, the median
 * of up to 30 s in which no event went on. What is usual deviates by what lies below the median: gusts and what moved
 * unnoticed lie above it. In 375 s in which nothing happens on the project's footage this opens no window in vain, and it
 * sees 8 of 12 events within 2.5 s; medians of 0.4 s against mean and standard deviation: 6 in vain, 1 of 12.
 */
export class PacketTrigger {
  readonly #packets: { readonly time: number; readonly size: number }[] = [];
  readonly #steps: { readonly time: number; readonly size: number }[] = [];
  readonly #sizes = new Float64Array(MOST_STEPS);
  #floor = 0;
  #stepped = -Infinity;

  /** A keyframe's size says how rich the picture is, not what moves. */
  keyframe(bytes: number): void {
    this.#floor = Math.log(Math.max(1, bytes * LEAST_SHARE));
  }

  /**
   * Takes every packet that is not a keyframe.
   * @param factor how much more than usual it takes
   * @param event one goes on: that is not how the stream usually is
   */
  push(time: number, bytes: number, factor: number, event = false): boolean {
    const packets = this.#packets;
    const steps = this.#steps;
    packets.push({ time, size: Math.log(Math.max(1, bytes)) });
    while (packets.length > MOST_PACKETS || packets[0]!.time <= time - SHORT) packets.shift();
    if (packets.length < FEWEST_PACKETS || time - this.#stepped < EVERY) return false;
    this.#stepped = time;
    const size = packets.reduce((sum, packet) => sum + packet.size, 0) / packets.length;
    while (steps.length > FEWEST_STEPS && steps[0]!.time < time - LONG) steps.shift();
    const usual = this.#sizes.subarray(0, steps.length);
    for (let nth = 0; nth < steps.length; nth++) usual[nth] = steps[nth]!.size;
    usual.sort();
    const median = usual[usual.length >> 1] ?? -Infinity;
    // What is less than usual is none of the event, such as the time from its end to when that is known.
    if (!event || size < median) steps.push({ time, size });
    if (steps.length > MOST_STEPS) steps.shift();
    if (usual.length < FEWEST_STEPS) return false;
    const deviation = Math.max(MIN_DEVIATION, median - usual[Math.floor(BELOW * usual.length)]!);
    return size > Math.max(this.#floor, median + DEVIATIONS * factor * deviation);
  }
}

/** The share of a normal distribution that lies more than one standard deviation below its mean. */
const BELOW = 0.16;
