/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import type { GrayFrame } from '../../src/detection/types.js';
import { HEIGHT, PIXELS, WIDTH } from '../../src/detection/types.js';
import { Canvas, THING } from './canvas.js';
import type { Disturbance } from './disturb.js';
import { STAGES } from './disturb.js';
import { Random } from './random.js';
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
  readonly codec: boolean;
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
  const codec = script.codec ? new Codec(new Random(script.seed)) : undefined;
  for (let index = 0; index < script.frames; index++) {
    const time = index * script.interval;
    canvas.labels.fill(0);
    script.base(canvas, index);
    for (const stage of STAGES) {
      if (stage === 'light' && drawThings(script.things, canvas, before, time)) extend(seen, time, script.interval);
      for (const disturbance of script.disturbances) if (disturbance.stage === stage) disturbance.apply(canvas, time);
    }
    const keyframe = time % KEYFRAME_EVERY < script.interval;
    codec?.pass(canvas.light, keyframe);
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

/** What an encoder does to noise: blocks that hardly changed are not sent until the next keyframe. */
class Codec {
  readonly #shown = new Float32Array(PIXELS);
  readonly #block: number;
  readonly #skip: number;
  #first = true;

  constructor(random: Random) {
    this.#block = random.pick([2, 4, 4]);
    this.#skip = random.between(0.5, 3);
  }

  pass(light: Float32Array, keyframe: boolean): void {
    const size = this.#block;
    const shown = this.#shown;
    for (let top = 0; top < HEIGHT; top += size) {
      for (let left = 0; left < WIDTH; left += size) {
        let sum = 0;
        let count = 0;
        for (let y = top; y < Math.min(HEIGHT, top + size); y++)
          for (let i = y * WIDTH + left; i < y * WIDTH + Math.min(WIDTH, left + size); i++, count++)
            sum += Math.abs(light[i]! - shown[i]!);
        const keep = !this.#first && !keyframe && sum < this.#skip * count;
        for (let y = top; y < Math.min(HEIGHT, top + size); y++)
          for (let i = y * WIDTH + left; i < y * WIDTH + Math.min(WIDTH, left + size); i++) {
            if (keep) light[i] = shown[i]!;
            else shown[i] = light[i]!;
          }
      }
    }
    this.#first = false;
  }
}
