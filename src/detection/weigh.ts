/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import { CELLS, hasCell } from './mask.js';
import type { EventMask } from './types.js';

/** What importance is made of; every value is 0 to 1. */
export const FACTORS = ['zone', 'size', 'duration', 'speed', 'unusual', 'hour', 'category'] as const;
export type Factor = (typeof FACTORS)[number];

/** Points of 100 that each factor can give. They add up to 100. */
export const POINTS: Readonly<Record<Factor, number>> = {
  zone: 25,
  size: 10,
  duration: 10,
  speed: 5,
  unusual: 20,
  hour: 15,
  category: 15,
};

export interface Importance {
  /** 0 to 100. */
  readonly total: number;
  /** Points by factor, so that it can be said why. */
  readonly factors: Readonly<Record<Factor, number>>;
}

export interface Weighed {
  /** It has a zone that is to be noticed; undefined where the camera has none. */
  readonly noticed: boolean | undefined;
  /** Share of the picture, the largest of its tracks. */
  readonly size: number;
  /** Seconds. */
  readonly duration: number;
  /** Picture widths per second, the fastest of its tracks. */
  readonly speed: number;
  /** 0 to 1, of {@link UsualPaths}. */
  readonly unusual: number;
  /** Minutes since midnight, local. */
  readonly minute: number;
  readonly category: 'motion' | 'person' | 'vehicle' | 'animal' | 'package' | 'known';
}

const CATEGORY: Readonly<Record<Weighed['category'], number>> = {
  person: 1,
  package: 0.9,
  vehicle: 0.6,
  animal: 0.4,
  motion: 0.4,
  known: 0.2,
};

/** Rises from 0 to 1 and is half way at `half`. */
const rising = (value: number, half: number): number => (value <= 0 ? 0 : value / (value + half));

/** 1 from 23 to 5, 0 from 8 to 20, between them in between. */
function nightness(minute: number): number {
  const apart = Math.abs(minute / 60 - 2);
  return Math.min(1, Math.max(0, (6 - Math.min(apart, 24 - apart)) / 3));
}

export function weigh(event: Weighed): Importance {
  const values: Record<Factor, number> = {
    zone: event.noticed === undefined ? 0.5 : event.noticed ? 1 : 0,
    size: rising(event.size, 0.03),
    duration: rising(event.duration, 8),
    speed: rising(event.speed, 0.2),
    unusual: Math.min(1, Math.max(0, event.unusual)),
    hour: nightness(event.minute),
    category: CATEGORY[event.category],
  };
  const factors = { ...values };
  let total = 0;
  for (const factor of FACTORS) total += factors[factor] = POINTS[factor] * values[factor];
  return { total, factors };
}

/** How often each cell of the grid was part of an event lately: 64×36 shares, which fade as events come. */
export type UsualPaths = Float32Array;

export const noPaths = (): UsualPaths => new Float32Array(CELLS);

/** Twenty events make a path usual, and a hundred others make it unusual again. */
const LEARN = 0.05;
const FORGET = 0.01;

export function learnPath(paths: UsualPaths, event: EventMask): UsualPaths {
  return paths.map((share, cell) => (hasCell(event, cell) ? share + LEARN * (1 - share) : share * (1 - FORGET)));
}

/** 0: everything that moved was where things usually move; 1: nothing of it. */
export function unusualness(paths: UsualPaths, event: EventMask): number {
  let cells = 0;
  let known = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    if (!hasCell(event, cell)) continue;
    cells++;
    known += Math.min(1, paths[cell]! * 3);
  }
  return cells === 0 ? 0 : 1 - known / cells;
}

/** From and to, minutes since midnight, local; may pass midnight. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
}

export type HeldBack = 'ignored-zone' | 'quiet-hours' | 'preceding-event';

export const isQuiet = (minute: number, quiet: readonly QuietHours[]): boolean =>
  quiet.some(({ from, to }) => (from <= to ? minute >= from && minute < to : minute >= from || minute < to));

/**
 * Why nobody is alerted of an event; undefined when they are. The window is measured from the end of the preceding event
 * of the same camera and category, whether that was alerted or not: continuous activity alerts once. An event that was
 * cut because it was long goes on from another, and is held back as such.
 */
export function holdBack(
  event: { readonly start: number; readonly ignored: boolean; readonly continues: boolean; readonly minute: number },
  precedingEnd: number | undefined,
  window: number,
  quiet: readonly QuietHours[],
): HeldBack | undefined {
  if (event.ignored) return 'ignored-zone';
  if (isQuiet(event.minute, quiet)) return 'quiet-hours';
  if (event.continues || (precedingEnd !== undefined && event.start - precedingEnd < window)) return 'preceding-event';
  return undefined;
}
