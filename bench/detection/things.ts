import { HEIGHT, WIDTH } from '../../src/detection/types.js';
import type { Canvas } from './canvas.js';
import { THING } from './canvas.js';
import type { Random } from './random.js';

/** Something that ought to be noticed, on its way through the picture. */
export interface Thing {
  readonly label: 'person' | 'vehicle' | 'animal';
  /** Milliseconds. */
  readonly start: number;
  readonly end: number;
  /** Paints it and marks its pixels. */
  draw(canvas: Canvas, time: number): void;
}

interface Way {
  readonly start: number;
  readonly end: number;
  /** Feet, pixels, and height; moving says how far the gait has come, in heights. */
  at(time: number): { x: number; y: number; height: number; gait: number; heading: number };
}

/** A way across the picture, straight or bent, with pauses; far is up and small. */
function makeWay(random: Random, start: number, end: number, height: number, speed: number, pauses: boolean): Way {
  const seconds = (end - start) / 1000;
  const length = speed * height * seconds;
  const heading = random.sign();
  const level = random.between(Math.min(height * 0.8, HEIGHT * 0.6), HEIGHT * 1.02);
  const enters = random.chance(0.6);
  const from = enters ? (heading > 0 ? -height * 0.3 : WIDTH + height * 0.3) : random.between(0.15, 0.85) * WIDTH;
  const depth = random.chance(0.35) ? random.between(-0.5, 0.5) : random.between(-0.1, 0.1);
  const lateral = enters ? 1 : random.between(0.4, 1);
  const pauseAt = pauses && random.chance(0.3) ? random.between(0.3, 0.7) : 2;
  const pauseShare = random.between(0.1, 0.4);
  const bend = random.between(-0.15, 0.15);
  return {
    start,
    end,
    at(time) {
      const share = Math.min(1, Math.max(0, (time - start) / (end - start)));
      const gone = share < pauseAt ? share : Math.max(pauseAt, share - pauseShare);
      const size = height * (1 + depth * gone);
      const x = from + heading * lateral * length * gone;
      const y = level + depth * gone * height * 0.9 + Math.sin(gone * 3) * bend * height;
      return { x, y, height: size, gait: (length * gone) / height, heading };
    },
  };
}

/** Gray levels that things may have: infrared light at night makes people pale and leaves black rare. */
export type Tones = readonly [darkest: number, brightest: number];

/** How one thing looks: its tones, and how much of what it covers shines through. */
interface Paint {
  readonly tones: Tones;
  readonly faint: number;
}

type Shade = (x: number, y: number, under: number) => number;

/** A tone with a pattern on it. */
function cover(random: Random, { tones, faint }: Paint): Shade {
  const tone = random.between(...tones);
  const grain = random.between(0, 14);
  const phase = random.between(0, 6);
  const [across, down] = [random.between(0.5, 2), random.between(0.5, 2)];
  return (x, y, under) => {
    const own = tone + grain * Math.sin(x * across + y * down + phase);
    return own + faint * (under - own);
  };
}

function walker(random: Random, start: number, end: number, paint: Paint): Thing {
  const height = random.scale(8, 90);
  const speed = random.chance(0.2) ? random.between(0.08, 0.35) : random.between(0.35, 1);
  const way = makeWay(random, start, end, height, speed, true);
  const [top, legs, skin] = [cover(random, paint), cover(random, paint), cover(random, paint)];
  const girth = random.between(0.85, 1.3);
  return {
    label: 'person',
    start,
    end,
    draw(canvas, time) {
      const { x, y, height: h, gait } = way.at(time);
      const swing = Math.sin(gait * Math.PI * 2) * 0.17 * h;
      const hip = y - 0.47 * h;
      const thick = Math.max(1, 0.13 * h * girth);
      canvas.limb(x, hip, x + swing, y, thick, legs, THING);
      canvas.limb(x, hip, x - swing, y, thick, legs, THING);
      canvas.ellipse(x, y - 0.66 * h, 0.14 * h * girth, 0.22 * h, top, THING);
      canvas.limb(x, y - 0.8 * h, x - swing * 0.8, y - 0.48 * h, Math.max(0.8, 0.08 * h), top, THING);
      canvas.ellipse(x, y - 0.93 * h, 0.07 * h, 0.085 * h, skin, THING);
    },
  };
}

function vehicle(random: Random, start: number, end: number, paint: Paint): Thing {
  const height = random.scale(6, 70);
  const way = makeWay(random, start, end, height, random.between(1.2, 8), false);
  const [body, glass, tyre] = [cover(random, paint), cover(random, paint), cover(random, paint)];
  const long = random.between(1.9, 3);
  return {
    label: 'vehicle',
    start,
    end,
    draw(canvas, time) {
      const { x, y, height: h, heading } = way.at(time);
      const half = (h * long) / 2;
      canvas.ellipse(x, y, half, 0.12 * h, (_x, _y, under) => under * 0.6, THING, 0.8);
      canvas.rectangle(x - half, y - 0.6 * h, x + half, y - 0.12 * h, body, THING);
      canvas.rectangle(
        x - half * 0.6 - heading * 0.1 * h,
        y - h,
        x + half * 0.5 - heading * 0.1 * h,
        y - 0.55 * h,
        glass,
        THING,
      );
      canvas.ellipse(x - half * 0.6, y - 0.12 * h, 0.16 * h, 0.16 * h, tyre, THING);
      canvas.ellipse(x + half * 0.6, y - 0.12 * h, 0.16 * h, 0.16 * h, tyre, THING);
    },
  };
}

function animal(random: Random, start: number, end: number, paint: Paint): Thing {
  const height = random.scale(5, 26);
  const way = makeWay(random, start, end, height, random.between(0.8, 3), true);
  const [fur, head] = [cover(random, paint), cover(random, paint)];
  return {
    label: 'animal',
    start,
    end,
    draw(canvas, time) {
      const { x, y, height: h, gait, heading } = way.at(time);
      const swing = Math.sin(gait * Math.PI * 2) * 0.2 * h;
      for (const [place, side] of [
        [-0.5, 1],
        [0.5, -1],
      ] as const) {
        canvas.limb(x + place * h, y - 0.45 * h, x + place * h + side * swing, y, Math.max(0.8, 0.14 * h), fur, THING);
      }
      canvas.ellipse(x, y - 0.6 * h, 0.75 * h, 0.27 * h, fur, THING);
      canvas.ellipse(x + heading * 0.8 * h, y - 0.8 * h, 0.24 * h, 0.2 * h, head, THING);
    },
  };
}

/** A person, a vehicle or an animal between two moments. */
export function makeThing(random: Random, start: number, end: number, tones: Tones): Thing {
  const chance = random.next();
  const make = chance < 0.6 ? walker : chance < 0.8 ? vehicle : animal;
  const faint = random.chance(0.25) ? random.between(0.4, 0.8) : 0;
  return make(random, start, end, { tones, faint });
}
