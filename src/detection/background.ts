/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import type { Light } from './light.js';
import { PIXELS, WIDTH } from './types.js';

/** What a pixel is, for how fast the background follows it. */
export const PLAIN = 0;
export const FOREGROUND = 1;
/** Under a track that is an event. */
export const HELD = 2;
/** Under a blob that has not moved for a long time: a parked car becomes background. */
export const SETTLED = 3;

/** Every constant is measured on ten clips (docs/detection.md); none of them is sharp. */
const TIME_CONSTANT = 8_000;
const BUSY_TIME_CONSTANT = 60_000;
const MIN_DEVIATION = 1;
const FIRST_DEVIATION = 3;
const MIN_THRESHOLD = 8;
const DEVIATIONS = 4.5;
const MAX_RATIO = 2.5;
const RATES = [1, 1 / 4, 1 / 20, 2] as const;

/** Per pixel: the mean, the mean deviation from it, and how often something was there that was no event. */
export class Background {
  readonly mean = new Float32Array(PIXELS);
  readonly deviation = new Float32Array(PIXELS);
  readonly busyness = new Float32Array(PIXELS);
  /** Frame − background, light removed; of the last {@link compare}. */
  readonly difference = new Float32Array(PIXELS);
  /** |difference| over its threshold, cut off at 2.5, as a 3×3 mean; foreground above 1. */
  readonly ratio = new Float32Array(PIXELS);
  readonly foreground = new Uint8Array(PIXELS);
  readonly #raw = new Float32Array(PIXELS);
  readonly #rows = new Float32Array(PIXELS);
  #frames = 0;

  /** Mean gray level. */
  get brightness(): number {
    return sampledSum(this.mean) / SAMPLED;
  }

  get empty(): boolean {
    return this.#frames === 0;
  }

  /** Begins anew from this frame; what was learned about busy places stays. */
  reset(pixels: Uint8Array): void {
    this.mean.set(pixels);
    this.deviation.fill(FIRST_DEVIATION);
    this.#frames = 1;
  }

  /** Fills `difference`, `ratio` and `foreground`; answers the share of the picture that is foreground. */
  compare(pixels: Uint8Array, light: Light, masked: Uint8Array | undefined): number {
    const raw = this.#raw;
    this.#measure(pixels, light);
    if (masked !== undefined) for (let i = 0; i < PIXELS; i++) if (masked[i] === 1) raw[i] = this.difference[i] = 0;
    sumRows(raw, this.#rows);
    return this.#smooth() / PIXELS;
  }

  // A function for each loop: V8 enters the second of two with code that knows the first one only, and gives it up at
  // every call (229 times in 140 s of video: compare took three times as long).

  #measure(pixels: Uint8Array, { gain, offset }: Light): void {
    const { mean, deviation, busyness, difference } = this;
    const raw = this.#raw;
    for (let i = 0; i < PIXELS; i++) {
      const d = pixels[i]! - gain * mean[i]! - offset;
      difference[i] = d;
      const threshold = Math.max(MIN_THRESHOLD, DEVIATIONS * deviation[i]!) * (1 + 2 * busyness[i]!);
      raw[i] = Math.min(MAX_RATIO, Math.abs(d) / threshold);
    }
  }

  /** @returns how many pixels are foreground */
  #smooth(): number {
    const { ratio, foreground } = this;
    const rows = this.#rows;
    let count = 0;
    for (let i = 0; i < PIXELS; i++) {
      const up = i < WIDTH ? i : i - WIDTH;
      const down = i < PIXELS - WIDTH ? i + WIDTH : i;
      const q = (rows[up]! + rows[i]! + rows[down]!) / 9;
      ratio[i] = q;
      const is = q > 1 ? 1 : 0;
      foreground[i] = is;
      count += is;
    }
    return count;
  }

  /**
   * Learns from the frame that was compared last.
   * @param kinds one of {@link PLAIN}, {@link FOREGROUND}, {@link HELD}, {@link SETTLED} for every pixel
   * @param light what the frame was compared with: the background follows it, so that dusk never outgrows the fit
   * @param elapsed milliseconds since the frame before
   */
  learn(kinds: Uint8Array, light: Light, elapsed: number): void {
    const { mean, deviation, busyness, difference } = this;
    const rate = Math.max(1 / (this.#frames + 1), 1 - Math.exp(-elapsed / TIME_CONSTANT));
    const busyRate = 1 - Math.exp(-elapsed / BUSY_TIME_CONSTANT);
    const follow = 1 - Math.exp(-elapsed / TIME_CONSTANT);
    const gain = 1 + follow * (light.gain - 1);
    const offset = follow * light.offset;
    this.#frames++;
    for (let i = 0; i < PIXELS; i++) {
      const kind = kinds[i]!;
      const k = Math.min(1, rate * RATES[kind as 0 | 1 | 2 | 3]);
      const d = difference[i]!;
      mean[i] = gain * mean[i]! + offset + k * d;
      if (kind === HELD) continue;
      deviation[i] = Math.max(MIN_DEVIATION, deviation[i]! + k * (Math.min(40, Math.abs(d)) - deviation[i]!));
      busyness[i]! += busyRate * ((kind === FOREGROUND ? 1 : 0) - busyness[i]!);
    }
  }
}

/** Of each pixel and its neighbours in the row; at the border the pixel counts for the one that is not there. */
function sumRows(raw: Float32Array, rows: Float32Array): void {
  for (let i = 0; i < PIXELS; i++) {
    const x = i % WIDTH;
    rows[i] = raw[x === 0 ? i : i - 1]! + raw[i]! + raw[x === WIDTH - 1 ? i : i + 1]!;
  }
}

/** Every seventh pixel says enough of a mean. */
const SAMPLE = 7;
const SAMPLED = Math.ceil(PIXELS / SAMPLE);

function sampledSum(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < PIXELS; i += SAMPLE) sum += values[i]!;
  return sum;
}
