/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import { HEIGHT, PIXELS, WIDTH } from '../../src/detection/types.js';
import { Canvas, smoothNoise } from './canvas.js';
import type { Random } from './random.js';
import type { Tones } from './things.js';

export interface Scenery {
  readonly pixels: Float32Array;
  /** 0 to 1: how much of a pixel is leaves, which sway. */
  readonly foliage: Float32Array;
  readonly night: boolean;
  /** What things look like there. */
  readonly tones: Tones;
}

export const tonesOf = (night: boolean): Tones => (night ? [25, 200] : [5, 245]);

/** A made-up view: sky or wall above, ground below, things with edges, textures, often leaves. */
export function makeScenery(random: Random): Scenery {
  const canvas = new Canvas();
  const night = random.chance(0.35);
  const horizon = random.between(0.05, 0.6) * HEIGHT;
  const sky = random.between(90, 240);
  const ground = random.between(50, 180);
  const coarse = smoothNoise(random, random.scale(12, 60), 3);
  const fine = smoothNoise(random, random.scale(1.5, 6), 2);
  const roughness = random.scale(1, 18);
  for (let i = 0; i < PIXELS; i++) {
    const y = i / WIDTH;
    canvas.light[i] =
      (y < horizon ? sky : ground + (y - horizon) * 0.1) +
      coarse[i]! * 14 +
      fine[i]! * (y < horizon ? 0.3 : 1) * roughness;
  }
  addStructures(canvas, random, horizon);
  const foliage = addFoliage(canvas, random, night);
  if (night) darken(canvas, random);
  const thermal = random.chance(0.1);
  if (thermal) cool(canvas, random);
  for (let i = 0; i < PIXELS; i++) canvas.light[i] = Math.min(252, Math.max(4, canvas.light[i]!));
  return { pixels: canvas.light, foliage, night, tones: thermal ? [150, 250] : tonesOf(night) };
}

function addStructures(canvas: Canvas, random: Random, horizon: number): void {
  for (let n = random.whole(2, 14); n > 0; n--) {
    const width = random.scale(3, 70);
    const height = random.scale(3, 45);
    const x = random.between(-10, WIDTH);
    const y = random.between(horizon - height * 0.7, HEIGHT - height * 0.5);
    const shade = random.between(20, 230);
    const slope = random.between(-0.6, 0.6);
    const stripes = random.chance(0.3) ? random.between(8, 40) : 0;
    const pitch = random.between(2, 8);
    const across = random.chance(0.5);
    const tone = (px: number, py: number): number =>
      shade + slope * (px - x) + (Math.floor((across ? px : py) / pitch) % 2 === 0 ? stripes : 0);
    if (random.chance(0.75)) canvas.rectangle(x, y, x + width, y + height, tone, 0);
    else canvas.ellipse(x, y, width / 2, height / 2, tone, 0);
  }
}

function addFoliage(canvas: Canvas, random: Random, night: boolean): Float32Array {
  const foliage = new Float32Array(PIXELS);
  if (random.chance(0.35)) return foliage;
  const leaves = smoothNoise(random, random.scale(2, 7), 2);
  const edge = smoothNoise(random, 8, 2);
  const contrast = random.between(10, night ? 40 : 60);
  const tone = random.between(40, 120);
  for (let n = random.whole(1, 3); n > 0; n--) {
    const [x, y] = [random.between(0, WIDTH), random.between(0, HEIGHT * 0.7)];
    const [rx, ry] = [random.scale(8, 60), random.scale(8, 45)];
    for (let i = 0; i < PIXELS; i++) {
      const r = Math.hypot(((i % WIDTH) - x) / rx, (i / WIDTH - y) / ry) + edge[i]! * 0.3;
      const cover = Math.min(1, Math.max(0, (1 - r) * 5));
      if (cover === 0) continue;
      canvas.light[i] = canvas.light[i]! + cover * (tone + leaves[i]! * contrast - canvas.light[i]!);
      foliage[i] = Math.max(foliage[i]!, cover);
    }
  }
  return foliage;
}

/** A thermal camera: little contrast, soft edges; what is warm shines. */
function cool(canvas: Canvas, random: Random): void {
  const [level, contrast] = [random.between(30, 110), random.between(0.1, 0.4)];
  for (let i = 0; i < PIXELS; i++) canvas.light[i] = level + contrast * (canvas.light[i]! - 110);
}

/** Infrared light: bright in the middle and near, little contrast far away. */
function darken(canvas: Canvas, random: Random): void {
  const [x, y] = [random.between(0.3, 0.7) * WIDTH, random.between(0.4, 0.8) * HEIGHT];
  const reach = random.between(50, 130);
  const floor = random.between(0.05, 0.3);
  const power = random.between(0.4, 1);
  for (let i = 0; i < PIXELS; i++) {
    const r = Math.hypot((i % WIDTH) - x, i / WIDTH - y) / reach;
    canvas.light[i] = 8 + canvas.light[i]! * power * (floor + (1 - floor) * Math.exp(-r * r));
  }
}
