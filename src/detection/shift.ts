/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import { HEIGHT, WIDTH } from './types.js';

/** How far the picture is shifted against the background, in pixels. */
export interface Shift {
  readonly x: number;
  readonly y: number;
}

export const NO_SHIFT: Shift = { x: 0, y: 0 };

const STEP = 2;
/** The differences of things are larger than those of edges that moved a little: they are cut off here. */
const CUT = 30;
/** Keeps the shift of a picture without edges at 0; squared gray levels a pixel, summed over the samples. */
const RIDGE = 4 * (WIDTH / STEP) * (HEIGHT / STEP);

/** What the samples of a picture sum up to: products of slopes (xx, xy, yy), and of slopes and differences. */
const sums = new Float64Array(5);
const [XX, XY, YY, XD, YD] = [0, 1, 2, 3, 4] as const;

/**
 * A small shift by one step of Lucas and Kanade: least squares of difference = −slope·shift over every second pixel. Good
 * to about a pixel; a larger shift is read too small.
 */
export function estimateShift(difference: Float32Array, mean: Float32Array): Shift {
  sums.fill(0);
  for (let y = 1; y < HEIGHT - 1; y += STEP) addRow(y, difference, mean);
  const [xx, xy, yy] = [sums[XX]! + RIDGE, sums[XY]!, sums[YY]! + RIDGE];
  const [xd, yd] = [sums[XD]!, sums[YD]!];
  const determinant = xx * yy - xy * xy;
  return { x: (yy * xd - xy * yd) / determinant, y: (xx * yd - xy * xd) / determinant };
}

function addRow(y: number, difference: Float32Array, mean: Float32Array): void {
  for (let i = y * WIDTH + 1, end = i + WIDTH - 2; i < end; i += STEP) {
    const d = difference[i]!;
    if (d > CUT || d < -CUT) continue;
    const gx = (mean[i + 1]! - mean[i - 1]!) / 2;
    const gy = (mean[i + WIDTH]! - mean[i - WIDTH]!) / 2;
    sums[XX]! += gx * gx;
    sums[XY]! += gx * gy;
    sums[YY]! += gy * gy;
    sums[XD]! -= gx * d;
    sums[YD]! -= gy * d;
  }
}
