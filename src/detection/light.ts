/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import { HEIGHT, WIDTH } from './types.js';

/** How the light of a frame relates to the background: frame = gain × background + offset. */
export interface Light {
  readonly gain: number;
  readonly offset: number;
  /** Share of the usable samples that this explains. */
  readonly inliers: number;
}

export const SAME_LIGHT: Light = { gain: 1, offset: 0, inliers: 1 };

const STEP = 3;
/** Keeps the gain near 1 where the picture has little contrast, in squared gray levels a sample. */
const RIDGE = 25;
const ROUNDS = [20, 12, 12] as const;
const MIN_GAIN = 0.4;
const MAX_GAIN = 2.5;
const MIN_INLIERS = 0.2;

/** Fewer samples than this that are neither black nor white say nothing about the light. */
const FEWEST = 30;
const DARKEST = 2;
const BRIGHTEST = 250;

const residuals = new Int32Array(511);

/** How many samples are usable, and the median of frame − mean over them: robust while less than half of them changed. */
function medianOffset(pixels: Uint8Array, mean: Float32Array): { usable: number; offset: number } {
  residuals.fill(0);
  let usable = 0;
  for (let y = 0; y < HEIGHT; y += STEP)
    for (let x = 0, i = y * WIDTH; x < WIDTH; x += STEP, i += STEP) {
      const f = pixels[i]!;
      if (f <= DARKEST || f >= BRIGHTEST) continue;
      usable++;
      const residual = (f - mean[i]! + 255.5) | 0;
      residuals[residual > 510 ? 510 : residual < 0 ? 0 : residual]!++;
    }
  let below = 0;
  for (let i = 0; i < 511; i++) if ((below += residuals[i]!) * 2 >= usable) return { usable, offset: i - 255 };
  return { usable, offset: 0 };
}

/**
 * Fits the global change of light by least squares on what agrees with it, on every third pixel of every third row.
 * Black and white pixels say nothing, and where all are, the light is taken to be the same. Undefined when no change of light explains the frame.
 */
export function fitLight(pixels: Uint8Array, mean: Float32Array, deviation: Float32Array): Light | undefined {
  const start = medianOffset(pixels, mean);
  if (start.usable < FEWEST) return SAME_LIGHT;
  let gain = 1;
  let { offset } = start;
  let inliers = 0;
  for (const tolerance of ROUNDS) {
    let n = 0;
    let sumM = 0;
    let sumF = 0;
    let sumMM = 0;
    let sumMF = 0;
    for (let y = 0; y < HEIGHT; y += STEP) {
      for (let x = 0, i = y * WIDTH; x < WIDTH; x += STEP, i += STEP) {
        const f = pixels[i]!;
        const m = mean[i]!;
        if (f <= DARKEST || f >= BRIGHTEST) continue;
        if (Math.abs(f - gain * m - offset) >= tolerance + 2 * deviation[i]!) continue;
        n++;
        sumM += m;
        sumF += f;
        sumMM += m * m;
        sumMF += m * f;
      }
    }
    inliers = n / start.usable;
    if (inliers < MIN_INLIERS) break;
    const meanM = sumM / n;
    const meanF = sumF / n;
    const variance = sumMM / n - meanM * meanM;
    const covariance = sumMF / n - meanM * meanF;
    gain = Math.min(MAX_GAIN, Math.max(MIN_GAIN, (covariance + RIDGE) / (variance + RIDGE)));
    offset = meanF - gain * meanM;
  }
  return inliers < MIN_INLIERS ? undefined : { gain, offset, inliers };
}
