/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import { HEIGHT, PIXELS, WIDTH } from '../../src/detection/types.js';
import type { Canvas } from './canvas.js';
import { DISTURBED, smoothNoise } from './canvas.js';
import type { Random } from './random.js';
import { flag, fountain, shade, water } from './surfaces.js';

/** In the order in which they come between the world and the frame. */
export const STAGES = ['surface', 'light', 'air', 'camera', 'sensor'] as const;

/** Something that changes the picture and is no event. */
export interface Disturbance {
  readonly kind: DisturbanceKind;
  readonly stage: (typeof STAGES)[number];
  /** @param time milliseconds; called for every frame, also outside its own interval */
  apply(canvas: Canvas, time: number): void;
}

type Make = (random: Random, start: number, end: number, night: boolean) => Omit<Disturbance, 'kind'>;

const during = (time: number, start: number, end: number): boolean => time >= start && time < end;
/** 0 outside, 1 inside, rising and falling over `edge` milliseconds. */
const envelope = (time: number, start: number, end: number, edge: number): number =>
  Math.max(0, Math.min(1, (time - start) / edge, (end - time) / edge));

const multiply = (canvas: Canvas, i: number, gain: number, offset = 0): void => {
  canvas.light[i] = canvas.light[i]! * gain + offset;
};

/** A cloud's shadow with a soft edge drifts over the picture. */
const clouds: Make = (random, start, end) => {
  const field = smoothNoise(random, random.between(40, 200), 2, 4 * WIDTH, HEIGHT);
  const depth = random.between(0.1, 0.55);
  const edge = random.between(800, 5000);
  const drift = random.between(-0.03, 0.03);
  const patchy = random.chance(0.6);
  return {
    stage: 'light',
    apply(canvas, time) {
      const amount = envelope(time, start, end, edge);
      if (amount === 0) return;
      const shift = Math.floor(1.5 * WIDTH + (time - start) * drift);
      for (let i = 0; i < PIXELS; i++) {
        const x = Math.min(4 * WIDTH - 1, Math.max(0, (i % WIDTH) + shift));
        const cover = patchy ? Math.min(1, Math.max(0, 0.5 + 1.5 * field[Math.floor(i / WIDTH) * 4 * WIDTH + x]!)) : 1;
        multiply(canvas, i, 1 - depth * amount * cover);
      }
    },
  };
};

/** The camera chooses another exposure, at once or over a second. */
const exposure: Make = (random, start, end) => {
  const gain = random.chance(0.5) ? random.between(0.55, 0.9) : random.between(1.1, 1.7);
  const offset = random.between(-12, 12);
  const ramp = random.pick([1, 1, 400, 1500]);
  return {
    stage: 'light',
    apply(canvas, time) {
      const amount = envelope(time, start, end, ramp);
      if (amount === 0) return;
      for (let i = 0; i < PIXELS; i++) multiply(canvas, i, 1 + amount * (gain - 1), amount * offset);
    },
  };
};

/** Lamps and infrared: other things are bright; some cameras go black or white between. */
const infrared: Make = (random, start, end) => {
  const field = smoothNoise(random, random.between(6, 30), 2);
  const [x, y] = [random.between(0.3, 0.7) * WIDTH, random.between(0.3, 0.8) * HEIGHT];
  const reach = random.between(50, 140);
  const [floor, peak, swing] = [random.between(0.05, 0.5), random.between(0.5, 1.3), random.between(0.05, 0.4)];
  const blank = random.pick([undefined, 2, 245]);
  return {
    stage: 'light',
    apply(canvas, time) {
      if (!during(time, start, end)) return;
      const settling = blank !== undefined && time - start < 500;
      for (let i = 0; i < PIXELS; i++) {
        const r = Math.hypot((i % WIDTH) - x, i / WIDTH - y) / reach;
        const lamp = peak * (floor + (1 - floor) * Math.exp(-r * r));
        if (settling) canvas.light[i] = blank;
        else multiply(canvas, i, lamp * (1 + swing * field[i]!), 8);
      }
    },
  };
};

/** A soft spot of light that sweeps over what is there, as of a car that is not in the picture. */
const headlights: Make = (random, start, end) => {
  const [x0, x1] = [random.between(-0.3, 1.3) * WIDTH, random.between(-0.3, 1.3) * WIDTH];
  const [y0, y1] = [random.between(0.2, 1) * HEIGHT, random.between(0.2, 1) * HEIGHT];
  const [rx, ry] = [random.scale(6, 60), random.scale(5, 30)];
  const power = random.between(0.3, 2.5);
  const haze = random.between(0, 12);
  return {
    stage: 'light',
    apply(canvas, time) {
      const share = (time - start) / (end - start);
      if (share < 0 || share > 1) return;
      const amount = envelope(time, start, end, 600);
      const [x, y] = [x0 + share * (x1 - x0), y0 + share * (y1 - y0)];
      for (let i = 0; i < PIXELS; i++) {
        const r = Math.hypot(((i % WIDTH) - x) / rx, (i / WIDTH - y) / ry);
        const spot = amount * Math.exp(-r * r);
        if (spot < 0.01) continue;
        multiply(canvas, i, 1 + power * spot, haze * spot);
        if (spot > 0.15) canvas.labels[i]! |= DISTURBED;
      }
    },
  };
};

