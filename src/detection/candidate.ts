import type { Rejected } from './judge.js';
import { judge } from './judge.js';
import type { Glance } from './scene.js';
import { distanceOf, type LiveTrack } from './tracks.js';
import type { Reason } from './types.js';

/** Quiet for this long, or this long in all, and it is over. */
const QUIET = 2_000;
const LONGEST = 30_000;
/** An outside candidate is given this long to show itself. */
const PATIENCE = 6_000;
const SHAKEN = 0.25;
const MIN_HITS = 3;
/** Gray levels that the light alone makes of a middle gray, against the background. */
const LIT = 6;
const MIDDLE = 110;

/** Something that may be the beginning of an event, until it is one or has a reason why not. */
export class Candidate {
  readonly at: number;
  #last: number;
  #asked: number | undefined;
  #best: { readonly rejected: Rejected; readonly weight: number } | undefined;
  #briefest: LiveTrack | undefined;
  #shifts = 0;
  #frames = 0;
  #lit = false;

  constructor(at: number) {
    this.at = at;
    this.#last = at;
  }

  /** Somebody outside waits for an answer. */
  asked(at: number): void {
    this.#asked ??= at;
  }

  get wasAsked(): boolean {
    return this.#asked !== undefined;
  }

  saw(time: number, glance: Glance, threshold: number): void {
    if (glance.score > threshold) this.#last = time;
    this.#frames++;
    const { gain, offset } = glance.light;
    if (Math.abs(gain * MIDDLE + offset - MIDDLE) > LIT) this.#lit = true;
    if (Math.hypot(glance.shift.x, glance.shift.y) > SHAKEN) this.#shifts++;
  }

  /** A track ended that was no event. */
  lost(track: LiveTrack): void {
    if (track.hits < MIN_HITS) {
      if (this.#briefest === undefined || track.maxArea > this.#briefest.maxArea) this.#briefest = track;
      return;
    }
    const weight = track.sums.frames * Math.sqrt(track.maxArea) * (0.1 + track.peak);
    if (this.#best !== undefined && weight <= this.#best.weight) return;
    this.#best = { weight, rejected: summary(track) };
  }

  over(time: number): boolean {
    const patience = this.#asked === undefined ? QUIET : Math.max(QUIET, PATIENCE - (time - this.#asked));
    return time - this.#last > patience || time - this.at > LONGEST;
  }

  /** @param masked parts of the picture are never seen */
  reason(masked: boolean): Reason {
    const shaken = this.#frames > 2 && this.#shifts / this.#frames > 0.4;
    if (this.#best !== undefined) return judge({ ...this.#best.rejected, shaken, lit: this.#lit });
    if (this.#briefest !== undefined) return judge({ ...summary(this.#briefest), shaken, lit: this.#lit });
    return masked ? 'masked' : 'nothing-seen';
  }
}

function summary(track: LiveTrack): Rejected {
  const { sums } = track;
  const n = Math.max(1, sums.frames);
  const net = distanceOf(track);
  return {
    hits: track.hits,
    age: track.seen - track.born,
    hitRate: track.hits / (track.hits + track.misses - track.lost),
    area: track.maxArea,
    straight: net / (track.path + 1),
    net,
    texture: sums.texture / n,
    edges: sums.edges / n,
    changed: sums.changed / n,
    ratio: sums.ratio / n,
    busy: sums.busy / n,
    fast: sums.fast / n,
    others: sums.others / n,
    oneSign: sums.oneSign / n,
    shaken: false,
    lit: false,
  };
}
