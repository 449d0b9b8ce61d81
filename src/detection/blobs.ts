/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import { HEIGHT, PIXELS, WIDTH } from './types.js';

/** Connected foreground pixels. Positions in pixels of the gray picture. */
export interface Blob {
  readonly area: number;
  readonly x: number;
  readonly y: number;
  readonly left: number;
  readonly top: number;
  /** Exclusive. */
  readonly right: number;
  readonly bottom: number;
  /** Its pixels are `pixels[first]` to `pixels[first + area − 1]` of the finder. */
  readonly first: number;
}

/** Smaller ones are noise: at 160×90 a person 40 m away still has 6 pixels or more. */
export const MIN_AREA = 6;
/** Bounds the work that a frame full of noise can make; the largest are kept. */
export const MAX_BLOBS = 48;

/** Finds 4-connected blobs. One finder belongs to one detector: its buffers are used again for every frame. */
export class BlobFinder {
  /** Pixel indices, blob after blob. Valid until the next call. */
  readonly pixels = new Int32Array(PIXELS);
  readonly #seen = new Uint8Array(PIXELS);

  /** Largest first. */
  find(foreground: Uint8Array): Blob[] {
    const seen = this.#seen;
    seen.fill(0);
    const blobs: Blob[] = [];
    let end = 0;
    // What is empty, as nearly all mostly is, is passed over by memchr.
    for (let i = foreground.indexOf(1); i >= 0; i = foreground[i + 1] === 1 ? i + 1 : foreground.indexOf(1, i + 1)) {
      if (seen[i] === 1) continue;
      const blob = this.#fill(foreground, i, end);
      if (blob.area < MIN_AREA) continue;
      blobs.push(blob);
      end += blob.area;
    }
    blobs.sort((a, b) => b.area - a.area);
    if (blobs.length > MAX_BLOBS) blobs.length = MAX_BLOBS;
    return blobs;
  }

  #fill(foreground: Uint8Array, seed: number, first: number): Blob {
    const { pixels } = this;
    const seen = this.#seen;
    let end = first;
    let [left, right, top, bottom, sumX, sumY] = [WIDTH, 0, HEIGHT, 0, 0, 0];
    const visit = (i: number): void => {
      if (foreground[i] === 0 || seen[i] === 1) return;
      seen[i] = 1;
      pixels[end++] = i;
    };
    visit(seed);
    for (let at = first; at < end; at++) {
      const i = pixels[at]!;
      const y = (i / WIDTH) | 0;
      const x = i - y * WIDTH;
      sumX += x;
      sumY += y;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      if (y >= bottom) bottom = y + 1;
      if (x > 0) visit(i - 1);
      if (x < WIDTH - 1) visit(i + 1);
      if (y > 0) visit(i - WIDTH);
      if (y < HEIGHT - 1) visit(i + WIDTH);
    }
    const area = end - first;
    return { area, x: sumX / area + 0.5, y: sumY / area + 0.5, left, top, right, bottom, first };
  }
}
