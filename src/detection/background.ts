/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import type { Light } from './light.js';
import { HEIGHT, PIXELS, WIDTH } from './types.js';

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
const MAX_DEVIATION = 40;
const FIRST_DEVIATION = 3;
const MIN_THRESHOLD = 8;
const DEVIATIONS = 4.5;
const MAX_RATIO = 2.5;
const RATES = [1, 1 / 4, 1 / 20, 2] as const;
/** Three rows whose peaks sum up to less have no nine pixels whose mean is above 1; with room for rounding. */
const QUIET_ROWS = 2.99;

/** Per pixel: the mean, the mean deviation from it, and how often something was there that was no event. */
export class Background {
  readonly mean = new Float32Array(PIXELS);
  readonly deviation = new Float32Array(PIXELS);
  readonly busyness = new Float32Array(PIXELS);
  /** Frame − background, light removed; of the last {@link compare}. */
  readonly difference = new Float32Array(PIXELS);
  /** Of foreground: |difference| over its threshold, cut off at 2.5, as a 3×3 mean, which is above 1 there. */
  readonly ratio = new Float32Array(PIXELS);
  readonly foreground = new Uint8Array(PIXELS);
  readonly #raw = new Float32Array(PIXELS);
  /** The most that a row's pixels have of {@link #raw}. */
  readonly #peaks = new Float32Array(HEIGHT);
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
    for (let y = 0; y < HEIGHT; y++) this.#peaks[y] = this.#measureRow(y, pixels, light);
    if (masked !== undefined) for (let i = 0; i < PIXELS; i++) if (masked[i] === 1) raw[i] = this.difference[i] = 0;
    return this.#smooth() / PIXELS;
  }

  // One loop a function: V8 enters the second of two, or the inner one, with code that knows that one only, and gives it
  // up at every call (229 times in 140 s of video: compare took three times as long).

  /** @returns the most that there is of `raw` in this row */
  #measureRow(y: number, pixels: Uint8Array, { gain, offset }: Light): number {
    const { mean, deviation, busyness, difference } = this;
    const raw = this.#raw;
    let peak = 0;
    for (let i = y * WIDTH, end = i + WIDTH; i < end; i++) {
      const d = pixels[i]! - gain * mean[i]! - offset;
      difference[i] = d;
      const threshold = larger(MIN_THRESHOLD, DEVIATIONS * deviation[i]!) * (1 + 2 * busyness[i]!);
      const q = Math.abs(d) / threshold;
      raw[i] = q < MAX_RATIO ? q : MAX_RATIO;
      if (q > peak) peak = q;
    }
    return peak < MAX_RATIO ? peak : MAX_RATIO;
  }

  /** @returns how many pixels are foreground */
  #smooth(): number {
    const peaks = this.#peaks;
    let count = 0;
    for (let y = 0; y < HEIGHT; y++) {
      const around = peaks[y > 0 ? y - 1 : y]! + peaks[y]! + peaks[y < HEIGHT - 1 ? y + 1 : y]!;
      if (around > QUIET_ROWS) count += this.#smoothRow(y);
      else this.foreground.fill(0, y * WIDTH, (y + 1) * WIDTH);
    }
    return count;
  }

  /** At the border a pixel counts for the one that is not there. */
  #smoothRow(y: number): number {
    const { ratio, foreground } = this;
    const raw = this.#raw;
    const up = y > 0 ? -WIDTH : 0;
    const down = y < HEIGHT - 1 ? WIDTH : 0;
    let i = y * WIDTH;
    let here = raw[i + up]! + raw[i]! + raw[i + down]!;
    let left = here;
    let count = 0;
    for (const last = i + WIDTH - 1; i <= last; i++) {
      const right = i < last ? raw[i + 1 + up]! + raw[i + 1]! + raw[i + 1 + down]! : here;
      const q = (left + here + right) / 9;
      ratio[i] = q;
      const is = q > 1 ? 1 : 0;
      foreground[i] = is;
      count += is;
      left = here;
      here = right;
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
      const k = kind === PLAIN ? rate : Math.min(1, rate * RATES[kind as 1 | 2 | 3]);
      const d = difference[i]!;
      mean[i] = gain * mean[i]! + offset + k * d;
      if (kind === HELD) continue;
      const size = Math.abs(d);
      const usual = deviation[i]!;
      deviation[i] = larger(MIN_DEVIATION, usual + k * ((size < MAX_DEVIATION ? size : MAX_DEVIATION) - usual));
      const busy = busyness[i]!;
      if (kind === FOREGROUND) busyness[i] = busy + busyRate * (1 - busy);
      else if (busy > 0) busyness[i] = busy - busyRate * busy;
    }
  }
}

/** Without a branch, which a processor cannot foresee where noise decides: Math.max takes three times as long. */
const larger = (a: number, b: number): number => (a + b + Math.abs(a - b)) / 2;

/** Every seventh pixel says enough of a mean. */
const SAMPLE = 7;
const SAMPLED = Math.ceil(PIXELS / SAMPLE);

function sampledSum(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < PIXELS; i += SAMPLE) sum += values[i]!;
  return sum;
}
