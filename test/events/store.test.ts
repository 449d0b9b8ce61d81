import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventChange } from '../../src/events/event.js';
import type { EventStore } from '../../src/events/store.js';
import { openSqliteStore } from '../../src/events/sqlite/open.js';
import { event, NOON, rectangle } from './events.js';

let folder: string;
let store: EventStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lookout-store-'));
  store = await openSqliteStore({ folder, role: 'owner' });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const MINUTE = 60_000;

describe('an event', () => {
  it('comes back as it was put', async () => {
    const put = event({
      label: 'Anna',
      heldBack: 'quiet-hours',
      rings: [NOON + 2000, NOON + 8000],
      feedback: { verdict: 'wrong', category: 'animal', note: 'The cat', at: NOON + 5 },
      protected: true,
      media: {
        picture: { bytes: 40_000, at: NOON + 900 },
        preview: [{ number: 1, bytes: 5000, at: NOON }],
        clip: { bytes: 2_000_000, at: NOON - 5000, duration: 19_000 },
      },
    });
    await store.put(put);
    expect(await store.get(put.id)).toEqual(put);
  });

  it('changes only in what is said to change', async () => {
    const put = event({ state: 'ongoing' });
    await store.put(put);
    const change: EventChange = {
      end: NOON + 20_000,
      state: 'ended',
      zones: ['Street'],
      mask: rectangle(0, 0, 5, 5),
      rings: [NOON],
    };
    expect(await store.update(put.id, change)).toBe(true);
    expect(await store.get(put.id)).toEqual({ ...put, ...change });
    expect(await store.count({ zones: ['Porch'] })).toBe(0);
    expect(await store.update('000000000000000', change)).toBe(false);
  });

  it('is put once', async () => {
    const [first, second] = [event(), event()];
    await store.put(first);
    await expect(store.put(second, first)).rejects.toMatchObject({ name: 'StoreError', fault: 'refused' });
    expect(await store.count()).toBe(1);
  });

  it('names the one that it continues, as long as that is kept', async () => {
    const first = event();
    const second = event({ start: NOON + 120_000, continues: first.id });
    await store.put(first, second);
    expect((await store.get(second.id))?.continues).toBe(first.id);
    expect(await store.remove([first.id])).toEqual([first.id]);
    expect((await store.get(second.id))?.continues).toBeUndefined();
  });
});

describe('a list', () => {
  const events = [
    event({ start: NOON, importance: { total: 20, factors: {} } }),
    event({ start: NOON + MINUTE, category: 'vehicle', camera: 'street', zones: ['Kerb', 'Gate'] }),
    event({ start: NOON + 2 * MINUTE, heldBack: 'preceding-event', label: 'Großmutter 100%' }),
    event({ start: NOON + 3 * MINUTE, protected: true, source: 'mqtt', zones: [], rings: [NOON] }),
  ];
  beforeEach(() => store.put(...events));

  it.each([
    ['everything, newest first', {}, [3, 2, 1, 0]],
    ['one camera', { cameras: ['street'] }, [1]],
    ['either camera', { cameras: ['street', 'front-door'] }, [3, 2, 1, 0]],
    ['no camera', { cameras: [] }, []],
    ['a category', { categories: ['vehicle'] }, [1]],
    ['a zone among several', { zones: ['Gate'] }, [1]],
    ['a time, with its beginning and without its end', { from: NOON + MINUTE, until: NOON + 3 * MINUTE }, [2, 1]],
    ['importance', { importance: 60 }, [3, 2, 1]],
    ['held back', { heldBack: true }, [2]],
    ['not held back, and protected', { heldBack: false, protected: true }, [3]],
    ['a ring', { rang: true }, [3]],
    ['no ring', { rang: false }, [2, 1, 0]],
    ['a source', { sources: ['mqtt'] }, [3]],
    ['a word in any case', { text: 'GROSSMUTTER' }, []],
    ['words of several columns', { text: 'großmutter  porch' }, [2]],
    ['a percent sign that is one', { text: '0%' }, [2]],
    ['a percent sign that is none', { text: 'f%t' }, []],
  ] as const)('filters by %s', async (_, filter, expected) => {
    const page = await store.list(filter);
    expect(page.events.map(({ id }) => events.findIndex((one) => one.id === id))).toEqual(expected);
    expect(await store.count(filter)).toBe(expected.length);
  });

  it('comes in pages that neither repeat nor leave out, though events come and go between', async () => {
    const same = Array.from({ length: 7 }, () => event({ start: NOON + MINUTE }));
    await store.put(...same);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.list({}, { limit: 3, cursor });
      seen.push(...page.events.map(({ id }) => id));
      cursor = page.next;
      await store.put(event({ start: NOON + 10 * MINUTE }));
    } while (cursor !== undefined);
    expect(seen).toHaveLength(11);
    expect(new Set(seen)).toEqual(new Set([...events, ...same].map(({ id }) => id)));
  });

  it.each([[{ limit: 0 }], [{ limit: 501 }], [{ cursor: 'x' }], [{ cursor: "1.1' OR 1" }]])(
    'refuses %j',
    async (page) => {
      await expect(store.list({}, page)).rejects.toMatchObject({ fault: 'refused' });
    },
  );
});

