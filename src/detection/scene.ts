/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import { Background, FOREGROUND, HELD, PLAIN, SETTLED } from './background.js';
import type { Blob } from './blobs.js';
import { BlobFinder } from './blobs.js';
import { decide, wentOf } from './decide.js';
import type { Light } from './light.js';
import { fitLight, SAME_LIGHT } from './light.js';
import { addCell, addMask, CELL_OF_PIXEL } from './mask.js';
import type { Appearance, Weights } from './score.js';
import { FEATURES, logit, look, measure } from './score.js';
import type { Shift } from './shift.js';
import { estimateShift, NO_SHIFT } from './shift.js';
import type { LiveTrack } from './tracks.js';
import { Tracker } from './tracks.js';
import type { GrayFrame } from './types.js';
import { PIXELS } from './types.js';
import type { Upheaval } from './upheaval.js';
import { compareViews } from './upheaval.js';
import { watchScore } from './watch.js';

/** What one frame showed. */
export interface Glance {
  readonly light: Light;
  readonly shift: Shift;
  /** Share of the picture that is foreground. */
  readonly share: number;
  /** How much the keyframe watch makes of it; 0 when the whole picture changed. */
  readonly score: number;
  /** The whole picture changed: nothing was followed. At the third in a row everything is learned anew. */
  readonly flooded: boolean;
  /** Set when everything was learned anew: what the old view and the new one have in common. */
  readonly upheaval: Upheaval | undefined;
  /** Tracks that ended with this frame. */
  readonly lost: readonly LiveTrack[];
}

/** Sees every score as it is made; training listens here. */
export type Observer = (track: LiveTrack, features: Float64Array, seen: Appearance, finder: BlobFinder) => void;

/** A logit that says no. */
const NEVER = -9;
const FLOOD = 0.6;
const FLOODS = 3;
/** Gray levels and pixels by which a picture that is shown again may differ, after an encoder. */
const SAME = 4;
const MOST_CHANGED = 2;
const LONGEST_REPEAT = 1_000;
/** Share of a track's pixels that change from frame to frame while it moves. */
const MOVING = 0.08;
/** Share of the picture that is another one after the camera was moved or a lamp was switched on. */
const LARGE = 0.15;
const RESTS_FOR = 3_000;
/** Gray levels from frame to frame. */
const UNREST = 8;
const SETTLES_AFTER = 20_000;
/** Pixels that a blob may wander and still be where it was. */
const SAME_PLACE = 3;
const LONGEST_STEP = 10_000;
const USUAL_STEP = 200;

/** One camera's picture through time: background, tracks and their evidence. */
export class Scene {
  readonly background = new Background();
  readonly tracker = new Tracker();
  readonly finder = new BlobFinder();
  /** What the next picture is scored with. */
  weights: Weights;
  readonly #masked: Uint8Array | undefined;
  readonly #area: number;
  readonly #observe: Observer | undefined;
  readonly #kinds = new Uint8Array(PIXELS);
  readonly #last = new Uint8Array(PIXELS);
  /** The picture before the last one that was another. */
  readonly #previous = new Uint8Array(PIXELS);
  readonly #features = new Float64Array(FEATURES.length);
  #blobs: readonly Blob[] = [];
  #shown = 0;
  #time = 0;
  #floods = 0;
  #restless = 0;
  #fresh = true;

  /**
   * @param masked 1 for every pixel that is never seen
   * @param area pixels that a track must have had to be an event
   */
  constructor(weights: Weights, masked?: Uint8Array, area = 0, observe?: Observer) {
    this.weights = weights;
    this.#masked = masked;
    this.#area = area;
    this.#observe = observe;
  }

  /** One of a run of frames: finds, follows and scores. */
  look(frame: GrayFrame): Glance {
    return this.#see(frame, true);
  }

  /**
   * A keyframe by itself: finds only. Of one that scores above the threshold nothing is learned: the frames around it are
   * looked at next, and must not find their own things in the background (F1 .96 → .99 over ten positions of the keyframes).
   */
  watch(frame: GrayFrame, threshold: number): Glance {
    return this.#see(frame, false, threshold);
  }

  /** The next frame is not a successor of the last one; answers the tracks that end here. */
  interrupt(): LiveTrack[] {
    this.#fresh = true;
    return this.tracker.clear();
  }

