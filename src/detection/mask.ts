/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import type { EventMask } from './types.js';
import { HEIGHT, PIXELS, WIDTH } from './types.js';

export const COLUMNS = 64;
export const ROWS = 36;
export const CELLS = COLUMNS * ROWS;
export const MASK_BYTES = CELLS / 8;

export const emptyMask = (): EventMask => new Uint8Array(MASK_BYTES);

/** Of every pixel of the gray picture, the cell that it lies in. */
export const CELL_OF_PIXEL: Uint16Array = Uint16Array.from({ length: PIXELS }, (_, i) => {
  const row = Math.floor((Math.floor(i / WIDTH) * ROWS) / HEIGHT);
  return row * COLUMNS + Math.floor(((i % WIDTH) * COLUMNS) / WIDTH);
});

export const hasCell = (mask: EventMask, cell: number): boolean => ((mask[cell >> 3] ?? 0) & (1 << (cell & 7))) !== 0;

export function addCell(mask: EventMask, cell: number): void {
  if (cell >= 0 && cell < CELLS) mask[cell >> 3]! |= 1 << (cell & 7);
}

/** Adds all of `other` to `mask`. */
export function addMask(mask: EventMask, other: EventMask): void {
  for (let i = 0; i < MASK_BYTES; i++) mask[i]! |= other[i]!;
}

const BITS = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

export function countCells(mask: EventMask): number {
  let sum = 0;
  for (let i = 0; i < MASK_BYTES; i++) sum += BITS[mask[i]!]!;
  return sum;
}

export function countCommon(a: EventMask, b: EventMask): number {
  let sum = 0;
  for (let i = 0; i < MASK_BYTES; i++) sum += BITS[a[i]! & b[i]!]!;
  return sum;
}