/** A lamp, a screen or the sun in a window: one patch of the scene changes its light in place. */
const lamp: Make = (random, start, end) => {
  const [x, y] = [random.between(0, WIDTH), random.between(0, HEIGHT)];
  const [rx, ry] = [random.scale(3, 40), random.scale(3, 30)];
  const [gain, period] = [random.between(0.4, 2), random.scale(300, 12_000)];
  const square = random.chance(0.5);
  return {
    stage: 'light',
    apply(canvas, time) {
      if (!during(time, start, end)) return;
      const wave = Math.sin(((time - start) / period) * 2 * Math.PI);
      const amount = square ? (wave > 0 ? 1 : 0) : (1 + wave) / 2;
      if (amount === 0) return;
      canvas.ellipse(
        x,
        y,
        rx,
        ry,
        (_x, _y, under) => under * gain,
        DISTURBED,
        amount,
        Math.max(2, Math.min(rx, ry) / 2),
      );
    },
  };
};

/** Insects: pale, quick, erratic; near the lens large and soft. */
const insects: Make = (random, start, end, night) => {
  const flights = Array.from({ length: random.whole(1, Math.max(2, Math.round((end - start) / 1200))) }, () => {
    const from = random.between(start, end);
    const near = random.next() ** 2;
    return {
      from,
      until: from + random.scale(250, random.chance(0.2) ? 8000 : 2000),
      x: random.between(0, WIDTH),
      y: random.between(0, HEIGHT),
      vx: random.normal() * (15 + 110 * near),
      vy: random.normal() * (10 + 70 * near),
      wobble: random.scale(2, 20),
      rate: random.between(2, 9),
      size: random.scale(0.7, 2) * (1 + 6 * near),
      opacity: random.between(0.25, 1) * (1 - 0.5 * near),
      tone: night || random.chance(0.4) ? random.between(170, 255) : random.between(10, 70),
      phase: random.between(0, 6),
    };
  });
  return {
    stage: 'air',
    apply(canvas, time) {
      for (const f of flights) {
        if (!during(time, f.from, f.until)) continue;
        const place = (at: number): readonly [number, number] => {
          const t = (at - f.from) / 1000;
          return [
            f.x + f.vx * t + f.wobble * Math.sin(t * f.rate + f.phase),
            f.y + f.vy * t + f.wobble * Math.sin(t * f.rate * 1.3 + 2 * f.phase),
          ];
        };
        const [x0, y0] = place(time - 25);
        const [x1, y1] = place(time);
        canvas.limb(x0, y0, x1, y1, 2 * f.size, () => f.tone, DISTURBED, f.opacity, 1 + f.size);
      }
    },
  };
};

/** Streaks that are elsewhere in every frame. */
const rain: Make = (random, start, end, night) => {
  const own = random.fork();
  const count = random.scale(8, 110);
  const slant = random.between(-0.4, 0.4);
  const longest = random.scale(4, 30);
  const [opacity, tone] = [random.between(0.08, night ? 0.6 : 0.35), night ? 230 : random.between(150, 220)];
  return {
    stage: 'air',
    apply(canvas, time) {
      const amount = envelope(time, start, end, 1500);
      for (let n = amount * count * own.between(0.7, 1.3); n > 0; n--) {
        const [x, y, l] = [own.between(-5, WIDTH + 5), own.between(-10, HEIGHT), own.between(0.4, 1) * longest];
        canvas.limb(
          x,
          y,
          x + slant * l,
          y + l,
          own.between(0.4, 1.4),
          () => tone,
          DISTURBED,
          opacity * own.between(0.4, 1),
        );
      }
    },
  };
};

