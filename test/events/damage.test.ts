import fc from 'fast-check';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openOwned } from '../../src/events/sqlite/database.js';
import { migrate, versionOf } from '../../src/events/sqlite/migrate.js';
import { openSqliteStore } from '../../src/events/sqlite/open.js';
import { event, NOON } from './events.js';

const COUNT = 400;
let folder: string;
let path: string;
let sound: Buffer;
const events = Array.from({ length: COUNT }, (_, i) => event({ start: NOON + i * 1000, zones: [`Zone ${i % 3}`] }));

beforeAll(() => {
  const scratch = mkdtempSync(join(tmpdir(), 'lookout-sound-'));
  const { db, records } = openOwned(scratch, NOON);
  records.put(...events);
  for (let at = 0; at < 500; at++) records.putNonEvent({ camera: 'a', at, reason: 'sway' });
  db.close();
  sound = readFileSync(join(scratch, 'events.sqlite'));
  rmSync(scratch, { recursive: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lookout-damage-'));
  path = join(folder, 'events.sqlite');
  writeFileSync(path, sound);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Opens what was damaged: it is sound then, and says how many events are left. */
function reopened(): { left: number; mended: string } {
  const { db, records, mended } = openOwned(folder, NOON);
  try {
    expect(records.check()).toEqual([]);
    const left = records.count();
    const byId = new Map(events.map((one) => [one.id, one]));
    for (const one of records.list({}, { limit: 500 }).events) expect(one).toEqual(byId.get(one.id));
    records.put(event());
    expect(records.count({ zones: ['Zone 0', 'Zone 1', 'Zone 2'] })).toBe(left);
    return { left, mended: mended.join(' ') };
  } finally {
    db.close();
  }
}

it('leaves a sound database alone', () => {
  expect(reopened()).toEqual({ left: COUNT, mended: '' });
  expect(readdirSync(folder)).toEqual(['events.sqlite']);
});

describe('one page of random bytes', () => {
  it.each(Array.from({ length: 12 }, (_, i) => i))('costs what was on it, at %i twelfths of the file', (twelfth) => {
    const bytes = Buffer.from(sound);
    const pages = bytes.length / 4096;
    const page = Math.max(2, Math.floor((pages * twelfth) / 12));
    bytes.set(
      fc.sample(fc.uint8Array({ minLength: 4096, maxLength: 4096 }), { seed: twelfth, numRuns: 1 })[0] ?? [],
      page * 4096,
    );
    writeFileSync(path, bytes);
    const { left, mended } = reopened();
    expect(left).toBeGreaterThanOrEqual(COUNT - 10);
    expect(mended).toMatch(
      /was damaged .* events and \d+ rejected candidates could be saved\..* kept as events-damaged-2026/,
    );
    expect(readFileSync(join(folder, 'events-damaged-2026-03-01T12-00-00.sqlite')).equals(bytes)).toBe(true);
  });
});

it('survives any scribbling', () => {
  const scribble = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 5000 }),
  });
  fc.assert(
    fc.property(fc.array(scribble, { minLength: 1, maxLength: 8 }), (scribbles) => {
      const bytes = Buffer.from(sound);
      for (const { at, bytes: piece } of scribbles) {
        const offset = Math.floor(at * (bytes.length - 1));
        bytes.set(piece.subarray(0, bytes.length - offset), offset);
      }
      writeFileSync(path, bytes);
      const { db, records } = openOwned(folder, NOON);
      try {
        expect(records.check()).toEqual([]);
        for (const one of records.list({}, { limit: 500 }).events) expect(one.mask).toHaveLength(288);
        records.put(event());
      } finally {
        db.close();
      }
    }),
    { numRuns: 25 },
  );
});

describe('a file cut short', () => {
  it.each([0.999, 0.9, 0.5, 0.25])('to %d of its length loses what is beyond', (share) => {
    truncateSync(path, Math.floor(sound.length * share));
    const { left, mended } = reopened();
    expect(mended).toContain('was damaged');
    // Pages of the table lie in the order of time, with indexes between them and after them.
    expect(left).toBeGreaterThan(COUNT * share * 0.4);
  });

  it('to nothing is an empty store', () => {
    truncateSync(path, 0);
    expect(reopened().left).toBe(0);
  });
});

it('of garbage makes a new file and keeps the old one', () => {
  writeFileSync(path, Buffer.alloc(50_000, 0x5a));
  const { left, mended } = reopened();
  expect(left).toBe(0);
  expect(mended).toMatch(/Nothing in it could be saved/);
  expect(readdirSync(folder)).toContain('events-damaged-2026-03-01T12-00-00.sqlite');
});

it('without its first page, which says where all else is, gives everything', () => {
  writeFileSync(path, Buffer.concat([Buffer.alloc(4096), sound.subarray(4096)]));
  expect(reopened()).toMatchObject({
    left: COUNT,
    mended: expect.stringMatching(/400 events and 500 rejected/) as string,
  });
});