describe('the search by a mask', () => {
  it('finds what touched it enough, newest first, by pages', async () => {
    const left = event({ start: NOON, mask: rectangle(0, 0, 10, 10) });
    const through = event({ start: NOON + MINUTE, mask: rectangle(0, 4, 64, 2) });
    const right = event({ start: NOON + 2 * MINUTE, mask: rectangle(50, 0, 10, 10), camera: 'street' });
    await store.put(through, left, right);
    const query = { mask: rectangle(0, 0, 10, 10), share: 0.2, of: 'smaller' } as const;
    const ids = async (...args: Parameters<EventStore['searchByMask']>) =>
      (await store.searchByMask(...args)).events.map(({ id }) => id);

    expect(await ids(query)).toEqual([through.id, left.id]);
    expect(await ids({ ...query, share: 0.21 })).toEqual([left.id]);
    expect(await ids({ ...query, of: 'event', share: 0.16 })).toEqual([left.id]);
    expect(await ids({ ...query, mask: rectangle(0, 0, 64, 36) }, { cameras: ['street'] })).toEqual([right.id]);

    const first = await store.searchByMask({ ...query, mask: rectangle(0, 0, 64, 36) }, {}, { limit: 2 });
    expect(first).toMatchObject({ total: 3, events: [{ id: right.id }, { id: through.id }] });
    const second = await store.searchByMask({ ...query, mask: rectangle(0, 0, 64, 36) }, {}, { cursor: first.next });
    expect(second).toMatchObject({ total: 3, next: undefined, events: [{ id: left.id }] });
  });

  it('sees changes and removals', async () => {
    const query = { mask: rectangle(0, 0, 4, 4), share: 0.5, of: 'smaller' } as const;
    const [one, two] = [event(), event({ mask: query.mask })];
    await store.put(one, two);
    expect((await store.searchByMask(query)).total).toBe(1);
    await store.update(one.id, { mask: query.mask });
    expect((await store.searchByMask(query)).total).toBe(2);
    await store.remove([two.id]);
    expect(await store.searchByMask(query)).toMatchObject({ total: 1, events: [{ id: one.id }] });
    await expect(store.put(event({ mask: query.mask }), one)).rejects.toThrow();
    expect((await store.searchByMask(query)).total).toBe(1);
  });

  it('refuses a mask of another size and a share of nothing', async () => {
    await expect(store.searchByMask({ mask: new Uint8Array(8), share: 1, of: 'event' })).rejects.toMatchObject({
      fault: 'refused',
    });
    await expect(store.searchByMask({ mask: rectangle(0, 0, 1, 1), share: 0, of: 'event' })).rejects.toMatchObject({
      fault: 'refused',
    });
  });
});