/** Flakes that fall and drift, some near the lens. */
const snow: Make = (random, start, end, night) => {
  const count = random.scale(10, 120);
  const [fall, drift] = [random.between(12, 45), random.normal() * 15];
  const tone = random.between(night ? 190 : 215, 255);
  const flakes = Array.from({ length: Math.ceil(count) }, () => {
    const near = random.next() ** 4;
    return {
      x: random.next(),
      y: random.next(),
      size: 0.5 + 3.5 * near,
      pace: 0.6 + 2.5 * near,
      sway: random.between(1, 5),
      phase: random.between(0, 6),
      opacity: random.between(0.3, 1),
    };
  });
  return {
    stage: 'air',
    apply(canvas, time) {
      const amount = envelope(time, start, end, 2500);
      const t = (time - start) / 1000;
      for (let n = 0; n < flakes.length * amount; n++) {
        const f = flakes[n]!;
        const x = mod(f.x * WIDTH + t * drift * f.pace + f.sway * Math.sin(t * 2 + f.phase), WIDTH + 20) - 10;
        const y = mod(f.y * HEIGHT + t * fall * f.pace, HEIGHT + 20) - 10;
        canvas.ellipse(x, y, f.size, f.size * 1.3, () => tone, DISTURBED, f.opacity, 1 + f.size / 2);
      }
    },
  };
};

const mod = (a: number, b: number): number => ((a % b) + b) % b;

/** Wind moves part of the scene to and fro. @param where how much each pixel goes along */
export function gust(random: Random, start: number, end: number, where: Float32Array): Omit<Disturbance, 'kind'> {
  const bend = smoothNoise(random, random.between(8, 40), 1);
  const [reach, rate] = [random.scale(0.6, 5), random.between(1.2, 6)];
  const [direction, ripple] = [random.between(-0.5, 0.5), random.between(0.2, 1)];
  return {
    stage: 'surface',
    apply(canvas, time) {
      const amount = envelope(time, start, end, 1200) * reach;
      if (amount === 0) return;
      const t = time / 1000;
      const swell = 0.6 + 0.4 * Math.sin(t * 0.9) + 0.4 * Math.sin(t * 2.3 + 1);
      canvas.warp(
        (x, y) => {
          const b = bend[y * WIDTH + x]!;
          const wave = swell * Math.sin(t * rate + 4 * b) + ripple * b * Math.sin(t * rate * 2.1 + 6 * b);
          return [amount * wave, amount * wave * direction];
        },
        where,
        DISTURBED,
      );
    },
  };
}

const gusts: Make = (random, start, end) => {
  const patch = smoothNoise(random, random.between(20, 60), 1).map((v) => Math.min(1, Math.max(0, v * 3)));
  return gust(random, start, end, patch);
};

/** Sensor noise, some of it in blobs as after compression. */
const noise: Make = (random, start, end) => {
  const own = random.fork();
  const [fine, blotches] = [random.scale(1, 9), random.scale(0.5, 6)];
  return {
    stage: 'sensor',
    apply(canvas, time) {
      if (!during(time, start, end)) return;
      const field = smoothNoise(own, 4, 1);
      for (let i = 0; i < PIXELS; i++) canvas.light[i]! += fine * own.normal() + blotches * field[i]!;
    },
  };
};

/** Wind or steps shake the camera. */
const shake: Make = (random, start, end) => {
  const [reach, rate] = [random.scale(0.2, 4), random.between(3, 25)];
  const [px, py] = [random.between(0, 6), random.between(0, 6)];
  const calm = random.between(0.3, 1);
  return {
    stage: 'camera',
    apply(canvas, time) {
      const amount = envelope(time, start, end, 500) * reach;
      if (amount === 0) return;
      const t = time / 1000;
      const d = [amount * Math.sin(t * rate + px), amount * calm * Math.sin(t * rate * 1.37 + py)] as const;
      canvas.warp(() => d, undefined, 0);
    },
  };
};

/** Somebody turns the camera, or it is knocked: another view from then on. */
const move: Make = (random, start) => {
  const [dx, dy] = [random.sign() * random.between(4, 30), random.sign() * random.between(0, 15)];
  const slow = random.pick([1, 300, 1500]);
  return {
    stage: 'camera',
    apply(canvas, time) {
      const amount = Math.min(1, Math.max(0, (time - start) / slow));
      if (amount > 0) canvas.warp(() => [dx * amount, dy * amount], undefined, 0);
    },
  };
};

/** Every disturbance by name. Those of `everywhere` come over any scene; the others change it for good. */
const MAKERS = {
  clouds,
  exposure,
  infrared,
  headlights,
  lamp,
  insects,
  rain,
  snow,
  gusts,
  noise,
  shake,
  move,
  water,
  fountain,
  flag,
  shade,
} as const;
export type DisturbanceKind = keyof typeof MAKERS;
export const DISTURBANCES = Object.keys(MAKERS) as DisturbanceKind[];

/** @param end milliseconds, after which most of them are over */
export const makeDisturbance = (
  kind: DisturbanceKind,
  random: Random,
  start: number,
  end: number,
  night: boolean,
): Disturbance => ({
  kind,
  ...MAKERS[kind](random, start, end, night),
});
