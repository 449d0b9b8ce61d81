/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import { PIXELS } from '../../src/detection/types.js';
import type { Disturbance, DisturbanceKind } from './disturb.js';
import { DISTURBANCES, gust, makeDisturbance } from './disturb.js';
import type { Script } from './film.js';
import { Random } from './random.js';
import { makeScenery } from './scenery.js';
import type { Thing, Tones } from './things.js';
import { makeThing } from './things.js';

export const INTERVAL = 200;

/** A made-up camera: a view, perhaps leaves in the wind, perhaps things that pass, perhaps disturbances of the kinds given. */
export function makeScript(seed: number, seconds: number, things: boolean, kinds: readonly DisturbanceKind[]): Script {
  const random = new Random(seed);
  const scenery = makeScenery(random);
  const end = seconds * 1000;
  const disturbances: Disturbance[] = [];
  if (random.chance(0.5))
    disturbances.push({ kind: 'gusts', ...gust(random, -1e6, 1e7, scaled(scenery.foliage, random.scale(0.05, 0.5))) });
  if (random.chance(0.2))
    disturbances.push(makeDisturbance(random.pick(['water', 'fountain', 'flag'] as const), random, -1e6, 1e7, false));
  if (random.chance(0.7)) disturbances.push(calmNoise(random, end, scenery.night));
  for (const kind of kinds) {
    const start = random.between(6000, end * 0.6);
    disturbances.push(makeDisturbance(kind, random, start, start + random.scale(1500, end * 0.6), scenery.night));
  }
  return {
    base: (canvas) => {
      canvas.light.set(scenery.pixels);
    },
    frames: (seconds * 1000) / INTERVAL,
    interval: INTERVAL,
    things: things ? makeThings(random, end, scenery.tones) : [],
    disturbances,
    codec: random.chance(0.7),
    stutter: random.chance(0.12) ? random.pick([400, 600, 1000]) : 0,
    seed,
  };
}

export function makeThings(random: Random, end: number, tones: Tones): Thing[] {
  const things: Thing[] = [];
  if (random.chance(0.15))
    for (let n = random.whole(2, 6); n > 0; n--)
      things.push(makeThing(random, random.between(-8000, 4000), random.between(5000, 20_000), tones));
  for (let at = random.between(5000, 9000); at < end - 4000; at += random.between(7000, 20_000)) {
    const until = at + random.scale(2500, 16_000);
    things.push(makeThing(random, at, until, tones));
    if (random.chance(0.25)) things.push(makeThing(random, at + random.between(0, 2000), until, tones));
    at = until;
  }
  return things;
}

/** Any one to three kinds of disturbance. */
export function someKinds(random: Random): DisturbanceKind[] {
  return Array.from({ length: random.whole(1, 3) }, () => random.pick(DISTURBANCES));
}

const scaled = (field: Float32Array, by: number): Float32Array => {
  const out = new Float32Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) out[i] = field[i]! * by;
  return out;
};

/** The noise that any camera has. */
function calmNoise(random: Random, end: number, night: boolean): Disturbance {
  const own = random.fork();
  const fine = random.scale(0.4, night ? 3.5 : 1.5);
  return {
    kind: 'noise',
    stage: 'sensor',
    apply(canvas, time) {
      if (time > end) return;
      for (let i = 0; i < PIXELS; i++) canvas.light[i]! += fine * own.normal();
    },
  };
}
