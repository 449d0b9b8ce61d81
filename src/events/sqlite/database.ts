import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.js';
import { isCorrupt } from './faults.js';
import { migrate, refuseNewer, versionOf } from './migrate.js';
import { MIGRATIONS } from './migrations/all.js';
import { Records } from './records.js';
import { salvage } from './salvage.js';

/** `owner`: writes and mends, one process at a time. `reader`: looks, while an owner may be at work. */
export type Role = 'owner' | 'reader';

const FILE = 'events.sqlite';
const REBUILT = 'events.sqlite-rebuilt';
const LOCK = 'events.lock';
/** Files of a database beside itself. What is stale of them must never meet another database. */
const COMPANIONS = ['-wal', '-shm', '-journal'];
const KEPT_DAMAGED = 2;

/**
 * `synchronous = FULL`: what was committed survives a power cut. A commit costs one fsync, in the store's own thread.
 * `secure_delete`: what was removed is overwritten, so that neither a repair nor anybody else finds it again.
 */
const OWNER_PRAGMAS = `
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
PRAGMA journal_size_limit = 8388608;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
`;

export interface OpenDatabase {
  readonly db: DatabaseSync;
  readonly records: Records;
  readonly mended: readonly string[];
}

/**
 * Held as long as its process lives, however that ends: SQLite's own lock on an empty database.
 * @param patience how long an owner that is about to end is waited for, ms
 * @throws {StoreError} `locked`
 */
export function takeLock(folder: string, patience: number): DatabaseSync {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = new DatabaseSync(join(folder, LOCK), { timeout: patience });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw new StoreError('locked', `Lookout is running and has the events in ${folder}. Stop it first.`, {
      cause: error,
    });
  }
}

/** @throws {StoreError} `absent`, `newer` or `corrupt` */
export function openReader(folder: string): OpenDatabase {
  const path = join(folder, FILE);
  if (!existsSync(path)) throw new StoreError('absent', `There are no events in ${folder}.`);
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  try {
    refuseNewer(db);
    if (versionOf(db) < MIGRATIONS.length) {
      throw new StoreError('absent', 'The events are in an older format. Start Lookout once to bring them up to date.');
    }
    return { db, records: new Records(db), mended: [] };
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Opens, mends and migrates. The lock must be held.
 * @param now milliseconds since the epoch, for the name of a file that is set aside
 */
export function openOwned(folder: string, now: number): OpenDatabase {
  const path = join(folder, FILE);
  finishRebuilding(folder);
  try {
    const opened = openSound(path);
    const interrupted = opened.records.interrupt();
    return interrupted === 0 ? opened : { ...opened, mended: [wasInterrupted(interrupted)] };
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    const sentence = rebuild(folder, now, error);
    const opened = openSound(path);
    opened.records.interrupt();
    return { ...opened, mended: [sentence] };
  }
}

const wasInterrupted = (count: number): string =>
  count === 1
    ? 'One event was going on when Lookout was stopped; it ends with the last motion that was written down.'
    : `${count} events were going on when Lookout was stopped; they end with the last motion that was written down.`;

/** @throws what SQLite throws, or {@link StoreError} `corrupt` */
function openSound(path: string): OpenDatabase {
  const db = new DatabaseSync(path, { timeout: 5000 });
  try {
    // Only an empty database heeds this: pages of removed events can then be given back.
    if (versionOf(db) === 0) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    db.exec(OWNER_PRAGMAS);
    migrate(db);
    const records = new Records(db);
    const [problem] = records.check();
    if (problem !== undefined) throw new StoreError('corrupt', problem);
    return { db, records, mended: [] };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** A power cut may have come between setting the damaged file aside and putting the new one in its place. */
function finishRebuilding(folder: string): void {
  const [file, rebuilt] = [join(folder, FILE), join(folder, REBUILT)];
  if (!existsSync(rebuilt)) return;
  if (existsSync(file)) removeDatabase(rebuilt);
  else renameSync(rebuilt, file);
}

/** Saves what can be read into a new file, sets the damaged one aside, and says so. */
function rebuild(folder: string, now: number, error: unknown): string {
  const [file, rebuilt] = [join(folder, FILE), join(folder, REBUILT)];
  const cause = error instanceof Error ? error.message : String(error);
  removeDatabase(rebuilt);
  const saved = saveInto(rebuilt, file);
  const aside = `events-damaged-${new Date(now).toISOString().slice(0, 19).replaceAll(':', '-')}.sqlite`;
  for (const end of COMPANIONS) if (existsSync(file + end)) renameSync(file + end, join(folder, aside + end));
  renameSync(file, join(folder, aside));
  renameSync(rebuilt, file);
  removeOldDamaged(folder);
  return `The file with the events was damaged (${cause}). ${saved} could be saved. The damaged file is kept as ${aside}.`;
}

function saveInto(rebuilt: string, damaged: string): string {
  const { db, records } = openSound(rebuilt);
  try {
    db.exec('BEGIN');
    const { events, nonEvents } = salvage(damaged, db, records);
    db.exec('COMMIT');
    return events + nonEvents === 0 ? 'Nothing in it' : `${events} events and ${nonEvents} rejected candidates`;
  } finally {
    db.close();
  }
}

function removeOldDamaged(folder: string): void {
  const damaged = readdirSync(folder)
    .filter((name) => /^events-damaged-.*\.sqlite$/.test(name))
    .sort();
  for (const name of damaged.slice(0, -KEPT_DAMAGED)) removeDatabase(join(folder, name));
}

function removeDatabase(path: string): void {
  for (const end of ['', ...COMPANIONS]) rmSync(path + end, { force: true });
}
