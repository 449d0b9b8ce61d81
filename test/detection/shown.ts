// Run in a worker: outside of jest's sandbox pixels are forty times as quick, and a worker is where a detector lives.
import { parentPort } from 'node:worker_threads';
import type { Disturbance, DisturbanceKind } from '../../bench/detection/disturb.js';
import { makeDisturbance } from '../../bench/detection/disturb.js';
import type { Span } from '../../bench/detection/film.js';
import { THING } from '../../bench/detection/canvas.js';
import { film } from '../../bench/detection/film.js';
import { Random } from '../../bench/detection/random.js';
import { makeScenery } from '../../bench/detection/scenery.js';
import { makeThing, type Thing } from '../../bench/detection/things.js';
import { Detector } from '../../src/detection/detector.js';
import type { Finding } from '../../src/detection/types.js';

export interface Wish {
  readonly seed: number;
  readonly lay: DisturbanceKind | 'thing' | 'plain' | 'pacing' | 'nothing';
  readonly sensitivities?: readonly number[];
}

export interface Shown {
  readonly findings: readonly Finding[];
  /** Of each sensitivity asked for, on the same frames. */
  readonly by: readonly (readonly Finding[])[];
  /** When the thing could be seen. */
  readonly seen: readonly Span[];
}

/** A dark shape of one tone, from the left edge to the right one. */
function plainFigure(random: Random, start: number, end: number): Thing {
  const height = random.between(16, 45);
  const width = height * random.between(0.3, 1.2);
  const tone = random.between(5, 45);
  const top = random.between(5, 40);
  return {
    label: 'person',
    start,
    end,
    draw: (canvas, time) => {
      const left = ((time - start) / (end - start)) * (160 + width) - width;
      canvas.rectangle(left, top, left + width, top + height, () => tone, THING);
    },
  };
}

/** An upright figure that walks to and fro, and turns every 15 s. */
function pacingFigure(random: Random, start: number, end: number, tone: number): Thing {
  const height = random.between(22, 40);
  const width = height * random.between(0.3, 0.4);
  const top = random.between(20, 45);
  return {
    label: 'person',
    start,
    end,
    draw: (canvas, time) => {
      const left = 75 + 60 * Math.sin((time - start) / 5000);
      canvas.rectangle(left, top, left + width, top + height, (_, y) => tone + 12 * Math.sin(y / 3), THING);
    },
  };
}

/** 30 s of a made-up view (75 s where somebody paces) with a little noise, and what is laid over it from 8 s on. */
function show({ seed, lay, sensitivities = [] }: Wish): Shown {
  const random = new Random(seed);
  const scenery = makeScenery(random);
  const grain = random.fork();
  const noise: Disturbance = {
    kind: 'noise',
    stage: 'sensor',
    apply: ({ light }) => {
      for (let i = 0; i < light.length; i++) light[i] = (light[i] ?? 0) + 0.8 * grain.normal();
    },
  };
  const { night } = scenery;
  if (lay === 'plain') scenery.pixels.fill(random.between(90, 200));
  const things = lay === 'thing' ? [makeThing(random, 8000, 18_000, night ? [150, 220] : [5, 40])] : [];
  if (lay === 'plain') things.push(plainFigure(random, 8000, 13_000));
  if (lay === 'pacing') things.push(pacingFigure(random, 8000, 68_000, night ? 190 : 30));
  const disturbances = [noise];
  if (lay !== 'thing' && lay !== 'plain' && lay !== 'pacing' && lay !== 'nothing')
    disturbances.unshift(makeDisturbance(lay, random, 8000, 8000 + random.scale(2000, 10_000), night));
  const base = (canvas: { light: Float32Array }): void => {
    canvas.light.set(scenery.pixels);
  };
  const seen: Span[] = [];
  const detector = new Detector();
  const findings: Finding[] = [];
  const script = {
    base,
    frames: lay === 'pacing' ? 375 : 150,
    interval: 200,
    things,
    disturbances,
    codec: false,
    seed,
  };
  const others = sensitivities.map((sensitivity) => ({
    detector: new Detector({ sensitivity }),
    findings: [] as Finding[],
  }));
  for (const { frame } of film(script, seen)) {
    findings.push(...detector.push(frame));
    for (const other of others) other.findings.push(...other.detector.push(frame));
  }
  findings.push(...detector.finish());
  for (const other of others) other.findings.push(...other.detector.finish());
  return { findings, by: others.map((other) => other.findings), seen };
}

parentPort?.on('message', (wishes: readonly Wish[]) => {
  parentPort?.postMessage(wishes.map(show));
});
