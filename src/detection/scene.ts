/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import { Background, FOREGROUND, HELD, PLAIN, SETTLED } from './background.js';
import type { Blob } from './blobs.js';
import { BlobFinder } from './blobs.js';
import { decide } from './decide.js';
import type { Light } from './light.js';
import { fitLight, SAME_LIGHT } from './light.js';
import type { Appearance, Weights } from './score.js';
import { FEATURES, logit, look, measure } from './score.js';
import type { LiveTrack } from './tracks.js';
import { Tracker } from './tracks.js';
import type { GrayFrame } from './types.js';
import { PIXELS } from './types.js';

/** What one frame showed. */
export interface Glance {
  readonly light: Light;
  /** Share of the picture that is foreground. */
  readonly share: number;
  /** The picture as a whole was another: nothing was followed, and at the third in a row everything is learned anew. */
  readonly flooded: boolean;
  readonly relearned: boolean;
  readonly blobs: number;
  readonly small: number;
  readonly lost: readonly LiveTrack[];
}

export type Observer = (track: LiveTrack, features: Float64Array, seen: Appearance, finder: BlobFinder) => void;

const FLOOD = 0.6;
const FLOODS = 3;
const MOVING = 0.08;
const SETTLES_AFTER = 20_000;
/** Pixels that a blob may wander and still be where it was. */
const SAME_PLACE = 3;

/** One camera's picture through time: background, tracks and their evidence. */
export class Scene {
  readonly background = new Background();
  readonly tracker = new Tracker();
  readonly finder = new BlobFinder();
  readonly #weights: Weights;
  readonly #observe: Observer | undefined;
  readonly #kinds = new Uint8Array(PIXELS);
  readonly #previous = new Uint8Array(PIXELS);
  readonly #features = new Float64Array(FEATURES.length);
  #light = SAME_LIGHT;
  #time = 0;
  #floods = 0;

  constructor(weights: Weights, observe?: Observer) {
    this.#weights = weights;
    this.#observe = observe;
  }

  look(frame: GrayFrame): Glance {
    const { background } = this;
    if (background.empty) return this.#begin(frame);
    const elapsed = Math.min(10_000, Math.max(1, frame.time - this.#time));
    const light = fitLight(frame.pixels, background.mean, background.deviation);
    const share = light === undefined ? 1 : background.compare(frame.pixels, light);
    if (light === undefined || share > FLOOD) return this.#flood(frame, light, share);
    this.#floods = 0;
    const { blobs, small } = this.finder.find(background.foreground);
    const lost = this.tracker.follow(blobs, frame.time);
    this.#score(frame, light, blobs.length);
    this.#mark(blobs, frame.time);
    background.learn(this.#kinds, light, elapsed);
    this.#keep(frame, light);
    return { light, share, flooded: false, relearned: false, blobs: blobs.length, small, lost };
  }

  #begin(frame: GrayFrame): Glance {
    this.background.reset(frame.pixels);
    this.#keep(frame, SAME_LIGHT);
    return { light: SAME_LIGHT, share: 0, flooded: false, relearned: true, blobs: 0, small: 0, lost: [] };
  }

  #flood(frame: GrayFrame, light: Light | undefined, share: number): Glance {
    const relearned = ++this.#floods >= FLOODS;
    let lost: readonly LiveTrack[] = [];
    if (relearned) {
      this.#floods = 0;
      this.background.reset(frame.pixels);
      lost = this.tracker.clear();
    }
    this.#keep(frame, relearned ? SAME_LIGHT : (light ?? SAME_LIGHT));
    return { light: light ?? SAME_LIGHT, share, flooded: true, relearned, blobs: 0, small: 0, lost };
  }

  #keep(frame: GrayFrame, light: Light): void {
    this.#previous.set(frame.pixels);
    this.#light = light;
    this.#time = frame.time;
  }

  #score(frame: GrayFrame, light: Light, blobs: number): void {
    const before = this.#light;
    for (const track of this.tracker.live) {
      const { blob } = track;
      if (blob === undefined) continue;
      const shift = 0 * (light.offset - before.offset);
      const seen = look(blob, this.finder.pixels, frame.pixels, this.#previous, this.background, shift);
      measure(this.#features, track, blob, seen, blobs - 1, frame.time);
      decide(track, logit(this.#features, this.#weights));
      if (seen.changed > MOVING) track.moved = frame.time;
      if (Math.hypot(track.x - track.movedX, track.y - track.movedY) > SAME_PLACE) {
        track.movedX = track.x;
        track.movedY = track.y;
        track.stayed = frame.time;
      }
      this.#observe?.(track, this.#features, seen, this.finder);
    }
  }

  #mark(blobs: readonly Blob[], time: number): void {
    const kinds = this.#kinds;
    kinds.fill(PLAIN);
    const paint = (blob: Blob, kind: number): void => {
      for (let at = blob.first, end = at + blob.area; at < end; at++) kinds[this.finder.pixels[at]!] = kind;
    };
    for (const blob of blobs) paint(blob, FOREGROUND);
    for (const track of this.tracker.live) {
      if (track.blob === undefined) continue;
      if (time - track.stayed > SETTLES_AFTER && time - track.moved > SETTLES_AFTER) paint(track.blob, SETTLED);
      else if (track.confirmed) paint(track.blob, HELD);
    }
  }
}
