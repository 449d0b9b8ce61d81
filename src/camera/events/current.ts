import type { DetectedEvent } from '../../detection/types.js';
import type { EventState, StoredEvent } from '../../events/event.js';
import { storedChange, storedEvent } from '../../events/from-detection.js';
import { localMinute, type Appraisal } from './appraiser.js';
import { type Claims, NO_CLAIMS } from './claims.js';
import type { MediaInProgress } from './listener.js';
import { together, withRings } from './visit.js';
import { named } from './witness.js';

/** When an event was, by whichever clock. */
export interface Times {
  /** First motion, or the ring, on the hub's clock, ms. */
  readonly from: number;
  /** From the detector's clock to the epoch. One event has one, even if the clock of the wall is set meanwhile. */
  readonly toEpoch: (time: number) => number;
  /** Of the day. */
  readonly minute: number;
}

/** An event as long as somebody may still have something to say about it. */
export interface Current extends Times {
  detected: DetectedEvent;
  stored: StoredEvent;
  media: MediaInProgress | undefined;
  /** A detector has found it: listeners know that it has started. */
  seen: boolean;
  /** What it was when somebody who had rung was seen anew. */
  before: StoredEvent | undefined;
  /** The last ring, on the hub's clock, ms. */
  rungAt: number | undefined;
  /** Of those who are trusted, where it began with one of them. */
  claims: Claims;
}

/** @param now from the detector's clock to the epoch, as it is now */
export function timesOf(start: number, now: (time: number) => number): Times {
  const offset = now(start) - start;
  const toEpoch = (time: number): number => time + offset;
  return { from: start, toEpoch, minute: localMinute(toEpoch(start)) };
}

export const begun = (
  camera: string,
  detected: DetectedEvent,
  times: Times,
  what: Pick<StoredEvent, 'importance' | 'heldBack' | 'source' | 'continues'>,
): Current => ({
  ...times,
  detected,
  stored: storedEvent(detected, { camera, toEpoch: times.toEpoch, agreement: [], ...what }),
  media: undefined,
  seen: false,
  before: undefined,
  rungAt: undefined,
  claims: NO_CLAIMS,
});

/** What is stored of it with what a detector has found since. */
export function changed(
  { before, toEpoch, stored }: Current,
  detected: DetectedEvent,
  appraisal: Appraisal,
  state: EventState,
): StoredEvent {
  const now = { ...stored, ...storedChange(detected, { toEpoch, ...appraisal }, state) };
  const seen = before === undefined ? now : together(before, now);
  return withRings({ ...seen, category: named(seen.category, stored.category) });
}
