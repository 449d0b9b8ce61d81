/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import { HEIGHT, PIXELS, WIDTH } from '../../src/detection/types.js';
import { smoothNoise, THING, type Canvas } from './canvas.js';
import type { DisturbanceKind } from './disturb.js';
import { makeDisturbance } from './disturb.js';
import type { Script } from './film.js';
import { Random } from './random.js';
import { INTERVAL, someKinds } from './scripts.js';
import { makeThing, type Thing } from './things.js';

/**
 * A bare wall, a floor, an empty sky, snow: scenes with hardly a texture, before which things of one tone pass. There, a
 * thing hides no edges, and what tells it from a shadow is its own border and its depth.
 */
export function makePlainScript(seed: number, seconds: number): Script {
  const random = new Random(seed);
  const scenery = makeWall(random);
  const end = seconds * 1000;
  const kinds: DisturbanceKind[] = random.chance(0.45) ? someKinds(random) : [];
  const noise = random.scale(0.3, 2.5);
  const grain = random.fork();
  return {
    base: (canvas) => {
      canvas.light.set(scenery);
    },
    frames: end / INTERVAL,
    interval: INTERVAL,
    things: random.chance(0.8) ? passers(random, end) : [],
    disturbances: [
      ...kinds.map((kind) => {
        const start = random.between(6000, end * 0.6);
        return makeDisturbance(kind, random, start, start + random.scale(1500, end * 0.6), false);
      }),
      {
        kind: 'noise',
        stage: 'sensor',
        apply: (canvas) => {
          for (let i = 0; i < PIXELS; i++) canvas.light[i]! += noise * grain.normal();
        },
      },
    ],
    codec: random.chance(0.8),
    seed,
  };
}

function makeWall(random: Random): Float32Array {
  const tone = random.between(25, 235);
  const [right, down] = [random.between(-60, 60), random.between(-60, 60)];
  const coarse = smoothNoise(random, random.scale(30, 120), 1);
  const amount = random.chance(0.5) ? random.between(0, 20) : 0;
  const bars = random.chance(0.25) ? random.whole(2, 9) : 0;
  const step = random.between(5, 60);
  return Float32Array.from({ length: PIXELS }, (_, i) => {
    const [x, y] = [(i % WIDTH) / WIDTH, Math.floor(i / WIDTH) / HEIGHT];
    const bar = bars === 0 ? 0 : (Math.floor(x * bars) % 2) * step;
    return Math.min(250, Math.max(5, tone + right * (x - 0.5) + down * (y - 0.5) + amount * coarse[i]! + bar));
  });
}

function passers(random: Random, end: number): Thing[] {
  const things: Thing[] = [];
  for (let at = random.between(5000, 9000); at < end - 3000; at += random.between(6000, 14_000)) {
    const until = at + random.scale(2000, 9000);
    things.push(random.chance(0.25) ? makeThing(random, at, until, [5, 245]) : figure(random, at, until));
    at = until;
  }
  return things;
}

/** An upright or long shape of one tone that comes in at one side and leaves at the other, or goes a part of the way. */
function figure(random: Random, start: number, end: number): Thing {
  const height = random.scale(7, 70);
  const width = Math.min(90, height * random.scale(0.25, 2.2));
  const heading = random.sign();
  const from = random.chance(0.7) ? (heading > 0 ? -width / 2 : WIDTH + width / 2) : random.between(0.1, 0.9) * WIDTH;
  const way = random.chance(0.7) ? WIDTH + width : random.between(0.3, 1) * WIDTH;
  const [top, slope] = [random.between(-0.1, 0.8) * HEIGHT, random.between(-0.1, 0.1)];
  const tone = random.between(5, 245);
  const grain = random.chance(0.3) ? random.between(0, 8) : 0;
  const round = random.chance(0.35);
  const shade = (x: number, y: number): number => tone + grain * Math.sin(x * 0.9 + y * 0.7);
  return {
    label: 'person',
    start,
    end,
    draw(canvas: Canvas, time) {
      const share = (time - start) / (end - start);
      const x = from + heading * way * share;
      const y = top + slope * way * share;
      if (round) canvas.ellipse(x, y + height / 2, width / 2, height / 2, shade, THING);
      else canvas.rectangle(x - width / 2, y, x + width / 2, y + height, shade, THING);
    },
  };
}
