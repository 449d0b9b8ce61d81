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
    let sum = 0;
    for (let i = 0; i < PIXELS; i += 7) sum += this.mean[i]!;
    return sum / Math.ceil(PIXELS / 7);
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
    const { mean, deviation, busyness, difference } = this;
    const raw = this.#raw;
    const { gain, offset } = light;
    for (let i = 0; i < PIXELS; i++) {
      const d = pixels[i]! - gain * mean[i]! - offset;
      difference[i] = d;
      const threshold = Math.max(MIN_THRESHOLD, DEVIATIONS * deviation[i]!) * (1 + 2 * busyness[i]!);
      raw[i] = Math.min(MAX_RATIO, Math.abs(d) / threshold);
    }
    if (masked !== undefined) for (let i = 0; i < PIXELS; i++) if (masked[i] === 1) raw[i] = difference[i] = 0;
    return this.#smooth();
  }

  #smooth(): number {
    const { ratio, foreground } = this;
    const raw = this.#raw;
    const rows = this.#rows;
    for (let y = 0; y < HEIGHT; y++) {
      const row = y * WIDTH;
      const last = row + WIDTH - 1;
      rows[row] = 2 * raw[row]! + raw[row + 1]!;
      rows[last] = 2 * raw[last]! + raw[last - 1]!;
      for (let i = row + 1; i < last; i++) rows[i] = raw[i - 1]! + raw[i]! + raw[i + 1]!;
    }
    let count = 0;
    for (let y = 0; y < HEIGHT; y++) {
      const up = y === 0 ? 0 : -WIDTH;
      const down = y === HEIGHT - 1 ? 0 : WIDTH;
      for (let i = y * WIDTH, end = i + WIDTH; i < end; i++) {
        const q = (rows[i + up]! + rows[i]! + rows[i + down]!) / 9;
        ratio[i] = q;
        const is = q > 1 ? 1 : 0;
        foreground[i] = is;
        count += is;
      }
    }
    return count / PIXELS;
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
