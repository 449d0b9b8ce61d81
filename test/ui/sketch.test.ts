import { rectangle } from '../../ui/polygon.js';
import { begun, chosen, chosenZone, did, ended, type History, redone, undone } from '../../ui/sketch.js';
import { withChange, withoutZone, withZone } from '../../ui/sketch.js';
import { zonesOf } from '../../ui/zone.js';

const polygon = rectangle([0, 0], [0.5, 0.5]);
const start = begun(
  zonesOf([
    { name: 'Porch', polygon },
    { name: 'Street', polygon },
  ]),
);
const named = (history: History, name: string, gesture?: string): History =>
  did(history, withChange(history.now, 0, { name }), gesture);
const names = ({ now }: History): string[] => now.zones.map(({ name }) => name);

it('begins with the first zone at hand', () => {
  expect(chosenZone(start.now)?.name).toBe('Porch');
  expect(begun([]).now.chosen).toBeUndefined();
});

it('takes steps back, and takes them again', () => {
  const two = named(named(start, 'A'), 'B');
  expect([two, undone(two), undone(undone(two)), redone(undone(two))].map(names)).toEqual([
    ['B', 'Street'],
    ['A', 'Street'],
    ['Porch', 'Street'],
    ['B', 'Street'],
  ]);
  expect(undone(start)).toBe(start);
  expect(redone(two)).toBe(two);
  expect(names(redone(named(undone(two), 'C')))).toEqual(['C', 'Street']);
});

it('takes a gesture back at once', () => {
  const typed = ['D', 'Do', 'Door'].reduce((history, name) => named(history, name, 'name 0'), start);
  expect(names(undone(typed))).toEqual(['Porch', 'Street']);
  const again = named(ended(typed), 'Doors', 'name 0');
  expect(names(undone(again))).toEqual(['Door', 'Street']);
  expect(names(undone(named(typed, 'Gate', 'another')))).toEqual(['Door', 'Street']);
  // What was taken back is no part of the gesture that follows.
  expect(names(undone(named(undone(typed), 'Y', 'name 0')))).toEqual(['Porch', 'Street']);
});

it('does not count it as a step that another zone is at hand', () => {
  const other = chosen(named(start, 'A'), 1);
  expect(chosenZone(other.now)?.name).toBe('Street');
  expect(names(undone(other))).toEqual(['Porch', 'Street']);
});

it('has a new zone at hand, with a name and a key of its own', () => {
  const more = withZone(withZone(start.now), polygon);
  expect(more.zones.map(({ name }) => name)).toEqual(['Porch', 'Street', 'Zone 1', 'Zone 2']);
  expect(new Set(more.zones.map(({ key }) => key)).size).toBe(4);
  expect(chosenZone(more)).toMatchObject({ name: 'Zone 2', polygon, purpose: 'notice', sensor: 'none' });
  expect(withZone(begun([]).now).zones).toHaveLength(1);
  let many = begun([]).now;
  for (let more = 0; more < 70; more++) many = withZone(many);
  expect(many.zones).toHaveLength(64);
});

it.each([
  [0, 'Street'],
  [1, 'Porch'],
])('has the next zone at hand when one is gone', (key, next) => {
  const left = withoutZone(start.now, key);
  expect(chosenZone(left)?.name).toBe(next);
  expect(left.zones).toHaveLength(1);
  expect(withoutZone(left, left.zones[0]?.key ?? NaN)).toEqual({ zones: [], chosen: undefined });
});
