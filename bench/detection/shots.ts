/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GrayFrame } from '../../src/detection/types.js';
import { PIXELS } from '../../src/detection/types.js';
import type { Clip, Interval } from './clips.js';
import { coded } from './coded.js';
import type { Disturbance, DisturbanceKind } from './disturb.js';
import { DISTURBANCES, makeDisturbance } from './disturb.js';
import type { Script, Span } from './film.js';
import { film } from './film.js';
import { Random } from './random.js';
import { tonesOf } from './scenery.js';
import { makePlainScript } from './plain.js';
import { makeScript, makeThings, someKinds } from './scripts.js';
import type { Expected } from './score.js';

/** A film to train or test with. */
export interface Shot {
  readonly name: string;
  /** Shots of one camera are never in training and test at once. */
  readonly camera: string;
  readonly set: 'made' | 'plain' | 'laid' | 'peopled' | 'real';
  readonly kinds: readonly DisturbanceKind[];
  readonly clip: string | undefined;
  readonly expected: Expected;
  frames(): GrayFrame[];
  /** Of every frame, what its pixels show; all zero where that is not known. */
  labels(): Uint8Array[];
}

const INTERVAL = 200;

/** Clips of one camera go together. */
export const CAMERA_OF: Readonly<Record<string, string>> = {
  field_atv: 'field',
  field_walkers: 'field',
  idle_parking: 'parking',
  parking_a: 'parking',
  idle_trees: 'trees',
  tree_hand: 'trees',
};

const NIGHT = new Set(['night_ir_yard']);

interface Stored {
  readonly events: readonly Interval[];
}

function keep(
  folder: string,
  name: string,
  script: () => Script,
  make: (spans: readonly Interval[]) => Omit<Shot, 'frames' | 'labels' | 'name'>,
): Shot {
  const path = join(folder, name);
  if (!existsSync(`${path}.json`)) {
    const spans: Span[] = [];
    const made = script();
    const pixels = new Uint8Array(made.frames * PIXELS);
    const labels = new Uint8Array(made.frames * PIXELS);
    let i = 0;
    for (const shown of film(made, spans)) {
      pixels.set(shown.frame.pixels, i * PIXELS);
      labels.set(shown.labels, i * PIXELS);
      i++;
    }
    writeFileSync(`${path}.gray`, made.codec ? coded(pixels, made.seed) : pixels);
    writeFileSync(`${path}.labels`, labels);
    const events = spans.map((s) => ({ start: s.start / 1000, end: s.end / 1000 })).filter((s) => s.end - s.start >= 1);
    writeFileSync(`${path}.json`, JSON.stringify({ events } satisfies Stored));
  }
  const { events } = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as Stored;
  return {
    ...make(events),
    name,
    frames: () =>
      slices(readFileSync(`${path}.gray`)).map((pixels, i) => ({
        time: i * INTERVAL,
        pixels,
        keyframe: (i * INTERVAL) % 2000 === 0,
      })),
    labels: () => slices(readFileSync(`${path}.labels`)),
  };
}

const slices = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.floor(bytes.length / PIXELS) }, (_, i) => bytes.subarray(i * PIXELS, (i + 1) * PIXELS));

/** Made-up cameras. */
export function madeShots(folder: string, first: number, count: number): Shot[] {
  mkdirSync(folder, { recursive: true });
  return Array.from({ length: count }, (_, n) => {
    const seed = first + n;
    const random = new Random(seed * 7919);
    const kinds = random.chance(0.25) ? [] : someKinds(random);
    const seconds = 40;
    return keep(
      folder,
      `made-${seed}`,
      () => makeScript(seed, seconds, random.chance(0.75), kinds),
      (events) => ({
        camera: `made-${seed}`,
        set: 'made',
        kinds,
        clip: undefined,
        expected: { seconds, events, ignore: [] },
      }),
    );
  });
}

/** Made-up cameras before plain scenes. */
export function plainShots(folder: string, first: number, count: number): Shot[] {
  mkdirSync(folder, { recursive: true });
  return Array.from({ length: count }, (_, n) => {
    const seed = first + n;
    const seconds = 40;
    return keep(
      folder,
      `plain-${seed}`,
      () => makePlainScript(seed, seconds),
      (events) => ({
        camera: `plain-${seed}`,
        set: 'plain',
        kinds: [],
        clip: undefined,
        expected: { seconds, events, ignore: [] },
      }),
    );
  });
}

const truthOf = (clip: Clip): Expected => ({
  seconds: Math.min(clip.truth!.duration_s, (clip.frames.length * INTERVAL) / 1000),
  events: clip.truth!.events,
  ignore: clip.truth!.ignore,
});

