import type { StoredEvent } from '../events/event.js';

/** Counts up when what is there means something else; what is added does not count. */
export const SCHEMA = 1;

/**
 * An event as others hear of it. Times are milliseconds since the epoch; the box is left, top, width and height in
 * fractions of the picture. `event_type` is what Home Assistant calls the phase.
 *
 * @param alert somebody is to be alerted now
 */
export function eventMessage(phase: 'start' | 'update' | 'end', event: StoredEvent, alert: boolean): string {
  const { id, camera, start, detectedAt, end, state, category, label, confidence, box, zones } = event;
  const { importance, heldBack, source, agreement, rings, continues } = event;
  return JSON.stringify({
    schema: SCHEMA,
    event_type: phase,
    ...{ id, camera, start, detectedAt, end, state, category, label: label ?? null },
    confidence: round(confidence),
    box: box.map(round),
    zones,
    importance: { total: round(importance.total), factors: importance.factors },
    ...{ alert, heldBack: heldBack ?? null, source, agreement, rings, continues: continues ?? null },
  });
}

export const ringMessage = ({ id, camera }: StoredEvent, at: number): string =>
  JSON.stringify({ schema: SCHEMA, event_type: 'ring', id, camera, at });

/** The number of a message, by which one that comes twice is known. */
export const numbered = (message: string, number: number): string => `{"message":${number},${message.slice(1)}`;

const round = (value: number): number => Math.round(value * 1000) / 1000;
