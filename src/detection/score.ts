/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import type { Background } from './background.js';
import type { Blob } from './blobs.js';
import { Likeness } from './likeness.js';
import { distanceOf, type LiveTrack, straightnessOf } from './tracks.js';
import { PIXELS, WIDTH } from './types.js';

/** What is measured of a track in one frame, in the order of the weights. */
export const FEATURES = [
  'ratio',
  'straight',
  'texture',
  'changed',
  'age',
  'hits',
  'fast',
  'others',
  'edges',
  'sharp',
  'fill',
  'brighter',
  'busy',
  'net',
  'unsteady',
  'depth',
] as const;
export type Feature = (typeof FEATURES)[number];

/** What is read off a blob's pixels. */
export interface Appearance {
  /** Mean of the ratio to the threshold. */
  readonly ratio: number;
  /** −1 to 1: is the background's texture still there? Light leaves it, things cover it. */
  readonly texture: number;
  /** Share of the pixels that changed since the frame before. */
  readonly changed: number;
  /** As texture, of what changes from pixel to pixel only. */
  readonly edges: number;
  /** How much the difference changes from pixel to pixel, relative to itself: light has soft borders. */
  readonly sharp: number;
  /** −1 darker than the background to 1 brighter. */
  readonly brighter: number;
  /** Mean of the busyness. */
  readonly busy: number;
  /** How much darker or brighter than what is under it, as a logarithm: a shadow leaves a part of the light. */
  readonly depth: number;
}

/** A pixel changed when it differs by this much from the frame before, in gray levels. */
const CHANGED = 8;
/** Pixels inside a blob from which on they alone say what is under it: its border is a mixture of both. */
const FEWEST_INSIDE = 16;

/** @param order pixel indices as the blob finder keeps them */
export function look(
  blob: Blob,
  order: Int32Array,
  pixels: Uint8Array,
  previous: Uint8Array,
  background: Background,
): Appearance {
  const { mean, ratio, busyness, difference, foreground } = background;
  let sumQ = 0;
  let sumB = 0;
  let changed = 0;
  let sumD = 0;
  let sumAbs = 0;
  let slopes = 0;
  const [whole, inner] = [new Likeness(), new Likeness()];
  for (let at = blob.first, end = at + blob.area; at < end; at++) {
    const i = order[at]!;
    const f = pixels[i]!;
    const m = mean[i]!;
    sumQ += ratio[i]!;
    sumB += busyness[i]!;
    if (Math.abs(f - previous[i]!) > CHANGED) changed++;
    const d = difference[i]!;
    sumD += d;
    sumAbs += Math.abs(d);
    const right = i + 1 < PIXELS ? i + 1 : i;
    const below = i + WIDTH < PIXELS ? i + WIDTH : i;
    const fx = pixels[right]! - f;
    const fy = pixels[below]! - f;
    const mx = mean[right]! - m;
    const my = mean[below]! - m;
    slopes += Math.abs(difference[right]! - d) + Math.abs(difference[below]! - d);
    whole.add(f, m, fx, fy, mx, my);
    const inside = foreground[right]! + foreground[below]! + (foreground[i - 1] ?? 0) + (foreground[i - WIDTH] ?? 0);
    if (inside === 4) inner.add(f, m, fx, fy, mx, my);
  }
  const n = blob.area;
  const { texture, edges } = inner.count < FEWEST_INSIDE ? whole : inner;
  return {
    ratio: sumQ / n,
    texture,
    changed: changed / n,
    busy: sumB / n,
    depth: whole.depth,
    edges,
    sharp: slopes / (sumAbs + 1),
    brighter: sumD / (sumAbs + 1),
  };
}

/** Fills `out` in the order of {@link FEATURES}. */
export function measure(
  out: Float64Array,
  track: LiveTrack,
  blob: Blob,
  seen: Appearance,
  others: number,
  time: number,
): void {
  const net = distanceOf(track);
  const { far, straight, at } = track.went ?? { far: net, straight: straightnessOf(track), at: time };
  const speed = Math.hypot(track.velocityX, track.velocityY);
  out[0] = seen.ratio;
  out[1] = straight;
  out[2] = seen.texture;
  out[3] = seen.changed;
  out[4] = Math.log1p((at - track.born) / 1000);
  out[5] = track.hits / (track.hits + track.misses);
  out[6] = Math.min(4, speed / Math.sqrt(track.area) / 5);
  out[7] = Math.log1p(others);
  out[8] = seen.edges;
  out[9] = Math.log(0.05 + seen.sharp);
  out[10] = blob.area / ((blob.right - blob.left) * (blob.bottom - blob.top));
  out[11] = seen.brighter;
  out[12] = Math.sqrt(seen.busy);
  out[13] = Math.log1p(far);
  out[14] = track.unsteady;
  out[15] = seen.depth;
}

/** A soft step of the measures, from −weight to weight. */
export interface Unit {
  readonly weight: number;
  readonly bias: number;
  readonly features: readonly number[];
}

/** A sum of the measures, and units that correct it where one measure means another thing together with others. */
export interface Weights {
  readonly bias: number;
  readonly features: readonly number[];
  readonly units?: readonly Unit[];
}

/** The logit that a track is a thing that moves of its own. */
export function logit(features: Float64Array, { bias, features: own, units = [] }: Weights): number {
  let sum = bias + dot(features, own);
  for (const unit of units) sum += unit.weight * Math.tanh(unit.bias + dot(features, unit.features));
  return sum;
}

function dot(features: Float64Array, weights: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += features[i]! * weights[i]!;
  return sum;
}
