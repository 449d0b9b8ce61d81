import type { DetectedEvent } from '../../src/detection/types.js';
import { isEventId, newEventId, timeOfId } from '../../src/events/event.js';
import { storedChange, storedEvent } from '../../src/events/from-detection.js';
import { event, NOON } from './events.js';

const { tracks, zones, mask, box, importance } = event({ start: 1000 });
const detected: DetectedEvent = {
  id: 7,
  start: 1000,
  detectedAt: 1800,
  end: 10_000,
  category: 'motion',
  confidence: 0.8,
  box,
  mask,
  tracks,
  zones,
  continues: undefined,
};
const circumstances = {
  camera: 'yard',
  toEpoch: (time: number) => NOON - 1000 + time,
  importance,
  heldBack: undefined,
  source: 'hub',
  agreement: [],
  continues: undefined,
} as const;

it('puts all times on the clock of the wall', () => {
  const stored = storedEvent(detected, circumstances);
  expect(stored).toMatchObject({
    camera: 'yard',
    start: NOON,
    detectedAt: NOON + 800,
    end: NOON + 9000,
    state: 'ongoing',
  });
  expect(stored.tracks).toEqual(event({ start: NOON }).tracks);
  expect(timeOfId(stored.id)).toBe(NOON);
});

it('changes what was seen since, and says what became of the alert', () => {
  const change = storedChange({ ...detected, end: 12_000 }, { ...circumstances, heldBack: 'quiet-hours' }, 'ended');
  expect(change).toMatchObject({ end: NOON + 11_000, state: 'ended', heldBack: 'quiet-hours' });
  expect(Object.keys(change)).not.toContain('id');
});

it('names events so that names sort by time and differ', () => {
  const ids = [0, 1, NOON, NOON + 1, 2 ** 45].map((start) => newEventId(start));
  expect(ids.every(isEventId)).toBe(true);
  expect([...ids].sort()).toEqual(ids);
  expect(newEventId(NOON, () => 0).slice(9)).toBe('000000');
  expect(newEventId(NOON, () => 0.999999999999).slice(9)).toBe('zzzzzz');
});
