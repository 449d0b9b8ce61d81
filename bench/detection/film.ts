/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import type { GrayFrame } from '../../src/detection/types.js';
import { PIXELS } from '../../src/detection/types.js';
import { Canvas, THING } from './canvas.js';
import type { Disturbance } from './disturb.js';
import { STAGES } from './disturb.js';
import type { Thing } from './things.js';

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A frame with what its pixels show. */
export interface LabelledFrame {
  readonly frame: GrayFrame;
  readonly labels: Uint8Array;
}

export interface Script {
  /** What is filmed: a still, or another film's frames. Writes light and labels. */
  readonly base: (canvas: Canvas, index: number) => void;
  readonly frames: number;
  /** Milliseconds from frame to frame. */
  readonly interval: number;
  readonly things: readonly Thing[];
  readonly disturbances: readonly Disturbance[];
  /** The frames are meant to go through a real encoder (coded.ts). */
  readonly codec: boolean;
  /** Milliseconds for which a camera of few frames a second repeats each of them; 0 for one that does not. */
  readonly stutter?: number;
  readonly seed: number;
}

/** A thing counts from when this many of its pixels differ from what they cover by {@link VISIBLE} gray levels. */
const VISIBLE_PIXELS = 12;
const VISIBLE = 14;
const KEYFRAME_EVERY = 2000;

/** Makes the frames one by one. `buffer` frames are used again: copy what is to be kept. */
export function* film(script: Script, seen: Span[] = []): Generator<LabelledFrame> {
  const canvas = new Canvas();
  const before = new Float32Array(PIXELS);
  const pixels = new Uint8Array(PIXELS);
  for (let index = 0; index < script.frames; index++) {
    const time = index * script.interval;
    const keyframe = time % KEYFRAME_EVERY < script.interval;
    if (index > 0 && time % Math.max(script.interval, script.stutter ?? 0) >= script.interval) {
      if (script.things.length > 0 && seen.at(-1)?.end === time) extend(seen, time, script.interval);
      yield { frame: { time, pixels, keyframe }, labels: canvas.labels };
      continue;
    }
    canvas.labels.fill(0);
    script.base(canvas, index);
    for (const stage of STAGES) {
      if (stage === 'light' && drawThings(script.things, canvas, before, time)) extend(seen, time, script.interval);
      for (const disturbance of script.disturbances) if (disturbance.stage === stage) disturbance.apply(canvas, time);
    }
    for (let i = 0; i < PIXELS; i++) pixels[i] = Math.min(255, Math.max(0, Math.round(canvas.light[i]!)));
    yield { frame: { time, pixels, keyframe }, labels: canvas.labels };
  }
}

function drawThings(things: readonly Thing[], canvas: Canvas, before: Float32Array, time: number): boolean {
  const present = things.filter((thing) => time >= thing.start && time <= thing.end);
  if (present.length === 0) return false;
  before.set(canvas.light);
  for (const thing of present) thing.draw(canvas, time);
  let visible = 0;
  for (let i = 0; i < PIXELS; i++)
    if ((canvas.labels[i]! & THING) !== 0 && Math.abs(canvas.light[i]! - before[i]!) > VISIBLE) visible++;
  return visible >= VISIBLE_PIXELS;
}

/** Adds a moment to the spans, joining what is less than 2 s apart. */
function extend(spans: Span[], time: number, interval: number): void {
  const last = spans.at(-1);
  if (last !== undefined && time - last.end < 2000)
    spans[spans.length - 1] = { start: last.start, end: time + interval };
  else spans.push({ start: time, end: time + interval });
}
