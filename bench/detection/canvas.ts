/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import { HEIGHT, PIXELS, WIDTH } from '../../src/detection/types.js';
import type { Random } from './random.js';

/** What a pixel shows besides the scene. */
export const THING = 1;
export const DISTURBED = 2;
/** In a true event of real footage, but not known to be the thing itself. */
export const UNKNOWN = 4;

/** A picture in the making, with what each pixel shows. */
export class Canvas {
  readonly light = new Float32Array(PIXELS);
  readonly labels = new Uint8Array(PIXELS);
  readonly #copy = new Float32Array(PIXELS);
  readonly #copyLabels = new Uint8Array(PIXELS);

  /** Paints a shape by its signed distance (negative inside, pixels) with a soft edge. */
  paint(
    box: readonly [left: number, top: number, right: number, bottom: number],
    distance: (x: number, y: number) => number,
    shade: (x: number, y: number, under: number) => number,
    label: number,
    opacity = 1,
    softness = 1,
  ): void {
    const margin = softness;
    const top = Math.max(0, Math.floor(box[1] - margin));
    const bottom = Math.min(HEIGHT, Math.ceil(box[3] + margin));
    const left = Math.max(0, Math.floor(box[0] - margin));
    const right = Math.min(WIDTH, Math.ceil(box[2] + margin));
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const cover = opacity * Math.min(1, Math.max(0, 0.5 - distance(x + 0.5, y + 0.5) / softness));
        if (cover <= 0) continue;
        const i = y * WIDTH + x;
        this.light[i] = this.light[i]! + cover * (shade(x, y, this.light[i]!) - this.light[i]!);
        if (cover > 0.3) this.labels[i]! |= label;
      }
    }
  }

  ellipse(
    x: number,
    y: number,
    rx: number,
    ry: number,
    shade: (x: number, y: number, under: number) => number,
    label: number,
    opacity = 1,
    softness = 1,
  ): void {
    const least = Math.min(rx, ry);
    const distance = (px: number, py: number): number => (Math.hypot((px - x) / rx, (py - y) / ry) - 1) * least;
    this.paint([x - rx, y - ry, x + rx, y + ry], distance, shade, label, opacity, softness);
  }

  rectangle(
    left: number,
    top: number,
    right: number,
    bottom: number,
    shade: (x: number, y: number, under: number) => number,
    label: number,
    opacity = 1,
  ): void {
    const distance = (x: number, y: number): number => Math.max(left - x, x - right, top - y, y - bottom);
    this.paint([left, top, right, bottom], distance, shade, label, opacity);
  }

  /** A thick line. */
  limb(
    x0: number,
    y0: number,
    x1: number,
    y1: number,
    width: number,
    shade: (x: number, y: number, under: number) => number,
    label: number,
    opacity = 1,
    softness = 1,
  ): void {
    const dx = x1 - x0;
    const dy = y1 - y0;
    const squared = dx * dx + dy * dy || 1e-6;
    const distance = (x: number, y: number): number => {
      const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / squared));
      return Math.hypot(x - x0 - along * dx, y - y0 - along * dy) - width / 2;
    };
    const w = width / 2;
    const box = [Math.min(x0, x1) - w, Math.min(y0, y1) - w, Math.max(x0, x1) + w, Math.max(y0, y1) + w] as const;
    this.paint(box, distance, shade, label, opacity, softness);
  }

  /** Moves every pixel by a displacement that may differ from place to place; labels go along where `labels` says so. */
  warp(
    displacement: (x: number, y: number) => readonly [dx: number, dy: number],
    where: Float32Array | undefined,
    mark: number,
  ): void {
    const { light, labels } = this;
    const copy = this.#copy;
    copy.set(light);
    this.#copyLabels.set(labels);
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) {
        const i = y * WIDTH + x;
        const amount = where === undefined ? 1 : where[i]!;
        if (amount <= 0.01) continue;
        const [dx, dy] = displacement(x, y);
        const sx = Math.min(WIDTH - 1.001, Math.max(0, x - dx * amount));
        const sy = Math.min(HEIGHT - 1.001, Math.max(0, y - dy * amount));
        const fx = sx - Math.floor(sx);
        const fy = sy - Math.floor(sy);
        const j = Math.floor(sy) * WIDTH + Math.floor(sx);
        const upper = copy[j]! + fx * (copy[j + 1]! - copy[j]!);
        const lower = copy[j + WIDTH]! + fx * (copy[j + WIDTH + 1]! - copy[j + WIDTH]!);
        light[i] = upper + fy * (lower - upper);
        labels[i] = this.#copyLabels[Math.round(sy) * WIDTH + Math.round(sx)]! | mark;
      }
    }
  }
}

/** Smooth noise, about −1 to 1, with features of `size` pixels and `octaves` finer layers. */
export function smoothNoise(random: Random, size: number, octaves = 1, width = WIDTH, height = HEIGHT): Float32Array {
  const out = new Float32Array(width * height);
  let amplitude = 1;
  for (let o = 0; o < octaves; o++, amplitude *= 0.55) {
    const cell = Math.max(1.01, size / 2 ** o);
    const columns = Math.ceil(width / cell) + 2;
    const rows = Math.ceil(height / cell) + 2;
    const lattice = Float32Array.from({ length: columns * rows }, () => random.normal() * 0.6);
    for (let y = 0; y < height; y++) {
      const gy = y / cell;
      const y0 = Math.floor(gy);
      const wy = fade(gy - y0);
      for (let x = 0; x < width; x++) {
        const gx = x / cell;
        const x0 = Math.floor(gx);
        const wx = fade(gx - x0);
        const j = y0 * columns + x0;
        const upper = lattice[j]! + wx * (lattice[j + 1]! - lattice[j]!);
        const lower = lattice[j + columns]! + wx * (lattice[j + columns + 1]! - lattice[j + columns]!);
        out[y * width + x]! += amplitude * (upper + wy * (lower - upper));
      }
    }
  }
  return out;
}

const fade = (t: number): number => t * t * (3 - 2 * t);
