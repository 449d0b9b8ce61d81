/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import { HEIGHT, PIXELS, WIDTH } from '../../src/detection/types.js';
import { DISTURBED, smoothNoise } from './canvas.js';
import type { Disturbance } from './disturb.js';
import type { Random } from './random.js';

type Make = (random: Random, start: number, end: number) => Omit<Disturbance, 'kind'>;

const WRAP = 4;

/** Waves run over part of the picture and glitter. */
export const water: Make = (random, start, end) => {
  const field = smoothNoise(random, random.scale(2, 9), 2, WRAP * WIDTH, HEIGHT);
  const shore = smoothNoise(random, random.between(15, 50), 1);
  const level = random.between(0.2, 0.8) * HEIGHT;
  const [height, glitter] = [random.scale(2, 22), random.chance(0.5) ? random.between(20, 120) : 0];
  const [drift, second] = [random.between(-0.012, 0.012), random.between(-0.02, 0.02)];
  return {
    stage: 'surface',
    apply(canvas, time) {
      if (time < start || time >= end) return;
      const swell = 0.7 + 0.3 * Math.sin(time / 1700);
      for (let i = 0; i < PIXELS; i++) {
        const y = Math.floor(i / WIDTH);
        if (y + 10 * shore[i]! < level) continue;
        const at = (shift: number): number => {
          const x = ((((i % WIDTH) + Math.round(time * shift)) % (WRAP * WIDTH)) + WRAP * WIDTH) % (WRAP * WIDTH);
          return field[y * WRAP * WIDTH + x]!;
        };
        const wave = (at(drift) + at(second)) / 2;
        canvas.light[i]! += swell * height * wave + (wave > 0.75 ? glitter : 0);
        canvas.labels[i]! |= DISTURBED;
      }
    },
  };
};

/** Jets rise and fall in one place, white and never twice the same. */
export const fountain: Make = (random, start, end) => {
  const own = random.fork();
  const [x, y] = [random.between(0.1, 0.9) * WIDTH, random.between(0.3, 1) * HEIGHT];
  const [width, height] = [random.scale(4, 45), random.scale(6, 45)];
  const [jets, tone, opacity] = [random.whole(3, 25), random.between(160, 250), random.between(0.2, 0.8)];
  return {
    stage: 'surface',
    apply(canvas, time) {
      if (time < start || time >= end) return;
      const strength = 0.75 + 0.25 * Math.sin(time / 900);
      for (let n = 0; n < jets; n++) {
        const foot = x + own.normal() * 0.4 * width;
        const top = y - height * strength * own.between(0.5, 1);
        const lean = own.normal() * 0.15 * width;
        canvas.limb(foot, y, foot + lean, top, own.scale(0.6, 3), () => tone, DISTURBED, opacity * own.next(), 2);
      }
    },
  };
};

/** A flag, a sheet or an awning: stripes that wave in one place. */
export const flag: Make = (random, start, end) => {
  const [x, y] = [random.between(0, 0.85) * WIDTH, random.between(0, 0.7) * HEIGHT];
  const [width, height] = [random.scale(5, 40), random.scale(4, 28)];
  const [tone, stripes, pitch] = [random.between(40, 220), random.between(0, 80), random.between(2, 8)];
  const [rate, length, reach] = [random.between(2, 9), random.between(4, 14), random.scale(0.5, 4)];
  const shine = random.between(0, 30);
  return {
    stage: 'surface',
    apply(canvas, time) {
      if (time < start || time >= end) return;
      const t = time / 1000;
      const wind = 0.6 + 0.4 * Math.sin(t * 0.7) * Math.sin(t * 0.31);
      const wave = (px: number): number => Math.sin(t * rate - (px - x) / length) * Math.min(1, (px - x) / width);
      const bottom = y + height;
      canvas.paint(
        [x, y - reach, x + width, bottom + reach],
        (px, py) =>
          Math.max(x - px, px - x - width, y + wind * reach * wave(px) - py, py - bottom - wind * reach * wave(px)),
        (px, py) => {
          const row = Math.floor((py - wind * reach * wave(px)) / pitch);
          return tone + (row % 2 === 0 ? stripes : 0) + shine * wind * wave(px);
        },
        DISTURBED,
      );
    },
  };
};

/** The shadow of something outside the picture passes over it: what is there stays to be seen, darker. */
export const shade: Make = (random, start, end) => {
  const [x0, x1] = [random.between(-0.3, 1.3) * WIDTH, random.between(-0.3, 1.3) * WIDTH];
  const [y0, y1] = [random.between(0.3, 1.1) * HEIGHT, random.between(0.3, 1.1) * HEIGHT];
  const [rx, ry] = [random.scale(4, 40), random.scale(3, 18)];
  const [depth, soft] = [random.between(0.2, 0.6), random.scale(1, 8)];
  return {
    stage: 'light',
    apply(canvas, time) {
      const share = (time - start) / (end - start);
      if (share < 0 || share > 1) return;
      const dark = (_x: number, _y: number, under: number): number => under * (1 - depth);
      canvas.ellipse(x0 + share * (x1 - x0), y0 + share * (y1 - y0), rx, ry, dark, DISTURBED, 1, soft);
    },
  };
};
