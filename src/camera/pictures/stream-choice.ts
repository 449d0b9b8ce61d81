import type { Freshness } from './freshness.js';
import { fitInside, type Size } from './size.js';

export type StreamName = 'main' | 'sub';

export interface StreamOffer {
  readonly freshness: Freshness;
  /** Undefined while it is not known. */
  readonly size: Size | undefined;
}

/** A small stream whose height was rounded to macroblocks (352 for 360) still covers. */
const TOLERANCE = 0.95;

/** Whose picture is shown; undefined while none has a fresh one. The smaller one where nobody would see a difference. */
export function chooseStream(asked: Size, main: StreamOffer, sub: StreamOffer | undefined): StreamName | undefined {
  if (sub?.freshness !== 'fresh') return main.freshness === 'fresh' ? 'main' : undefined;
  return main.freshness === 'fresh' && !covers(sub.size, main.size, asked) ? 'main' : 'sub';
}

function covers(sub: Size | undefined, main: Size | undefined, asked: Size): boolean {
  if (sub === undefined || main === undefined) return false;
  const wanted = fitInside(main, asked);
  return sub.width >= wanted.width * TOLERANCE && sub.height >= wanted.height * TOLERANCE;
}