it('counts rejected candidates by reason, and bounds them', async () => {
  for (let i = 0; i < 6; i++) {
    await store.putNonEvent({ camera: i % 2 ? 'street' : 'yard', at: NOON + i, reason: i < 4 ? 'sway' : 'lighting' });
  }
  expect(await store.countNonEvents()).toEqual({ sway: 4, lighting: 2 });
  expect(await store.countNonEvents({ cameras: ['yard'], from: NOON + 1 })).toEqual({ sway: 1, lighting: 1 });
  expect((await store.nonEvents({}, 2)).map(({ at }) => at - NOON)).toEqual([5, 4]);
  expect(await store.removeNonEvents(NOON + 1, 3)).toBe(3);
  expect((await store.nonEvents()).map(({ at }) => at - NOON)).toEqual([5, 4, 3]);
});

it('keeps feedback, finds it, and takes it back', async () => {
  const put = event();
  await store.put(put);
  const feedback = { verdict: 'wrong', category: 'animal', note: 'a Fox', at: NOON } as const;
  expect(await store.setFeedback(put.id, feedback)).toBe(true);
  expect((await store.list({ text: 'fox', feedback: 'wrong' })).events).toEqual([{ ...put, feedback }]);
  await store.setFeedback(put.id, undefined);
  expect(await store.count({ text: 'fox' })).toBe(0);
  expect(await store.get(put.id)).toEqual(put);
});

it('does not remove what is protected', async () => {
  const [kept, gone] = [event(), event()];
  await store.put(kept, gone);
  await store.setProtected(kept.id, true);
  expect((await store.oldest('records', 10)).map(({ id }) => id)).toEqual([gone.id]);
  expect(await store.remove([kept.id, gone.id])).toEqual([gone.id]);
  expect(await store.count()).toBe(1);
});

it('sums what is kept', async () => {
  const picture = { bytes: 100, at: NOON };
  const media = { picture, preview: [{ ...picture, number: 1 }], clip: { bytes: 1000, at: NOON, duration: 1 } };
  await store.put(event({ media }), event({ media, protected: true }), event());
  const usage = await store.usage();
  expect(usage).toMatchObject({ events: 3, nonEvents: 0, bytes: { clips: 2000, pictures: 400 }, protectedBytes: 1200 });
  expect(usage.bytes.records).toBeGreaterThan(4096);
  expect((await store.oldest('clips', 9)).map(({ bytes }) => bytes)).toEqual([1000]);
  expect(await store.days()).toEqual([Math.floor(NOON / 86_400_000)]);
});

describe('opening', () => {
  it('ends events that were going on', async () => {
    const put = event({ state: 'ongoing' });
    await store.put(put);
    await store.close();
    store = await openSqliteStore({ folder, role: 'owner' });
    expect(store.mended).toEqual([expect.stringContaining('One event was going on')]);
    expect((await store.get(put.id))?.state).toBe('interrupted');
  });

  it('is for one owner at a time, and for any number of readers', async () => {
    await store.put(event({ state: 'ongoing' }));
    await expect(openSqliteStore({ folder, role: 'owner', patience: 0 })).rejects.toMatchObject({ fault: 'locked' });
    const reader = await openSqliteStore({ folder, role: 'reader' });
    expect((await reader.list()).events).toMatchObject([{ state: 'ongoing' }]);
    await expect(reader.put(event())).rejects.toMatchObject({ fault: 'failed' });
    await reader.close();
  });

  it('says that there is nothing to read', async () => {
    await expect(openSqliteStore({ folder: join(folder, 'none'), role: 'reader' })).rejects.toMatchObject({
      fault: 'absent',
    });
  });

  it('is over after closing', async () => {
    await store.close();
    await store.close();
    await expect(store.count()).rejects.toMatchObject({ fault: 'closed' });
  });
});
