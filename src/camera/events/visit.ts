import type { Box, DetectedEvent, EventMask } from '../../detection/types.js';
import { addMask, emptyMask } from '../../detection/mask.js';
import type { EventSource, Importance, StoredEvent } from '../../events/event.js';

/** From the first press or motion to the last: who stays longer is in a second event, as detection has it. Milliseconds. */
const LONGEST = 120_000;

/**
 * Whether somebody who is seen in an event is the one who rang. Times are milliseconds on one clock.
 *
 * @param event `end` is undefined while it goes on
 * @param within ms before the event and after it
 */
export const hasRung = (
  press: number,
  { from, end }: { readonly from: number; readonly end: number | undefined },
  within: number,
): boolean => press >= from - within && press <= from + LONGEST && (end === undefined || press <= end + within);

/**
 * Whether an event that begins is of a visitor who rang before. What goes on from one that was cut because it was long
 * is an event of its own, as without a ring.
 *
 * @param visit when it began, and the last press
 * @param within ms
 */
export const isOfVisitor = (
  event: { readonly start: number; readonly continues: number | undefined },
  { from, press }: { readonly from: number; readonly press: number },
  within: number,
): boolean => event.continues === undefined && event.start <= press + within && event.start <= from + LONGEST;

/** How long after a ring its event is still open, ms from now: 0 where it is over. */
export const openFor = (lastPress: number | undefined, within: number, now: number): number =>
  lastPress === undefined ? 0 : Math.max(0, lastPress + within - now);

/** Points of 100 that a ring gives, as far as the others leave room. */
export const RING_POINTS = 40;

export function withRing({ total, factors }: Importance): Importance {
  const without = total - (factors['ring'] ?? 0);
  const ring = Math.min(RING_POINTS, 100 - without);
  return { total: without + ring, factors: { ...factors, ring } };
}

export const NO_IMPORTANCE: Importance = { total: 0, factors: {} };

/** What rings make of an event, of which more has been seen since. */
export function withRings<T extends Pick<StoredEvent, 'rings' | 'end' | 'importance'>>(event: T): T {
  const last = event.rings.at(-1);
  if (last === undefined) return event;
  return { ...event, end: Math.max(event.end, last), importance: withRing(event.importance) };
}

type Rung = Pick<StoredEvent, 'rings' | 'end' | 'importance' | 'source' | 'agreement'>;

/** What a press makes of its event. @param at milliseconds since the epoch */
export function rung(event: Rung, at: number, source: EventSource): Rung {
  const rings = [...new Set([...event.rings, at])].sort((a, b) => a - b);
  const { source: first, agreement } = event;
  const known = source === first || agreement.includes(source);
  return withRings({ ...event, rings, agreement: known ? agreement : [...agreement, source] });
}

/** What a detector would say where nothing moves. Its id is none of a detector's. */
export const unseen = (at: number): DetectedEvent => ({
  ...{ id: 0, start: at, detectedAt: at, end: at },
  ...{ category: 'motion', confidence: 0, box: [0, 0, 0, 0], mask: emptyMask(), tracks: [], zones: [] },
  continues: undefined,
});

type Seen = Pick<StoredEvent, 'end' | 'confidence' | 'box' | 'mask' | 'tracks' | 'zones' | 'importance'>;

/** What was seen of a visitor, as he came and as he went. */
export function together<T extends Seen>(before: Seen, now: T): T {
  return {
    ...now,
    end: Math.max(before.end, now.end),
    confidence: Math.max(before.confidence, now.confidence),
    box: around(before.box, now.box),
    mask: either(before.mask, now.mask),
    tracks: [...before.tracks, ...now.tracks],
    zones: [...new Set([...before.zones, ...now.zones])],
    importance: before.importance.total > now.importance.total ? before.importance : now.importance,
  };
}

/** A box without an extent is none. */
function around(a: Box, b: Box): Box {
  if (a[2] === 0 || a[3] === 0) return b;
  const [left, top] = [Math.min(a[0], b[0]), Math.min(a[1], b[1])];
  return [left, top, Math.max(a[0] + a[2], b[0] + b[2]) - left, Math.max(a[1] + a[3], b[1] + b[3]) - top];
}

function either(a: EventMask, b: EventMask): EventMask {
  const mask = emptyMask();
  addMask(mask, a);
  addMask(mask, b);
  return mask;
}
