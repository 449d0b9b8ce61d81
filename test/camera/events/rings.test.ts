import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Appraiser } from '../../../src/camera/events/appraiser.js';
import type { EventMediaMaker } from '../../../src/camera/events/keeper.js';
import { EventKeeper } from '../../../src/camera/events/keeper.js';
import type { EventMedia, StoredEvent } from '../../../src/events/event.js';
import { NO_MEDIA } from '../../../src/events/event.js';
import { openSqliteStore } from '../../../src/events/sqlite/open.js';
import type { EventStore } from '../../../src/events/store.js';
import { FakeClock } from '../../media/rtp/fake-clock.js';
import { finding } from './detected.js';

/** Where the hub is: an event by night is more important, and leaves a ring less to add. */
const NOON = new Date(2026, 2, 1, 12).getTime();

/** One door: its keeper, its clock and what was heard. Files are made by the test. */
class Door {
  readonly #clock = new FakeClock();
  readonly #began = this.#clock.now();
  readonly heard: string[] = [];
  readonly calls: string[] = [];
  changed: (media: EventMedia) => void = () => undefined;
  readonly keeper: EventKeeper;

  constructor(store: EventStore) {
    const media: EventMediaMaker = {
      begin: ({ rings }, _, changed) => {
        this.calls.push(`begin ${rings.length}`);
        this.changed = changed;
        return {
          update: () => this.calls.push('update'),
          end: () => this.calls.push('end'),
          show: (at) => this.calls.push(`show ${at}`),
        };
      },
      close: () => Promise.resolve(),
    };
    this.keeper = new EventKeeper({
      camera: { id: 'door', name: 'Door' },
      archive: { store },
      appraiser: new Appraiser({ zones: [], window: 10_000, quiet: [] }),
      toEpoch: (time) => NOON + time,
      media,
      log: { info: () => undefined, warn: (text) => this.heard.push(text) },
      visit: 20_000,
      now: () => this.now,
      after: this.#clock.after,
      // However busy the machine and its disk are.
      closeWithin: 20_000,
    });
    this.keeper.subscribe({
      event: (phase, { state }, alert) => this.heard.push(`${phase} ${state}${alert ? ' alert' : ''}`),
      ring: ({ id, rings }) => this.heard.push(`ring ${rings.length}${id === this.keeper.ongoing?.id ? '' : ' late'}`),
    });
  }

  get now(): number {
    return this.#clock.now() - this.#began;
  }

  until(time: number): void {
    this.#clock.advance(Math.max(0, time - this.now));
  }

  ring(at: number): StoredEvent {
    this.until(at);
    return this.keeper.ring({ at, source: 'camera', heldBack: undefined });
  }

  see(phase: 'start' | 'update' | 'end', start: number, end: number, id = 1, continues?: number): void {
    this.until(end);
    this.keeper.hear(finding(phase, { id, start, end, continues }));
  }
}

