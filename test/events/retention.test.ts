import fc from 'fast-check';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredEvent } from '../../src/events/event.js';
import { Media } from '../../src/events/media.js';
import type { Limits, Turn } from '../../src/events/retention.js';
import { expired, limitsOf, Retention, turnsOf } from '../../src/events/retention.js';
import { openSqliteStore } from '../../src/events/sqlite/open.js';
import type { EventStore } from '../../src/events/store.js';
import { clip, jpeg } from './clips.js';
import { event, NOON } from './events.js';

const DAY = 86_400_000;

describe('what goes of a tier', () => {
  const holdings = [1, 2, 3, 4, 5].map((start) => ({ start, bytes: 10 }));
  it.each([
    ['nothing', { tooOld: 0, young: Infinity, excess: 0 }, 0, 0],
    ['what is too old', { tooOld: 3, young: Infinity, excess: 0 }, 0, 2],
    ['the oldest, until the excess is gone', { tooOld: 0, young: Infinity, excess: 21 }, 0, 3],
    ['fewer, where something went before', { tooOld: 0, young: Infinity, excess: 21 }, 15, 1],
    ['what is too old, though there is no excess left', { tooOld: 4, young: Infinity, excess: 5 }, 0, 3],
    ['nothing young for an excess', { tooOld: 0, young: 3, excess: 1000 }, 0, 2],
    ['everything', { tooOld: 0, young: Infinity, excess: 1000 }, 0, 5],
  ] as const)('is %s', (_, turn, freed, count) => {
    expect(expired(holdings, { tier: 'clips', ...turn }, freed)).toEqual(holdings.slice(0, count));
  });

  it('is never more than it takes, and never a younger one before an older', () => {
    const sorted = fc.array(fc.record({ start: fc.nat(1000), bytes: fc.integer({ min: 1, max: 99 }) })).map((list) => {
      return list.sort((a, b) => a.start - b.start);
    });
    fc.assert(
      fc.property(sorted, fc.nat(1000), fc.nat(5000), (all, tooOld, excess) => {
        const turn: Turn = { tier: 'clips', tooOld, young: Infinity, excess };
        const going = expired(all, turn, 0);
        expect(going).toEqual(all.slice(0, going.length));
        const freed = going.reduce((sum, { bytes }) => sum + bytes, 0);
        const last = going.at(-1);
        if (last !== undefined && last.start >= tooOld) expect(freed - last.bytes).toBeLessThan(excess);
        if (going.length < all.length) expect(freed).toBeGreaterThanOrEqual(excess);
      }),
    );
  });
});

it('takes clips first, pictures next, records last, and for a full disk clips of earlier days only', () => {
  const limits = limitsOf({ keepDays: 14, maxGiB: 1 }, 500);
  const GIB = 2 ** 30;
  const now = 100 * DAY;
  const tooOld = 86 * DAY;
  expect(turnsOf(GIB + 7, 400, limits, now)).toEqual([
    { tier: 'clips', tooOld, young: Infinity, excess: 7 },
    { tier: 'clips', tooOld, young: 99 * DAY, excess: 100 },
    { tier: 'pictures', tooOld, young: Infinity, excess: 7 },
    { tier: 'records', tooOld, young: Infinity, excess: 7 },
  ]);
  expect(turnsOf(GIB - 7, undefined, limits, now).every(({ excess }) => excess <= 0)).toBe(true);
});

it.each([
  [{ keepDays: 14 }, { clips: 14, pictures: 14, records: 14 }],
  [
    { keepDays: 90, pictureDays: 30, clipDays: 7 },
    { clips: 7, pictures: 30, records: 90 },
  ],
  [
    { keepDays: 90, clipDays: 7 },
    { clips: 7, pictures: 90, records: 90 },
  ],
  // Pictures may go before clips, and nothing stays that has lost its record.
  [
    { keepDays: 14, pictureDays: 3, clipDays: 30 },
    { clips: 14, pictures: 3, records: 14 },
  ],
])('of %j makes the days of each tier', (keeping, days) => {
  expect(limitsOf({ ...keeping, maxGiB: 1 }, 0).days).toEqual(days);
});

