import type { DetectedEvent, Finding } from '../../../src/detection/types.js';
import { rectangle } from '../../events/events.js';

/** What a detector says of somebody who walks from left to right, 10 s long. */
export const detected = (change: Partial<DetectedEvent> = {}): DetectedEvent => {
  const start = change.start ?? 1000;
  return {
    id: 1,
    start,
    detectedAt: start + 800,
    end: start + 10_000,
    category: 'motion',
    confidence: 0.8,
    box: [0.1, 0.2, 0.3, 0.4],
    mask: rectangle(6, 7, 19, 14),
    tracks: [
      {
        id: 1,
        from: start,
        to: start + 10_000,
        start: [0.1, 0.4],
        end: [0.5, 0.5],
        size: 0.03,
        speed: 0.05,
        duration: 10,
      },
    ],
    zones: [],
    continues: undefined,
    ...change,
  };
};

export const finding = (phase: 'start' | 'update' | 'end', change: Partial<DetectedEvent> = {}): Finding => ({
  type: 'event',
  phase,
  event: detected(change),
});