let folder: string;
let store: EventStore;
let door: Door;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lookout-rings-'));
  store = await openSqliteStore({ folder, role: 'owner' });
  door = new Door(store);
});
afterEach(async () => {
  await door.keeper.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

const kept = async () => {
  await door.keeper.close();
  return (await store.list()).events;
};

it('without a visitor is an event of its own, and over after a while', async () => {
  const { id } = door.ring(5000);
  expect(door.heard).toEqual(['ring 1 late']);
  door.until(30_999);
  expect(door.keeper.ongoing?.id).toBe(id);
  door.until(31_000);
  expect(door.keeper.ongoing).toBeUndefined();
  expect(door.calls).toEqual(['begin 1', 'show 5000', 'end']);
  expect(await kept()).toMatchObject([
    {
      id,
      start: NOON + 5000,
      end: NOON + 5000,
      state: 'ended',
      category: 'motion',
      source: 'camera',
      tracks: [],
      rings: [NOON + 5000],
      importance: { total: 40 },
      heldBack: undefined,
    },
  ]);
});

it('of a visitor who is seen is in his event, and its picture is of that moment', async () => {
  door.see('start', 1000, 3000);
  const { id } = door.ring(5000);
  door.changed({ ...NO_MEDIA, picture: { at: NOON + 5000, bytes: 900 } });
  door.see('update', 1000, 7000);
  door.see('end', 1000, 9000);
  expect(door.heard).toEqual(['start ongoing alert', 'ring 1', 'update ongoing', 'update ongoing']);
  door.until(31_000);
  expect(door.heard.at(-1)).toBe('end ended');
  expect(door.calls).toEqual(['begin 0', 'show 5000', 'update', 'update', 'end']);
  expect(await kept()).toMatchObject([
    {
      id,
      start: NOON + 1000,
      end: NOON + 9000,
      state: 'ended',
      source: 'hub',
      agreement: ['camera'],
      rings: [NOON + 5000],
      importance: { factors: { ring: 40 } },
      media: { picture: { at: NOON + 5000 } },
    },
  ]);
});

it('before its visitor is certain is in one event with him', async () => {
  const { id } = door.ring(5000);
  door.see('start', 3000, 6000);
  door.see('end', 3000, 12_000);
  door.until(60_000);
  expect(door.heard).toEqual(['ring 1 late', 'start ongoing alert', 'update ongoing', 'end ended']);
  expect(door.calls).toEqual(['begin 1', 'show 5000', 'update', 'update', 'end']);
  const events = await kept();
  expect(events).toMatchObject([
    { id, start: NOON + 5000, end: NOON + 12_000, detectedAt: NOON + 3800, state: 'ended', rings: [NOON + 5000] },
  ]);
  expect(events[0]?.tracks).toHaveLength(1);
});

it('of somebody who came, waits and leaves is in one event, of which somebody is alerted once', async () => {
  door.see('start', 1000, 2000);
  door.ring(5000);
  door.see('end', 1000, 6000);
  door.see('start', 20_000, 21_000, 2);
  door.see('update', 20_000, 23_000, 2);
  door.see('end', 20_000, 25_000, 2);
  expect(door.heard.filter((line) => !line.startsWith('update'))).toEqual([
    'start ongoing alert',
    'ring 1',
    'end ended',
  ]);
  expect(door.calls.filter((call) => call !== 'update')).toEqual(['begin 0', 'show 5000', 'end']);
  const events = await kept();
  expect(events).toMatchObject([{ start: NOON + 1000, end: NOON + 25_000, state: 'ended', rings: [NOON + 5000] }]);
  expect(events[0]?.tracks).toHaveLength(2);
});

it('soon after an event is in it', async () => {
  door.see('start', 1000, 2000);
  door.see('end', 1000, 6000);
  door.ring(20_000);
  expect(door.heard).toEqual(['start ongoing alert', 'end ended', 'ring 1 late']);
  expect(door.calls).toEqual(['begin 0', 'end', 'show 20000']);
  expect(await kept()).toMatchObject([{ start: NOON + 1000, end: NOON + 20_000, rings: [NOON + 20_000] }]);
});

it('long after an event, or long before one, is in none of them', async () => {
  door.see('start', 1000, 2000);
  door.see('end', 1000, 6000);
  door.ring(40_000);
  door.see('start', 60_001, 61_000, 2);
  expect((await kept()).map(({ start, rings }) => [start - NOON, rings.length])).toEqual([
    [60_001, 0],
    [40_000, 1],
    [1000, 0],
  ]);
});

it('again is in the same event, which waits on', async () => {
  door.ring(5000);
  door.ring(22_000);
  door.until(47_999);
  expect(door.keeper.ongoing).toBeDefined();
  door.until(48_000);
  expect(door.keeper.ongoing).toBeUndefined();
  expect(await kept()).toMatchObject([{ rings: [NOON + 5000, NOON + 22_000], end: NOON + 22_000 }]);
});

it('that is heard makes up for one that was not', () => {
  const silent = door.keeper.ring({ at: 0, source: 'camera', heldBack: 'chime-off' });
  expect(silent.heldBack).toBe('chime-off');
  expect(door.ring(4000)).toMatchObject({ id: silent.id, heldBack: undefined });
  expect(door.keeper.ring({ at: 4000, source: 'mqtt', heldBack: 'chime-off' })).toMatchObject({
    rings: [NOON, NOON + 4000],
    heldBack: undefined,
    agreement: ['mqtt'],
  });
  expect(door.heard).toEqual(['ring 1 late', 'ring 2']);
});

it('does not join events that were cut because they are long', async () => {
  door.see('start', 1000, 2000);
  door.ring(119_000);
  door.see('end', 1000, 120_000);
  door.see('start', 120_000, 121_000, 2, 1);
  const [second, first] = await kept();
  expect([first?.rings.length, second?.rings.length, second?.continues]).toEqual([1, 0, first?.id]);
});

it('is in the store at once, and its event ends with the hub', async () => {
  door.ring(5000);
  while ((await store.count()) === 0);
  expect((await store.list()).events).toMatchObject([{ state: 'ongoing' }]);
  expect(await kept()).toMatchObject([{ state: 'ended' }]);
});

it('is not lost with the detector', async () => {
  door.see('start', 1000, 2000);
  door.ring(5000);
  door.keeper.interrupt();
  door.see('start', 8000, 9000);
  expect((await kept()).map(({ state, rings }) => [state, rings.length])).toEqual([
    ['interrupted', 0],
    ['interrupted', 1],
  ]);
});
