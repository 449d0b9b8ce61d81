import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Appraiser } from '../../../src/camera/events/appraiser.js';
import type { EventKeeperOptions, EventMediaMaker } from '../../../src/camera/events/keeper.js';
import { EventKeeper } from '../../../src/camera/events/keeper.js';
import type { WritableStore } from '../../../src/camera/events/writes.js';
import type { Finding } from '../../../src/detection/types.js';
import type { EventMedia, StoredEvent } from '../../../src/events/event.js';
import { NO_MEDIA } from '../../../src/events/event.js';
import { openSqliteStore } from '../../../src/events/sqlite/open.js';
import type { EventStore } from '../../../src/events/store.js';
import { StoreError } from '../../../src/events/store.js';
import { NOON, rectangle } from '../../events/events.js';
import { finding } from './detected.js';

let folder: string;
let store: EventStore;
let heard: string[];
const said: string[] = [];
const keepers: EventKeeper[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lookout-keeper-'));
  store = await openSqliteStore({ folder, role: 'owner' });
  heard = [];
  said.length = 0;
});
afterEach(async () => {
  for (const keeper of keepers.splice(0)) await keeper.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

function keeperOf(options: Partial<EventKeeperOptions> = {}): EventKeeper {
  const keeper = new EventKeeper({
    camera: { id: 'front-door', name: 'Front door' },
    archive: { store },
    appraiser: new Appraiser({ zones: [], window: 10_000, quiet: [] }),
    toEpoch: (time) => NOON + time,
    media: undefined,
    log: { info: (text) => said.push(text), warn: (text) => said.push(text) },
    // However busy the machine and its disk are.
    closeWithin: 20_000,
    ...options,
  });
  keeper.subscribe({
    event: (phase, { state, heldBack }, alert) =>
      heard.push(`${phase} ${state} ${alert ? 'alert' : (heldBack ?? 'told')}`),
    nonEvent: ({ reason }) => heard.push(reason),
  });
  keepers.push(keeper);
  return keeper;
}

const newestFirst = async () => (await store.list()).events;

/** A store that fails with a fault, until it is told not to. */
function faulty(fault: { now: StoreError | undefined }): WritableStore {
  const attempt = <Args extends readonly unknown[], T>(work: (...args: Args) => Promise<T>) => {
    return (...args: Args): Promise<T> => (fault.now === undefined ? work(...args) : Promise.reject(fault.now));
  };
  return {
    put: attempt((...events) => store.put(...events)),
    update: attempt((id, change) => store.update(id, change)),
    putNonEvent: attempt((nonEvent) => store.putNonEvent(nonEvent)),
  };
}

it('tells at once, and keeps in order', async () => {
  const keeper = keeperOf();
  const findings: Finding[] = [
    { type: 'look', from: 0, until: 1, source: 'keyframe' },
    { type: 'non-event', nonEvent: { at: 500, reason: 'sway' } },
    finding('start', { id: 1, end: 1000, zones: [] }),
    finding('update', { id: 1, end: 3000, zones: ['Porch'] }),
    finding('end', { id: 1, end: 5000, zones: ['Porch'] }),
    finding('start', { id: 2, start: 5000, end: 5000, continues: 1 }),
    finding('end', { id: 2, start: 5000, end: 9000, continues: 1 }),
  ];
  for (const each of findings) keeper.hear(each);
  expect(heard).toEqual([
    'sway',
    'start ongoing alert',
    'update ongoing told',
    'end ended told',
    'start ongoing preceding-event',
    'end ended preceding-event',
  ]);
  await keeper.close();
  const [second, first] = await newestFirst();
  expect(first).toMatchObject({
    camera: 'front-door',
    start: NOON + 1000,
    detectedAt: NOON + 1800,
    end: NOON + 5000,
    state: 'ended',
    zones: ['Porch'],
    source: 'hub',
    agreement: [],
    heldBack: undefined,
    continues: undefined,
    mask: rectangle(6, 7, 19, 14),
  });
  expect(first?.importance.total).toBeGreaterThan(0);
  expect(second).toMatchObject({ state: 'ended', end: NOON + 9000, continues: first?.id, heldBack: 'preceding-event' });
  expect(await store.nonEvents()).toEqual([{ camera: 'front-door', at: NOON + 500, reason: 'sway' }]);
  expect(said).toEqual([]);
});

it('has an event in the store while it goes on', async () => {
  const keeper = keeperOf();
  keeper.hear(finding('start'));
  while ((await store.count()) === 0);
  expect(await newestFirst()).toMatchObject([{ state: 'ongoing', id: keeper.ongoing?.id }]);
});

it('ends what goes on as interrupted when it is closed', async () => {
  const keeper = keeperOf();
  keeper.hear(finding('start', { end: 4000 }));
  await keeper.close();
  expect(heard).toEqual(['start ongoing alert', 'end interrupted told']);
  expect(await newestFirst()).toMatchObject([{ state: 'interrupted', end: NOON + 4000 }]);
});

it('is not confused by a detector that begins anew', async () => {
  const keeper = keeperOf();
  keeper.hear(finding('start', { id: 1 }));
  keeper.interrupt();
  keeper.hear(finding('start', { id: 1, start: 30_000, continues: 1 }));
  keeper.hear(finding('start', { id: 2, start: 60_000 }));
  keeper.hear(finding('end', { id: 7, start: 90_000 }));
  await keeper.close();
  expect(heard.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    ...['start ongoing', 'end interrupted'],
    ...['start ongoing', 'end interrupted'],
    ...['start ongoing', 'end interrupted'],
    ...['start ongoing', 'end ended'],
  ]);
  expect((await newestFirst()).map(({ continues }) => continues)).toEqual(Array(4).fill(undefined));
});

it('is not confused by a clock that is set in the middle of an event', async () => {
  let offset = NOON;
  const keeper = keeperOf({ toEpoch: (time) => offset + time });
  keeper.hear(finding('start', { start: 1000, end: 2000 }));
  offset -= 86_400_000;
  keeper.hear(finding('end', { start: 1000, end: 6000 }));
  await keeper.close();
  const [event] = await newestFirst();
  expect(event).toMatchObject({ start: NOON + 1000, end: NOON + 6000, tracks: [{ from: NOON + 1000 }] });
});

it('tells without a store', async () => {
  const keeper = keeperOf({ archive: undefined });
  keeper.hear(finding('start'));
  await keeper.close();
  expect(heard).toHaveLength(2);
});

it('tells nobody who has left', () => {
  const keeper = keeperOf();
  const told: string[] = [];
  const leave = keeper.subscribe({ event: (phase) => told.push(phase) });
  keeper.hear(finding('start'));
  leave();
  keeper.hear(finding('end'));
  expect(told).toEqual(['start']);
});

describe('a store that fails', () => {
  it('is told of once for each fault; what it missed is written with the next write, in the state that it has then', async () => {
    const fault = { now: undefined as StoreError | undefined };
    const keeper = keeperOf({ archive: { store: faulty(fault) } });
    const failing = async (error: StoreError, ...findings: Finding[]): Promise<void> => {
      fault.now = error;
      for (const each of findings) {
        keeper.hear(each);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await failing(
      new StoreError('full', 'The disk is full.'),
      finding('start', { id: 1 }),
      finding('update', { id: 1, end: 20_000 }),
      { type: 'non-event', nonEvent: { at: 1, reason: 'noise' } },
    );
    await failing(
      new StoreError('failed', 'It is broken'),
      finding('end', { id: 1, end: 30_000, zones: ['Porch'] }),
      finding('start', { id: 2, start: 30_000, continues: 1 }),
    );
    expect(await store.count()).toBe(0);
    fault.now = undefined;
    keeper.hear(finding('update', { id: 2, start: 30_000, end: 50_000, continues: 1 }));
    await keeper.close();
    const [second, first] = await newestFirst();
    expect(first).toMatchObject({ state: 'ended', end: NOON + 30_000, zones: ['Porch'] });
    expect(second).toMatchObject({ state: 'interrupted', end: NOON + 50_000, continues: first?.id });
    expect(await store.countNonEvents()).toEqual({ noise: 1 });
    expect(said).toEqual([
      'Front door: what happens cannot be written down. The disk is full. Detection goes on.',
      'Front door: what happens cannot be written down. It is broken. Detection goes on.',
      'Front door: events are written down again.',
    ]);
  });

  it('just when the event went on has it in the end, in its last state', async () => {
    let fail: (error: StoreError) => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      let first = true;
      const put: WritableStore['put'] = (...events) => {
        if (!first) return store.put(...events);
        first = false;
        resolve();
        return new Promise((_, reject) => (fail = reject));
      };
      const keeper = keeperOf({
        archive: {
          store: {
            put,
            update: (id, change) => store.update(id, change),
            putNonEvent: (nonEvent) => store.putNonEvent(nonEvent),
          },
        },
      });
      keeper.hear(finding('start'));
    });
    await begun;
    const keeper = keepers.at(-1);
    keeper?.hear(finding('end', { end: 7000 }));
    fail(new StoreError('full', 'The disk is full.'));
    await keeper?.close();
    expect(await newestFirst()).toMatchObject([{ state: 'ended', end: NOON + 7000 }]);
  });

  it('does not fill the memory: non-events go first, the oldest events next, which is said', async () => {
    const fault = { now: new StoreError('locked', 'Somebody has it.') as StoreError | undefined };
    const keeper = keeperOf({ archive: { store: faulty(fault) } });
    for (let id = 1; id <= 510; id++) {
      keeper.hear({ type: 'non-event', nonEvent: { at: id, reason: 'sway' } });
      keeper.hear(finding('start', { id, start: id * 20_000 }));
      keeper.hear(finding('end', { id, start: id * 20_000 }));
    }
    fault.now = undefined;
    await keeper.close();
    expect(await store.count()).toBe(500);
    const { events } = await store.list({}, { limit: 500 });
    expect(events.at(-1)?.start).toBe(NOON + 11 * 20_000);
    expect(await store.countNonEvents()).toEqual({});
    expect(said.at(-1)).toBe('Front door: events are written down again. 10 events had to be given up meanwhile.');
  });

  it('by refusing one event does not stop the others', async () => {
    const keeper = keeperOf();
    keeper.hear(finding('end', { id: 1, mask: new Uint8Array(3) }));
    keeper.hear(finding('end', { id: 2 }));
    await keeper.close();
    expect(await store.count()).toBe(1);
    expect(said).toEqual([
      expect.stringMatching(/A mask has 288 bytes\. Detection goes on\.$/),
      'Front door: events are written down again.',
    ]);
  });

  it('by never answering does not hold up the end', async () => {
    const never = () => new Promise<never>(() => undefined);
    const store = { put: never, update: never, putNonEvent: never };
    const keeper = keeperOf({ archive: { store }, closeWithin: 20 });
    keeper.hear(finding('end', { id: 1 }));
    keeper.hear(finding('end', { id: 2 }));
    keepers.pop();
    await keeper.close();
    expect(said).toEqual(['Front door: One event could not be written down before the end.']);
  });
});

describe('files of events', () => {
  class Maker implements EventMediaMaker {
    readonly calls: string[] = [];
    changed: (media: EventMedia) => void = () => undefined;
    closed: Promise<void> = Promise.resolve();
    begin(event: StoredEvent, _: unknown, changed: (media: EventMedia) => void) {
      this.calls.push(`begin ${event.state}`);
      this.changed = changed;
      return { update: () => this.calls.push('update'), end: () => this.calls.push('end') };
    }
    close(): Promise<void> {
      this.calls.push('close');
      return this.closed;
    }
  }
  const picture: EventMedia = { ...NO_MEDIA, picture: { at: NOON, bytes: 900 } };

  it('are in the record, whether they come in its course or after its end', async () => {
    const media = new Maker();
    const keeper = keeperOf({ media });
    const told: (EventMedia | string)[] = [];
    keeper.subscribe({ event: (phase) => told.push(phase), media: (event) => told.push(event.media) });
    keeper.hear(finding('start'));
    media.changed(picture);
    keeper.hear(finding('update'));
    keeper.hear(finding('end', { end: 8000 }));
    const clip = { at: NOON, bytes: 9000, duration: 20_000 };
    media.changed({ ...picture, clip });
    await keeper.close();
    expect(media.calls).toEqual(['begin ongoing', 'update', 'end', 'close']);
    expect(told).toEqual(['start', picture, 'update', 'end', { ...picture, clip }]);
    expect(await newestFirst()).toMatchObject([{ state: 'ended', end: NOON + 8000, media: { ...picture, clip } }]);
  });

  it('that come as the hub stops are in the record, too', async () => {
    const media = new Maker();
    const keeper = keeperOf({ media });
    keeper.hear(finding('start'));
    media.closed = Promise.resolve().then(() => {
      media.changed(picture);
    });
    await keeper.close();
    expect(await newestFirst()).toMatchObject([{ state: 'interrupted', media: picture }]);
  });
});