const copyOf =
  (clip: Clip): Script['base'] =>
  (canvas, index) => {
    canvas.light.set(clip.frames[index]!.pixels);
  };

/** Real clips with one kind of disturbance each, again and again. */
export function laidShots(folder: string, clips: readonly Clip[]): Shot[] {
  mkdirSync(folder, { recursive: true });
  return clips.flatMap((clip) =>
    DISTURBANCES.map((kind, k) => {
      const frames = Math.min(clip.frames.length, 70_000 / INTERVAL);
      const random = new Random(k * 131 + clip.name.length * 17 + clip.frames.length);
      const script = (): Script => {
        const end = frames * INTERVAL;
        const disturbances: Disturbance[] = [];
        for (let at = random.between(4000, 7000); at < end - 2000; at += random.between(8000, 16_000)) {
          const until = at + random.scale(1500, 9000);
          disturbances.push(makeDisturbance(kind, random, at, until, NIGHT.has(clip.name)));
          at = until;
          if (kind === 'move') break;
        }
        return { base: copyOf(clip), frames, interval: INTERVAL, things: [], disturbances, codec: true, seed: k };
      };
      return keep(folder, `laid-${clip.name}-${kind}`, script, () => ({
        camera: CAMERA_OF[clip.name] ?? clip.name,
        set: 'laid' as const,
        kinds: [kind],
        clip: clip.name,
        expected: { ...truthOf(clip), seconds: (frames * INTERVAL) / 1000 },
      }));
    }),
  );
}

/** Real empty scenes that made-up things pass, half of them disturbed. */
export function peopledShots(folder: string, clips: readonly Clip[], each: number): Shot[] {
  mkdirSync(folder, { recursive: true });
  return clips.flatMap((clip) => {
    const calm = calmest(clip);
    if (calm === undefined) return [];
    return Array.from({ length: each }, (_, n) => {
      const random = new Random(n * 977 + clip.frames.length);
      const kinds = n % 2 === 0 ? [] : someKinds(random);
      const frames = 200;
      const night = NIGHT.has(clip.name);
      const script = (): Script => ({
        base: (canvas, index) => {
          canvas.light.set(clip.frames[pingPong(index, calm.first, calm.last)]!.pixels);
        },
        frames,
        interval: INTERVAL,
        things: makeThings(random, frames * INTERVAL, tonesOf(night)),
        disturbances: kinds.map((kind) => {
          const start = random.between(5000, 25_000);
          return makeDisturbance(kind, random, start, start + random.scale(2000, 15_000), night);
        }),
        codec: n % 3 !== 0,
        seed: n,
      });
      return keep(folder, `peopled-${clip.name}-${n}`, script, (events) => ({
        camera: CAMERA_OF[clip.name] ?? clip.name,
        set: 'peopled' as const,
        kinds,
        clip: undefined,
        expected: { seconds: (frames * INTERVAL) / 1000, events, ignore: [] },
      }));
    });
  });
}

const pingPong = (index: number, first: number, last: number): number => {
  const length = last - first;
  const at = index % (2 * length);
  return first + (at < length ? at : 2 * length - at);
};

/** The longest time without event and without anything to be ignored, as frame numbers; at least 3 s. */
function calmest(clip: Clip): { first: number; last: number } | undefined {
  const { events, ignore, seconds } = truthOf(clip);
  const busy = [...events, ...ignore]
    .map((e) => ({ start: e.start - 0.5, end: e.end + 1 }))
    .sort((a, b) => a.start - b.start);
  let best = { start: 0, end: 0 };
  let at = 0;
  for (const e of [...busy, { start: seconds, end: seconds }]) {
    if (e.start - at > best.end - best.start) best = { start: at, end: e.start };
    at = Math.max(at, e.end);
  }
  const first = Math.ceil((best.start * 1000) / INTERVAL);
  const last = Math.min(clip.frames.length - 1, Math.floor((best.end * 1000) / INTERVAL));
  return last - first >= 15 ? { first, last } : undefined;
}

/** The clips as they are. */
export const realShots = (clips: readonly Clip[], stream: string): Shot[] =>
  clips.map((clip) => ({
    name: `${stream}-${clip.name}`,
    camera: CAMERA_OF[clip.name] ?? clip.name,
    set: 'real',
    kinds: [],
    clip: clip.name,
    expected: truthOf(clip),
    frames: () => [...clip.frames],
    labels: () => clip.frames.map(() => new Uint8Array(PIXELS)),
  }));