it('gives back links and long rows, and nothing that was removed', () => {
  const before = openOwned(folder, NOON);
  const [first, second] = [event({ start: NOON - 2 }), event({ start: NOON - 1 })];
  const tracks = Array.from({ length: 100 }, () => event().tracks).flat();
  before.records.put(first, { ...second, continues: first.id, tracks });
  before.records.remove(events.slice(0, 300).map(({ id }) => id));
  before.db.close();
  spoil(1);

  const { db, records } = openOwned(folder, NOON);
  expect(records.count()).toBe(102);
  expect(records.get(second.id)).toMatchObject({ continues: first.id, tracks });
  expect(records.check()).toEqual([]);
  db.close();
});

it('gives what stands in its log alone', () => {
  const { db, records } = openOwned(folder, NOON);
  for (const { id } of events) records.update(id, { end: NOON + 5 });
  const files = ['', '-wal'].map((end) => [path + end, readFileSync(path + end)] as const);
  db.close();
  for (const [file, bytes] of files) writeFileSync(file, bytes);
  spoil(1);
  const again = openOwned(folder, NOON);
  expect(again.mended.join()).toContain('400 events');
  expect(again.records.list({}, { limit: 500 }).events.filter(({ end }) => end === NOON + 5)).toHaveLength(COUNT);
  again.db.close();
});

function spoil(page: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0x77, (page - 1) * 4096, page * 4096);
  writeFileSync(path, bytes);
}

it('keeps the two newest of the damaged files', () => {
  for (let day = 0; day < 4; day++) {
    writeFileSync(path, 'garbage, and more of it, and more of it'.repeat(10));
    openOwned(folder, NOON + day * 86_400_000).db.close();
  }
  expect(readdirSync(folder).sort()).toEqual([
    'events-damaged-2026-03-03T12-00-00.sqlite',
    'events-damaged-2026-03-04T12-00-00.sqlite',
    'events.sqlite',
  ]);
});

it('a repair that was cut off is begun again, or finished', () => {
  const rebuilt = join(folder, 'events.sqlite-rebuilt');
  writeFileSync(rebuilt, 'half of it');
  expect(reopened().left).toBe(COUNT);
  expect(readdirSync(folder)).toEqual(['events.sqlite']);

  writeFileSync(rebuilt, sound);
  rmSync(path);
  expect(reopened().left).toBe(COUNT);
  expect(readdirSync(folder)).toEqual(['events.sqlite']);
});

it('is mended in use', async () => {
  const { db, records } = openOwned(folder, NOON);
  // More than SQLite keeps in memory.
  records.put(...Array.from({ length: 5000 }, (_, i) => event({ start: NOON + 1e9 + i })));
  db.close();
  const said: string[] = [];
  const store = await openSqliteStore({ folder, role: 'owner', onMended: (sentences) => said.push(...sentences) });
  try {
    const bytes = readFileSync(path);
    bytes.fill(0xa5, 4096 * 40, 4096 * 600);
    writeFileSync(path, bytes);
    expect(await store.count({ text: 'porch' })).toBeGreaterThan(2000);
    await store.put(event());
    expect(await store.check()).toEqual([]);
  } finally {
    await store.close();
  }
  expect(said).toEqual([expect.stringContaining('was damaged')]);
});

describe('migrations', () => {
  const steps = ['CREATE TABLE a (x)', 'ALTER TABLE a ADD COLUMN y', 'INSERT INTO a VALUES (1, 2)'];

  it('go on from where a database stands', () => {
    const db = new DatabaseSync(':memory:');
    migrate(db, steps.slice(0, 1));
    migrate(db, steps);
    migrate(db, steps);
    expect(versionOf(db)).toBe(3);
    expect(db.prepare('SELECT * FROM a').all()).toEqual([{ x: 1, y: 2 }]);
    db.close();
  });

  it('stop before a step that fails, and leave nothing of it', () => {
    const db = new DatabaseSync(':memory:');
    expect(() => {
      migrate(db, [...steps, 'CREATE TABLE b (x); INSERT INTO nowhere VALUES (1)']);
    }).toThrow('nowhere');
    expect(versionOf(db)).toBe(3);
    expect(db.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'b'").get()).toEqual({ n: 0 });
    db.close();
  });

  it('bring up to date what a Lookout wrote that knew of no rings', async () => {
    aged();
    const store = await openSqliteStore({ folder, role: 'owner' });
    try {
      const [newest] = (await store.list({}, { limit: 1 })).events;
      expect(newest).toEqual(events.at(-1));
      await store.update(newest?.id ?? '', { rings: [NOON] });
      expect(await store.count({ rang: true })).toBe(1);
    } finally {
      await store.close();
    }
  });

  it('do not keep old rows from being saved out of a damaged file', () => {
    aged();
    spoil(1);
    expect(reopened().left).toBe(COUNT);
  });

  /** Takes the database back to version 1. */
  function aged(): void {
    const db = new DatabaseSync(path);
    db.exec('DROP INDEX events_judged; ALTER TABLE events DROP COLUMN rings; PRAGMA user_version = 1');
    db.close();
  }

  it('refuse what a newer version wrote', async () => {
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 99');
    db.close();
    for (const role of ['owner', 'reader'] as const) {
      await expect(openSqliteStore({ folder, role })).rejects.toMatchObject({
        fault: 'newer',
        message: expect.stringContaining('Update the plugin') as string,
      });
    }
    expect(readFileSync(path).length).toBeGreaterThanOrEqual(sound.length);
  });
});