describe('retention', () => {
  let folder: string;
  let store: EventStore;
  let media: Media;
  const said: string[] = [];
  const log = { info: (text: string) => said.push(text), warn: (text: string) => said.push(text) };
  const now = (): number => NOON + 10 * DAY;
  const CLIP = clip(2);

  beforeEach(async () => {
    said.length = 0;
    folder = mkdtempSync(join(tmpdir(), 'lookout-retention-'));
    store = await openSqliteStore({ folder, role: 'owner' });
    media = new Media({ folder: join(folder, 'media'), log, now, reserves: { clips: 0, pictures: 0 } });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const put = async (change: Partial<StoredEvent>): Promise<StoredEvent> => {
    const bare = event(change);
    const clipBytes = await media.write(bare, 'clip', [CLIP]);
    const pictureBytes = await media.write(bare, 'picture', [jpeg(1000)]);
    const frameBytes = await media.write(bare, 1, [jpeg(500)]);
    const { start } = bare;
    const whole: StoredEvent = {
      ...bare,
      media: {
        picture: { bytes: pictureBytes, at: start },
        preview: [{ number: 1, bytes: frameBytes, at: start }],
        clip: { bytes: clipBytes, at: start, duration: 1 },
      },
    };
    await store.put(whole);
    return whole;
  };
  const retain = (limits: Limits) => new Retention({ store, media, limits, log, now });
  const days = (clips: number, pictures: number, records: number): Limits => ({
    days: { clips, pictures, records },
    bytes: Infinity,
    free: 0,
  });
  const kept = async (): Promise<string[]> =>
    (await store.list()).events.map(({ media: { clip: c, picture, preview } }) =>
      [c && 'clip', picture && 'picture', preview.length > 0 && 'preview'].filter(Boolean).join(' '),
    );

  it('goes by days, tier by tier, and leaves protected and ongoing events alone', async () => {
    for (const day of [9, 7, 5, 3]) await put({ start: NOON + (10 - day) * DAY });
    await put({ start: NOON, protected: true });
    await put({ start: NOON - 1, state: 'ongoing' });
    expect(await retain(days(4, 6, 8)).run()).toEqual({ clips: 3, pictures: 2, records: 1 });
    const all = 'clip picture preview';
    expect(await kept()).toEqual([all, 'picture preview', '', all, all]);
    expect(readdirSync(join(folder, 'media/front-door')).sort()).toEqual(['2026-03-01', '2026-03-06', '2026-03-08']);
  });

  it('goes by bytes: all clips before the first picture, all pictures before the first record', async () => {
    for (let i = 0; i < 6; i++) await put({ start: NOON + i });
    const { records } = (await store.usage()).bytes;
    const limit = (bytes: number): Limits => ({ ...days(99, 99, 99), bytes: bytes + records });
    expect(await retain(limit(6 * 1500 + 3 * CLIP.length)).run()).toMatchObject({ clips: 3, pictures: 0 });
    expect(await retain(limit(4 * 1500)).run()).toMatchObject({ clips: 3, pictures: 2, records: 0 });
    expect(await kept()).toEqual(['picture preview', 'picture preview', 'picture preview', 'picture preview', '', '']);
    const { records: left } = (await store.usage()).bytes;
    expect(await retain({ ...days(99, 99, 99), bytes: left }).run()).toMatchObject({ pictures: 4, records: 0 });
    expect(await retain({ ...days(99, 99, 99), bytes: left - 1 }).run()).toMatchObject({ records: 1 });
  });

  it('removes thousands, batch by batch', async () => {
    await store.put(...Array.from({ length: 2000 }, (_, i) => event({ start: NOON + i })));
    const { records } = (await store.usage()).bytes;
    expect(await retain(days(1, 1, 1)).run()).toEqual({ clips: 0, pictures: 0, records: 2000 });
    expect((await store.usage()).bytes.records).toBeLessThan(records / 3);
  });

  it('sees that an event is protected while it is at work', async () => {
    const late = await put({});
    const oldest: EventStore['oldest'] = async (...args) => {
      const holdings = await store.oldest(...args);
      await store.setProtected(late.id, true);
      return holdings;
    };
    const slow = new Proxy(store, {
      get: (target, key) => (key === 'oldest' ? oldest : Reflect.get(target, key)) as unknown,
    });
    await new Retention({ store: slow, media, limits: days(1, 1, 1), log, now }).run();
    expect(await kept()).toEqual(['clip picture preview']);
    expect(readdirSync(join(folder, 'media/front-door/2026-03-01'))).toHaveLength(3);
  });

  it('says once that protected events take the room', async () => {
    await put({ protected: true });
    const retention = retain({ ...days(99, 99, 99), bytes: 10 });
    await retention.run();
    await retention.run();
    expect(said).toEqual([expect.stringMatching(/nothing more to remove: protected ones take 0 MiB/)]);
    expect(await kept()).toEqual(['clip picture preview']);
  });
});
