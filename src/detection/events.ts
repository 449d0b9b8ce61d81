import { addMask, emptyMask } from './mask.js';
import type { Box, DetectedEvent, EventMask, Finding, Pair, Track } from './types.js';

/** A confirmed track that moved in this frame. */
export interface Moving {
  readonly id: number;
  readonly born: number;
  /** Where it began and is, in fractions. */
  readonly start: Pair;
  readonly at: Pair;
  /** Length of its way so far, in picture widths. */
  readonly path: number;
  /** Share of the picture. */
  readonly size: number;
  readonly box: Box;
  /** Cells touched since it was born, and in this frame. */
  readonly mask: EventMask;
  readonly touched: EventMask;
  /** 0 to 1. */
  readonly confidence: number;
}

/** Closing after 2 s splits events; 6 s and more bridge real gaps. */
const CLOSE_AFTER = 4_000;
/** Milliseconds that an event lasts at most; what goes on is another that is linked to it. */
export const LONGEST = 120_000;
const UPDATE_EVERY = 2_000;
/** Of more than this only the mask is kept. */
const MOST_TRACKS = 64;
/** A thing rests for half a minute at most before it belongs to the background: of few tracks there is more to come. */
const MOST_TOLD = 4 * MOST_TRACKS;

interface DraftTrack {
  from: number;
  to: number;
  readonly start: Pair;
  readonly pathBefore: number;
  end: Pair;
  path: number;
  size: number;
}

interface Draft {
  readonly id: number;
  readonly start: number;
  readonly detectedAt: number;
  readonly continues: number | undefined;
  readonly tracks: Map<number, DraftTrack>;
  readonly mask: EventMask;
  end: number;
  confidence: number;
  /** Left, top, right, bottom. */
  box: readonly [number, number, number, number];
  said: number;
}

/** Joins what moves into events: one at a time, closed after a pause, cut when it is long. */
export class EventJoiner {
  readonly #zonesOf: (mask: EventMask) => readonly string[];
  #draft: Draft | undefined;
  /** Tracks of events that are over, by their ids: what they did before is told, and none of the next event. */
  readonly #told = new Set<number>();
  #next = 1;
  #lastEnd = -Infinity;

  constructor(zonesOf: (mask: EventMask) => readonly string[]) {
    this.#zonesOf = zonesOf;
  }

  /** An event is going on, even if nothing moved for a moment. */
  get open(): boolean {
    return this.#draft !== undefined;
  }

  /**
   * @param time of the frame
   * @param now when this was seen: the frame's time, or later when a window begins in the past
   */
  push(time: number, now: number, moving: readonly Moving[]): Finding[] {
    const findings: Finding[] = [];
    let draft = this.#draft;
    let continues: number | undefined;
    if (draft !== undefined && moving.length > 0 && time - draft.start >= LONGEST) {
      continues = draft.id;
      findings.push(...this.finish());
      draft = undefined;
    } else if (draft !== undefined && time - draft.end > CLOSE_AFTER) {
      findings.push(...this.finish());
      draft = undefined;
    }
    if (moving.length === 0) return findings;
    const begun = draft === undefined;
    draft ??= this.#begin(time, now, moving, continues);
    const zonesBefore = begun ? 0 : this.#zonesOf(draft.mask).length;
    take(draft, time, moving, this.#told);
    this.#draft = draft;
    if (begun) findings.push(this.#say(draft, 'start'));
    else if (time - draft.said >= UPDATE_EVERY || this.#zonesOf(draft.mask).length > zonesBefore)
      findings.push(this.#say(draft, 'update'));
    else return findings;
    draft.said = time;
    return findings;
  }

  /** Ends what is going on, as when the camera is switched off. */
  finish(): Finding[] {
    const draft = this.#draft;
    if (draft === undefined) return [];
    this.#draft = undefined;
    this.#lastEnd = draft.end;
    for (const id of draft.tracks.keys()) this.#told.add(id);
    for (const id of this.#told) if (this.#told.size > MOST_TOLD) this.#told.delete(id);
    return [this.#say(draft, 'end')];
  }

  #begin(time: number, now: number, moving: readonly Moving[], continues: number | undefined): Draft {
    const first = Math.min(...moving.map(({ id, born }) => (this.#told.has(id) ? time : born)));
    return {
      id: this.#next++,
      start: continues === undefined ? Math.min(time, Math.max(first, this.#lastEnd, time - LONGEST / 2)) : time,
      detectedAt: Math.max(now, time),
      continues,
      tracks: new Map(),
      mask: emptyMask(),
      end: time,
      confidence: 0,
      box: [1, 1, 0, 0],
      said: time,
    };
  }

  #say(draft: Draft, phase: 'start' | 'update' | 'end'): Finding {
    const [left, top, right, bottom] = draft.box;
    const event: DetectedEvent = {
      id: draft.id,
      start: draft.start,
      detectedAt: draft.detectedAt,
      end: draft.end,
      category: 'motion',
      confidence: draft.confidence,
      box: [left, top, right - left, bottom - top],
      mask: draft.mask.slice(),
      tracks: [...draft.tracks].map(([id, track]) => finished(id, track)),
      zones: this.#zonesOf(draft.mask),
      continues: draft.continues,
    };
    return { type: 'event', phase, event };
  }
}

function take(draft: Draft, time: number, moving: readonly Moving[], told: ReadonlySet<number>): void {
  draft.end = time;
  for (const m of moving) {
    const known = draft.tracks.get(m.id);
    if (known === undefined) {
      if (draft.tracks.size < MOST_TRACKS) draft.tracks.set(m.id, beginTrack(draft, time, m));
    } else {
      known.to = time;
      known.end = m.at;
      known.path = m.path - known.pathBefore;
      known.size = Math.max(known.size, m.size);
    }
    addMask(draft.mask, told.has(m.id) ? m.touched : m.mask);
    const [x, y, w, h] = m.box;
    const [left, top, right, bottom] = draft.box;
    draft.box = [Math.min(left, x), Math.min(top, y), Math.max(right, x + w), Math.max(bottom, y + h)];
    draft.confidence = Math.max(draft.confidence, m.confidence);
  }
}

function beginTrack(draft: Draft, time: number, m: Moving): DraftTrack {
  const whole = m.born >= draft.start;
  return {
    from: whole ? m.born : time,
    to: time,
    start: whole ? m.start : m.at,
    end: m.at,
    pathBefore: whole ? 0 : m.path,
    path: whole ? m.path : 0,
    size: m.size,
  };
}

function finished(id: number, track: DraftTrack): Track {
  const duration = (track.to - track.from) / 1000;
  return {
    id,
    from: track.from,
    to: track.to,
    start: track.start,
    end: track.end,
    size: track.size,
    speed: duration > 0 ? track.path / duration : 0,
    duration,
  };
}
