import type { DatabaseSync } from 'node:sqlite';
import type { Reason } from '../../detection/types.js';
import { isEventId } from '../event.js';
import { storeError } from './faults.js';
import type { Records } from './records.js';
import type { Row } from './rows.js';
import { eventOf } from './rows.js';

export interface Salvaged {
  readonly events: number;
  readonly nonEvents: number;
  /** Rows are known to be missing. */
  readonly lost: boolean;
}

/**
 * Copies every row that can still be read from a damaged database into a new one. Never throws for what is damaged.
 * @throws what SQLite throws where the new one cannot be written
 */
export function salvage(damaged: DatabaseSync, into: Records): Salvaged {
  try {
    return copyAll(damaged, into);
  } catch (error) {
    throw error instanceof NotWritten ? error.cause : error;
  }
}

function copyAll(damaged: DatabaseSync, into: Records): Salvaged {
  damaged.exec('PRAGMA cell_size_check = ON');
  let unnamed = 0;
  const seqs = new Map<number, string>();
  const events = copyRows(damaged, 'events', (row) => {
    const event = eventOf(row);
    if (!isEventId(event.id)) {
      unnamed++;
      return;
    }
    const seq = Number(row['seq']);
    const continues = typeof row['continues'] === 'number' ? seqs.get(row['continues']) : undefined;
    into.insert({ ...event, continues }, seq);
    seqs.set(seq, event.id);
  });
  const nonEvents = copyRows(damaged, 'non_events', (row) => {
    const { camera, at, reason } = row;
    if (typeof camera === 'string' && typeof at === 'number')
      into.putNonEvent({ camera, at, reason: reason as Reason });
  });
  return { events: events.copied, nonEvents: nonEvents.copied, lost: unnamed > 0 || events.lost || nonEvents.lost };
}

/** The new database is at fault, not the damaged one. */
class NotWritten extends Error {
  constructor(cause: unknown) {
    super('A saved row could not be written.', { cause });
  }
}

/** Reading more unreadable places than this (20 µs each) helps nobody. */
const MAX_FAILURES = 200_000;
const MAX_SEQ = 2 ** 40;

/**
 * Reads a table by ranges of its key: a range that cannot be read is halved until what is unreadable stands alone, so
 * that one damaged page costs the rows on it and no others.
 */
function copyRows(
  db: DatabaseSync,
  table: 'events' | 'non_events',
  copy: (row: Row) => void,
): { copied: number; lost: boolean } {
  let copied = 0;
  let failures = 0;
  const done = new Set<number>();

  const read = (low: number, high: number): void => {
    if (failures > MAX_FAILURES) return;
    try {
      for (const row of db
        .prepare(`SELECT * FROM ${table} WHERE seq BETWEEN ? AND ? ORDER BY seq`)
        .iterate(low, high)) {
        const seq = Number(row['seq']);
        if (done.has(seq)) continue;
        done.add(seq);
        try {
          copy(row);
          copied++;
        } catch (error) {
          if (storeError(error).fault !== 'refused') throw new NotWritten(error);
          failures++;
        }
      }
    } catch (error) {
      if (error instanceof NotWritten) throw error;
      failures++;
      if (low >= high) return;
      const middle = low + Math.floor((high - low) / 2);
      read(low, middle);
      read(middle + 1, high);
    }
  };
  read(0, highestSeq(db, table));
  return { copied, lost: failures > 0 };
}

/** The index may know what the table cannot say any more. */
function highestSeq(db: DatabaseSync, table: 'events' | 'non_events'): number {
  const index = table === 'events' ? 'events_by_start' : 'non_events_by_time';
  for (const sql of [
    `SELECT max(seq) AS seq FROM ${table}`,
    `SELECT max(seq) AS seq FROM ${table} INDEXED BY ${index}`,
  ]) {
    try {
      return Number(db.prepare(sql).get()?.['seq'] ?? 0);
    } catch {
      // The next way may find it.
    }
  }
  return MAX_SEQ;
}