  #see(frame: GrayFrame, follow: boolean, threshold = Infinity): Glance {
    const { background } = this;
    if (background.empty) return this.#begin(frame);
    const passed = frame.time - this.#time;
    const elapsed = passed > 0 ? Math.min(LONGEST_STEP, passed) : USUAL_STEP;
    const light = fitLight(frame.pixels, background.mean, background.deviation);
    const share = light === undefined ? 1 : background.compare(frame.pixels, light, this.#masked);
    if (light === undefined || share > FLOOD) return this.#flood(frame, light, share);
    this.#floods = 0;
    if (follow && !this.#fresh && this.#repeats(frame)) return this.#again(frame, light, share, elapsed);
    const blobs = (this.#blobs = this.finder.find(background.foreground));
    const shift = this.#shift();
    let lost: LiveTrack[] = [];
    if (follow) {
      this.#previous.set(this.#fresh ? frame.pixels : this.#last);
      lost = this.tracker.follow(blobs, frame.time);
      this.#score(frame, blobs.length);
    }
    const upheaval = follow ? this.#settle(frame, share) : undefined;
    if (upheaval !== undefined) {
      this.#keep(frame, true);
      return { light, shift, share, score: 0, flooded: true, upheaval, lost: [...lost, ...this.tracker.clear()] };
    }
    const score = watchScore(blobs, this.finder.pixels, background);
    if (score <= threshold) {
      this.#mark(blobs, frame.time);
      background.learn(this.#kinds, light, elapsed);
      this.#keep(frame, !follow);
    }
    return { light, shift, share, score, flooded: false, upheaval: undefined, lost };
  }

  /** Of a picture in which nothing is seen it would explain nothing. */
  #shift(): Shift {
    const { difference, mean } = this.background;
    return this.#blobs.length > 0 ? estimateShift(difference, mean) : NO_SHIFT;
  }

  /** What is followed stays where it is, and time counts for it. */
  #again(frame: GrayFrame, light: Light, share: number, elapsed: number): Glance {
    const shift = this.#shift();
    for (const track of this.tracker.live)
      if (track.blob === undefined) track.misses++;
      else track.hits++;
    this.#score(frame, this.#blobs.length);
    const score = watchScore(this.#blobs, this.finder.pixels, this.background);
    this.background.learn(this.#kinds, light, elapsed);
    this.#time = frame.time;
    return { light, shift, share, score, flooded: false, upheaval: undefined, lost: [] };
  }

  /** A camera of few frames a second shows the last one again. */
  #repeats({ time, pixels }: GrayFrame): boolean {
    if (time - this.#shown > LONGEST_REPEAT) return false;
    const previous = this.#last;
    let changed = 0;
    for (let i = 0; i < PIXELS; i++) {
      const d = pixels[i]! - previous[i]!;
      if ((d > SAME || d < -SAME) && ++changed > MOST_CHANGED) return false;
    }
    return true;
  }

  #begin(frame: GrayFrame): Glance {
    this.background.reset(frame.pixels);
    this.#keep(frame, true);
    return { light: SAME_LIGHT, shift: NO_SHIFT, share: 0, score: 0, flooded: false, upheaval: undefined, lost: [] };
  }

  #flood(frame: GrayFrame, light: Light | undefined, share: number): Glance {
    let upheaval: Upheaval | undefined;
    let lost: readonly LiveTrack[] = [];
    if (++this.#floods >= FLOODS) {
      this.#floods = 0;
      upheaval = compareViews(this.background.mean, frame.pixels);
      this.background.reset(frame.pixels);
      lost = this.tracker.clear();
    }
    this.#keep(frame, upheaval !== undefined);
    return { light: light ?? SAME_LIGHT, shift: NO_SHIFT, share, score: 0, flooded: true, upheaval, lost };
  }

  /** A large part of the picture is another one and rests, and nothing that is known moves: that is the new view. */
  #settle(frame: GrayFrame, share: number): Upheaval | undefined {
    const resting = share > LARGE && !this.tracker.live.some((track) => track.confirmed) && this.#rests(frame.pixels);
    if (!resting) this.#restless = frame.time;
    if (frame.time - this.#restless < RESTS_FOR) return undefined;
    const upheaval = compareViews(this.background.mean, frame.pixels);
    this.#restless = frame.time;
    this.background.reset(frame.pixels);
    return upheaval;
  }

  #rests(pixels: Uint8Array): boolean {
    const { foreground } = this.background;
    let [changed, count] = [0, 0];
    for (let i = 0; i < PIXELS; i++) {
      if (foreground[i] === 0) continue;
      count++;
      if (Math.abs(pixels[i]! - this.#previous[i]!) > UNREST) changed++;
    }
    return changed < MOVING * count;
  }

  #keep(frame: GrayFrame, fresh: boolean): void {
    this.#last.set(frame.pixels);
    this.#shown = frame.time;
    this.#time = frame.time;
    this.#fresh = fresh;
  }

  #score(frame: GrayFrame, blobs: number): void {
    for (const track of this.tracker.live) {
      const { blob } = track;
      if (blob === undefined) continue;
      const seen = look(blob, this.finder.pixels, frame.pixels, this.#previous, this.background);
      measure(this.#features, track, blob, seen, blobs - 1, frame.time);
      decide(track, track.maxArea < this.#area ? NEVER : logit(this.#features, this.weights));
      track.went = wentOf(track, frame.time);
      this.#note(track, blob, seen, blobs - 1, frame.time);
      this.#observe?.(track, this.#features, seen, this.finder);
    }
  }

  #note(track: LiveTrack, blob: Blob, seen: Appearance, others: number, time: number): void {
    if (seen.changed > MOVING) track.moved = time;
    if (Math.hypot(track.x - track.movedX, track.y - track.movedY) > SAME_PLACE) {
      track.movedX = track.x;
      track.movedY = track.y;
      track.stayed = time;
    }
    track.touched.fill(0);
    for (let at = blob.first, end = at + blob.area; at < end; at++)
      addCell(track.touched, CELL_OF_PIXEL[this.finder.pixels[at]!]!);
    addMask(track.mask, track.touched);
    const { sums } = track;
    sums.frames++;
    sums.texture += seen.texture;
    sums.edges += seen.edges;
    sums.changed += seen.changed;
    sums.ratio += seen.ratio;
    sums.busy += seen.busy;
    sums.fast += Math.hypot(track.velocityX, track.velocityY) / Math.sqrt(track.area) / 5;
    sums.others += others;
    sums.oneSign += Math.abs(seen.brighter);
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
