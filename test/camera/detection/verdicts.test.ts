import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { followVerdicts } from '../../../src/camera/detection/verdicts.js';
import type { Feedback, StoredEvent } from '../../../src/events/event.js';
import { openSqliteStore } from '../../../src/events/sqlite/open.js';
import type { EventStore } from '../../../src/events/store.js';
import { event, NOON } from '../../events/events.js';

const HOUR = 3_600_000;
let folder: string;
let store: EventStore;
let life: AbortController;
let ended: Promise<void>;
let since: number;
let looks: number;
let fails: boolean;
const told: number[] = [];
const said: string[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lookout-verdicts-'));
  store = await openSqliteStore({ folder, role: 'owner' });
  life = new AbortController();
  since = looks = told.length = said.length = 0;
  fails = false;
});
afterEach(async () => {
  life.abort();
  await ended;
  await store.close();
  rmSync(folder, { recursive: true });
});

function follow(): void {
  ended = followVerdicts({
    camera: { id: 'front-door', name: 'Front door' },
    store: {
      list: async (...args) => {
        if (fails) throw new Error('the disk is gone.');
        const page = await store.list(...args);
        looks++;
        return page;
      },
    },
    since: () => since,
    wallclock: () => NOON + HOUR,
    onDoubt: (doubt) => told.push(doubt),
    log: { info: (text) => said.push(text), warn: (text) => said.push(text) },
    signal: life.signal,
    every: 1,
  });
}

/** When all that was said by now has been read, both lists of it. */
async function looked(): Promise<void> {
  const from = looks;
  while (looks < from + 5) await new Promise((resolve) => setTimeout(resolve, 1));
}

const judged = async (
  verdict: Feedback['verdict'],
  change: Partial<StoredEvent> = {},
  more: Partial<Feedback> = {},
) => {
  const one = event({ camera: 'front-door', start: NOON, ...change });
  await store.put(one);
  await store.setFeedback(one.id, { verdict, category: undefined, note: undefined, at: NOON, ...more });
  return one;
};

it('asks for more when false alarms pile up, says so, and takes it back with them', async () => {
  follow();
  await looked();
  expect(told).toEqual([]);
  const wrong: StoredEvent[] = [];
  for (let nth = 0; nth < 3; nth++) wrong.push(await judged('wrong'));
  await looked();
  expect(told.at(-1)).toBeGreaterThan(0.4);
  expect(said.at(-1)).toBe(
    'Front door: 3 of its events were called wrong lately, so it takes more to be one around this time of day.',
  );
  for (const { id } of wrong) await store.setFeedback(id, undefined);
  await looked();
  expect(told.at(-1)).toBe(0);
  expect(said.at(-1)).toBe('Front door: it takes as much as usual again to be an event.');
});

it.each<[string, Partial<StoredEvent>, Partial<Feedback>]>([
  ['of another camera', { camera: 'yard' }, {}],
  ['that somebody else saw', { source: 'mqtt', agreement: [] }, {}],
  ['that was something else', {}, { category: 'animal' }],
  ['from before learning began', { start: NOON - 2 * HOUR }, {}],
])('makes nothing of an event %s', async (_, change, more) => {
  since = NOON - HOUR;
  for (let nth = 0; nth < 5; nth++) await judged('wrong', change, more);
  follow();
  await looked();
  expect(told).toEqual([]);
  // The same five would count otherwise.
  for (let nth = 0; nth < 5; nth++) await judged('wrong', { source: 'mqtt', agreement: ['hub'] });
  await looked();
  expect(told.at(-1)).toBeGreaterThan(0.5);
});

it('leaves all as it was while what was said cannot be read, and says so once', async () => {
  for (let nth = 0; nth < 5; nth++) await judged('wrong');
  follow();
  await looked();
  const before = [...told];
  fails = true;
  while (said.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
  fails = false;
  await looked();
  expect(told).toEqual(before);
  expect(said[1]).toBe(
    'Front door: what was said of its events cannot be read: the disk is gone. Detection goes on as it was.',
  );
  expect(said).toHaveLength(2);
});
