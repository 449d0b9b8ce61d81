import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Verdicts } from '../../../src/camera/detection/verdicts.js';
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
let now: number;
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
  now = NOON + HOUR;
});
afterEach(async () => {
  life.abort();
  await ended;
  await store.close();
  rmSync(folder, { recursive: true });
});

function follow(): void {
  ended = new Verdicts({
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
    wallclock: () => now,
    onDoubt: (doubt) => told.push(doubt),
    log: { info: (text) => said.push(text), warn: (text) => said.push(text) },
    signal: life.signal,
    every: 1,
  }).run();
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
    'Front door: 3 of its events were called wrong lately, so around their times of day it takes more to be one.',
  );
  for (const { id } of wrong) await store.setFeedback(id, undefined);
  await looked();
  expect(told.at(-1)).toBe(0);
  expect(said.at(-1)).toBe('Front door: it takes no more than usual to be an event any more, at no time of day.');
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

it('says at any time of day what it makes of what is said, and asks for more at its time alone', async () => {
  now = NOON + 10 * HOUR;
  for (let nth = 0; nth < 5; nth++) await judged('wrong');
  follow();
  await looked();
  expect(told).toEqual([]);
  expect(said).toEqual([
    'Front door: 5 of its events were called wrong lately, so around their times of day it takes more to be one.',
  ]);
  now = NOON + 24 * HOUR;
  await looked();
  expect(told.at(-1)).toBeGreaterThan(0.7);
  // From full to nothing in steps that are too small to be told, but for the last.
  for (let minutes = 0; minutes <= 6 * 60; minutes += 10) {
    now = NOON + 24 * HOUR + minutes * 60_000;
    await looked();
  }
  expect(told.at(-1)).toBe(0);
  expect(said).toHaveLength(1);
});

it('goes by what it knew while what was said cannot be read, and says so once', async () => {
  for (let nth = 0; nth < 5; nth++) await judged('wrong');
  follow();
  await looked();
  expect(told.at(-1)).toBeGreaterThan(0.7);
  fails = true;
  now = NOON + 12 * HOUR;
  while (told.at(-1) !== 0) await new Promise((resolve) => setTimeout(resolve, 1));
  now = NOON + 24 * HOUR;
  while (told.at(-1) === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  fails = false;
  await looked();
  expect(said.slice(1)).toEqual([
    'Front door: what was said of its events cannot be read: the disk is gone. What was known counts on.',
  ]);
});
