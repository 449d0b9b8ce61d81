import type { DatabaseSync } from 'node:sqlite';
import type { Reason } from '../../detection/types.js';
import { isEventId } from '../event.js';
import { storeError } from './faults.js';
import { leafRows } from './leaf-rows.js';
import { Pages } from './pages.js';
import type { Records } from './records.js';
import type { Row } from './rows.js';
import { eventOf } from './rows.js';

export interface Salvaged {
  readonly events: number;
  readonly nonEvents: number;
}

/**
 * Copies every row that can still be found in a damaged database into a new one, page by page, without SQLite: it would
 * give up on all that hangs on one damaged page. Rows are known by their form, and nothing is believed that they say.
 * @param path of the damaged file
 * @param into within a transaction of `db`
 * @throws what SQLite throws where the new one cannot be written
 */
export function salvage(path: string, db: DatabaseSync, into: Records): Salvaged {
  using pages = new Pages(path);
  const columns = db
    .prepare('PRAGMA table_info(events)')
    .all()
    .map(({ name }) => String(name));
  const free = pages.free();
  const continues: (readonly [seq: number, predecessor: number])[] = [];
  let events = 0;
  let nonEvents = 0;
  for (let number = 2; number <= pages.count; number++) {
    if (free.has(number)) continue;
    for (const { rowid, values } of leafRows(pages, number)) {
      if (rowid > MAX_ROWID) continue;
      const row: Row = Object.fromEntries(columns.map((name, i) => [name, values[i]]));
      if (looksLikeEvent(values)) {
        if (
          isKept(() => {
            into.insert({ ...eventOf(row), continues: undefined }, rowid);
          })
        )
          events++;
        if (typeof row['continues'] === 'number') continues.push([rowid, row['continues']]);
      } else if (looksLikeNonEvent(values)) {
        const [, camera, at, reason] = values;
        if (
          isKept(() => {
            into.putNonEvent({ camera, at, reason }, rowid);
          })
        )
          nonEvents++;
      }
    }
  }
  const link = db.prepare('UPDATE events SET continues = (SELECT seq FROM events WHERE seq = ?) WHERE seq = ?');
  for (const [seq, predecessor] of continues) link.run(predecessor, seq);
  return { events, nonEvents };
}

/** Rows are counted up from 1: nobody has seen so many. */
const MAX_ROWID = 2 ** 40;

const looksLikeEvent = (values: readonly unknown[]): boolean =>
  values.length >= 29 && values[0] === null && typeof values[1] === 'string' && isEventId(values[1]);

type NonEventValues = readonly [null, camera: string, at: number, reason: Reason];

const looksLikeNonEvent = (values: readonly unknown[]): values is NonEventValues =>
  values.length === 4 &&
  values[0] === null &&
  typeof values[1] === 'string' &&
  typeof values[2] === 'number' &&
  typeof values[3] === 'string';

/** False for a row that does not fit in, or that is there already. */
function isKept(insert: () => void): boolean {
  try {
    insert();
    return true;
  } catch (error) {
    if (storeError(error).fault === 'refused') return false;
    throw error;
  }
}
