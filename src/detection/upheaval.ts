/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import { HEIGHT, WIDTH } from './types.js';

/** What an old view and a new one have in common, when all of the picture changed at once. */
export interface Upheaval {
  /** Correlation of the gray levels, −1 to 1. */
  readonly likeness: number;
  /** The same of what changes from pixel to pixel. */
  readonly edges: number;
  /** The best of it when the new view is shifted by up to 24 pixels across and 12 up or down. */
  readonly shiftedEdges: number;
}

const REACH_X = 24;
const REACH_Y = 12;
const STEP = 2;

/** Takes about 10 ms, once for each upheaval. */
export function compareViews(before: Float32Array, after: Uint8Array): Upheaval {
  const edges = edgeLikeness(before, after, 0, 0);
  let shiftedEdges = edges;
  for (let dy = -REACH_Y; dy <= REACH_Y; dy += STEP)
    for (let dx = -REACH_X; dx <= REACH_X; dx += STEP)
      shiftedEdges = Math.max(shiftedEdges, edgeLikeness(before, after, dx, dy));
  return { likeness: likeness(before, after), edges, shiftedEdges };
}

function likeness(before: Float32Array, after: Uint8Array): number {
  let [n, a, b, aa, bb, ab] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < before.length; i++) {
    const x = before[i]!;
    const y = after[i]!;
    n++;
    a += x;
    b += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  return (ab / n - (a / n) * (b / n)) / Math.sqrt((aa / n - (a / n) ** 2 + 1) * (bb / n - (b / n) ** 2 + 1));
}

/** Slopes over two pixels on a coarse raster, so that a shift of an odd number of pixels is seen as well. */
function edgeLikeness(before: Float32Array, after: Uint8Array, dx: number, dy: number): number {
  let [aa, bb, ab] = [1, 1, 0];
  for (let y = REACH_Y; y < HEIGHT - REACH_Y - 2; y += 2) {
    for (let x = REACH_X; x < WIDTH - REACH_X - 2; x += 2) {
      const i = y * WIDTH + x;
      const j = i + dy * WIDTH + dx;
      const ax = before[i + 2]! - before[i]!;
      const ay = before[i + 2 * WIDTH]! - before[i]!;
      const bx = after[j + 2]! - after[j]!;
      const by = after[j + 2 * WIDTH]! - after[j]!;
      aa += ax * ax + ay * ay;
      bb += bx * bx + by * by;
      ab += ax * bx + ay * by;
    }
  }
  return ab / Math.sqrt(aa * bb);
}
