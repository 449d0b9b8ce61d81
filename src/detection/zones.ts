/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import { addCell, CELLS, COLUMNS, countCells, countCommon, emptyMask, ROWS } from './mask.js';
import type { EventMask, Pair } from './types.js';
import { HEIGHT, PIXELS, WIDTH } from './types.js';

/** *notice*: say so. *ignore*: keep the event, alert nobody. *mask*: the pixels are never seen. */
export type Purpose = 'notice' | 'ignore' | 'mask';

export interface Zone {
  readonly name: string;
  /** At least three corners in fractions of the picture; the last is joined to the first. */
  readonly polygon: readonly Pair[];
  readonly purpose: Purpose;
  /** 0 to 1, see {@link overlap}; {@link DEFAULT_SHARE} where it is left out. */
  readonly share?: number;
}

export const DEFAULT_SHARE = 0.2;

/** Even-odd rule; a point on an edge is inside of one of the two sides, whichever way the polygon is drawn. */
export function contains(polygon: readonly Pair[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i]!;
    const [xj, yj] = polygon[j]!;
    if (yi > y === yj > y) continue;
    // Reckoned from the upper corner always: from the lower one the same edge is rounded elsewhere.
    const [xa, ya, xb, yb] = yi < yj ? [xi, yi, xj, yj] : [xj, yj, xi, yi];
    if (x < ((xb - xa) * (y - ya)) / (yb - ya) + xa) inside = !inside;
  }
  return inside;
}

const SAMPLES = 4;

/** Of a grid over the picture, how many of each cell's 4×4 sample points lie inside. */
function coverage(polygon: readonly Pair[], columns: number, rows: number): Uint8Array {
  const inside = new Uint8Array(columns * rows);
  for (let sy = 0; sy < rows * SAMPLES; sy++) {
    const row = Math.floor(sy / SAMPLES) * columns;
    for (let sx = 0; sx < columns * SAMPLES; sx++) {
      if (contains(polygon, (sx + 0.5) / (columns * SAMPLES), (sy + 0.5) / (rows * SAMPLES)))
        inside[row + Math.floor(sx / SAMPLES)]!++;
    }
  }
  return inside;
}

const isBefore = ([x0, y0]: Pair, [x1, y1]: Pair): boolean => (x0 === x1 ? y0 < y1 : x0 < x1);

/** Calls back for every cell of a grid that the outline passes, at a quarter of a cell from step to step. */
function alongOutline(polygon: readonly Pair[], columns: number, rows: number, visit: (cell: number) => void): void {
  polygon.forEach((corner, nth) => {
    const next = polygon[(nth + 1) % polygon.length]!;
    // Reckoned from the same corner, whichever way the polygon is drawn.
    const [[x0, y0], [x1, y1]] = isBefore(corner, next) ? [corner, next] : [next, corner];
    const steps =
      Math.min(10_000, Math.ceil(SAMPLES * Math.max(Math.abs(x1 - x0) * columns, Math.abs(y1 - y0) * rows))) + 1;
    for (let step = 0; step <= steps; step++) {
      const x = Math.floor((x0 + ((x1 - x0) * step) / steps) * columns);
      const y = Math.floor((y0 + ((y1 - y0) * step) / steps) * rows);
      if (x >= 0 && y >= 0 && x < columns && y < rows) visit(y * columns + x);
    }
  });
}

/** The cells that lie inside at least by half; for a polygon too thin for that, those that its outline passes. */
export function zoneMask(polygon: readonly Pair[]): EventMask {
  const inside = coverage(polygon, COLUMNS, ROWS);
  const mask = emptyMask();
  for (let cell = 0; cell < CELLS; cell++) if (inside[cell]! >= (SAMPLES * SAMPLES) / 2) addCell(mask, cell);
  if (countCells(mask) === 0)
    alongOutline(polygon, COLUMNS, ROWS, (cell) => {
      addCell(mask, cell);
    });
  return mask;
}

/**
 * How much of an event lies in a zone, 0 to 1. For *notice* the cells in common are measured against the smaller of the
 * two, so that somebody who crosses the whole picture has been on the porch; for *ignore* against the event, so that
 * somebody who comes from the ignored street to the door is not ignored.
 */
export function overlap(event: EventMask, zone: EventMask, purpose: Purpose): number {
  const own = countCells(event);
  const least = purpose === 'notice' ? Math.min(own, countCells(zone)) : own;
  return least === 0 ? 0 : countCommon(event, zone) / least;
}

/** A zone made ready for comparing. */
export interface PreparedZone extends Zone {
  readonly mask: EventMask;
}

export const prepareZones = (zones: readonly Zone[]): PreparedZone[] =>
  zones.map((zone) => ({ ...zone, mask: zoneMask(zone.polygon) }));

const IGNORE_SHARE = 0.8;

/** How much an event and a zone must have in common. Without a share of its own, a zone to be ignored holds four fifths. */
export const shareOf = ({ purpose, share }: Pick<Zone, 'purpose' | 'share'>): number =>
  share ?? (purpose === 'notice' ? DEFAULT_SHARE : IGNORE_SHARE);

/** Names of the zones that an event has. */
export function zonesOf(event: EventMask, zones: readonly PreparedZone[]): string[] {
  return zones
    .filter((zone) => zone.purpose !== 'mask')
    .filter((zone) => {
      const common = overlap(event, zone.mask, zone.purpose);
      return common > 0 && common >= shareOf(zone);
    })
    .map((zone) => zone.name);
}

/** 1 for every pixel that must not be seen, or undefined where all may. A pixel that is masked in part is masked. */
export function maskedPixels(zones: readonly Zone[]): Uint8Array | undefined {
  const masked = new Uint8Array(PIXELS);
  let any = false;
  for (const zone of zones) {
    if (zone.purpose !== 'mask') continue;
    any = true;
    const inside = coverage(zone.polygon, WIDTH, HEIGHT);
    for (let i = 0; i < PIXELS; i++) if (inside[i]! > 0) masked[i] = 1;
    alongOutline(zone.polygon, WIDTH, HEIGHT, (i) => {
      masked[i] = 1;
    });
  }
  return any ? masked : undefined;
}

/** Blacks out what must not be seen, in place. */
export function blackOut(pixels: Uint8Array, masked: Uint8Array): void {
  for (let i = 0; i < PIXELS; i++) if (masked[i] === 1) pixels[i] = 0;
}
