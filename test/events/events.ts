import type { EventMask } from '../../src/detection/types.js';
import { addCell, COLUMNS, emptyMask } from '../../src/detection/mask.js';
import type { StoredEvent } from '../../src/events/event.js';
import { newEventId, NO_MEDIA } from '../../src/events/event.js';

/** 2026-03-01 12:00 UTC */
export const NOON = Date.UTC(2026, 2, 1, 12);

export function rectangle(left: number, top: number, width: number, height: number): EventMask {
  const mask = emptyMask();
  for (let y = top; y < top + height; y++) for (let x = left; x < left + width; x++) addCell(mask, y * COLUMNS + x);
  return mask;
}

/** An event with two tracks, as most are. */
export function event(change: Partial<StoredEvent> = {}): StoredEvent {
  const start = change.start ?? NOON;
  return {
    id: newEventId(start),
    camera: 'front-door',
    start,
    detectedAt: start + 800,
    end: start + 9000,
    state: 'ended',
    category: 'person',
    label: undefined,
    confidence: 0.87,
    box: [0.1, 0.2, 0.3, 0.4],
    mask: rectangle(6, 7, 19, 14),
    tracks: [1, 2].map((id) => ({
      id,
      from: start,
      to: start + 4000 * id,
      start: [0.1, 0.25],
      end: [0.4125, 0.5],
      size: 0.02,
      speed: 0.08,
      duration: 4 * id,
    })),
    zones: ['Porch'],
    importance: {
      total: 62.5,
      factors: { zone: 25, size: 4, duration: 5.3, speed: 1.4, unusual: 11.8, hour: 0, category: 15 },
    },
    heldBack: undefined,
    source: 'hub',
    agreement: ['camera'],
    rings: [],
    feedback: undefined,
    protected: false,
    continues: undefined,
    media: NO_MEDIA,
    ...change,
  };
}
