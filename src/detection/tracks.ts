/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import type { Blob } from './blobs.js';
import { emptyMask } from './mask.js';
import type { EventMask } from './types.js';

/** A thing that is being followed; positions in pixels of the gray picture, times in milliseconds. */
export interface LiveTrack {
  readonly id: number;
  readonly born: number;
  readonly startX: number;
  readonly startY: number;
  x: number;
  y: number;
  /** Pixels per second. */
  velocityX: number;
  velocityY: number;
  area: number;
  maxArea: number;
  seen: number;
  hits: number;
  misses: number;
  /** Frames in a row without it. */
  lost: number;
  /** Length of the way so far in pixels. */
  path: number;
  /** How much its size changes from frame to frame: running mean of |log|. */
  unsteady: number;
  /** The blob of this frame. */
  blob: Blob | undefined;
  /** Running evidence that it is an event, and the last two probabilities. */
  evidence: number;
  probability: number;
  before: number;
  peak: number;
  doubtful: number;
  confirmed: boolean;
  /** Set while it is an event that has led somewhere. */
  went: Went | undefined;
  /** Last frame in which it changed, and in which it went elsewhere. */
  moved: number;
  stayed: number;
  movedX: number;
  movedY: number;
  /** Cells that it touched since it was born, and in the last frame in which it was seen. */
  readonly mask: EventMask;
  readonly touched: EventMask;
  /** Sums over the frames in which it was scored, for the reason of a rejection. */
  readonly sums: Sums;
}

/** How far it has been from its beginning, in pixels, how straight its way there was, and when it first was. */
export interface Went {
  readonly far: number;
  readonly straight: number;
  readonly at: number;
}

export interface Sums {
  frames: number;
  texture: number;
  edges: number;
  changed: number;
  ratio: number;
  busy: number;
  fast: number;
  others: number;
  /** Of the sign of the difference: 1 where all of it is brighter, or all of it darker. */
  oneSign: number;
}

/** As the crow flies, in pixels. */
export const distanceOf = (track: LiveTrack): number => Math.hypot(track.x - track.startX, track.y - track.startY);

/** The share of its way that leads elsewhere. */
export const straightnessOf = (track: LiveTrack): number => distanceOf(track) / (track.path + 3);

const VELOCITY_GAIN = 0.4;
const MAX_LOST = 4;
const MAX_LOST_CONFIRMED = 8;
const AREA_WEIGHT = 3;

const begin = (id: number, blob: Blob, time: number): LiveTrack => ({
  id,
  born: time,
  startX: blob.x,
  startY: blob.y,
  x: blob.x,
  y: blob.y,
  velocityX: 0,
  velocityY: 0,
  area: blob.area,
  maxArea: blob.area,
  seen: time,
  hits: 1,
  misses: 0,
  lost: 0,
  path: 0,
  unsteady: 0,
  blob,
  evidence: 0,
  probability: 0,
  before: 0,
  peak: 0,
  doubtful: 0,
  confirmed: false,
  went: undefined,
  moved: time,
  stayed: time,
  movedX: blob.x,
  movedY: blob.y,
  mask: emptyMask(),
  touched: emptyMask(),
  sums: { frames: 0, texture: 0, edges: 0, changed: 0, ratio: 0, busy: 0, fast: 0, others: 0, oneSign: 0 },
});

/** Follows blobs from frame to frame: greedy, by predicted place and likeness of size. */
export class Tracker {
  live: LiveTrack[] = [];
  #next = 1;

  /** Answers the tracks that were lost with this frame. */
  follow(blobs: readonly Blob[], time: number): LiveTrack[] {
    const pairs: { cost: number; track: LiveTrack; blob: number }[] = [];
    for (const track of this.live) {
      track.blob = undefined;
      const elapsed = (time - track.seen) / 1000;
      const x = track.x + track.velocityX * elapsed;
      const y = track.y + track.velocityY * elapsed;
      const reach = 8 * (1 + elapsed) + Math.sqrt(track.area) / 2;
      for (let b = 0; b < blobs.length; b++) {
        const blob = blobs[b]!;
        const distance = Math.hypot(blob.x - x, blob.y - y);
        if (distance > reach) continue;
        const cost = distance + AREA_WEIGHT * Math.abs(Math.log(blob.area / track.area));
        if (cost <= reach) pairs.push({ cost, track, blob: b });
      }
    }
    pairs.sort((a, b) => a.cost - b.cost);
    const taken = new Uint8Array(blobs.length);
    for (const { track, blob } of pairs) {
      if (track.blob !== undefined || taken[blob] === 1) continue;
      taken[blob] = 1;
      advance(track, blobs[blob]!, time);
    }
    const lost: LiveTrack[] = [];
    this.live = this.live.filter((track) => {
      if (track.blob !== undefined) return true;
      track.misses++;
      track.lost++;
      if (track.lost <= (track.confirmed ? MAX_LOST_CONFIRMED : MAX_LOST)) return true;
      lost.push(track);
      return false;
    });
    for (let b = 0; b < blobs.length; b++) if (taken[b] === 0) this.live.push(begin(this.#next++, blobs[b]!, time));
    return lost;
  }

  /** Forgets everything, as after a change of the whole picture; answers what was followed. */
  clear(): LiveTrack[] {
    const dropped = this.live;
    this.live = [];
    return dropped;
  }
}

function advance(track: LiveTrack, blob: Blob, time: number): void {
  const elapsed = Math.max(0.02, (time - track.seen) / 1000);
  const dx = blob.x - track.x;
  const dy = blob.y - track.y;
  track.velocityX += VELOCITY_GAIN * (dx / elapsed - track.velocityX);
  track.velocityY += VELOCITY_GAIN * (dy / elapsed - track.velocityY);
  track.path += Math.hypot(dx, dy);
  track.x = blob.x;
  track.y = blob.y;
  track.unsteady += 0.3 * (Math.min(1, Math.abs(Math.log(blob.area / track.area))) - track.unsteady);
  track.area = blob.area;
  track.maxArea = Math.max(track.maxArea, blob.area);
  track.seen = time;
  track.hits++;
  track.lost = 0;
  track.blob = blob;
}
