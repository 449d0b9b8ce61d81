import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { MASK_BYTES } from '../../detection/mask.js';
import type { EventMask, Reason } from '../../detection/types.js';
import type { EventChange, Feedback, StoredEvent, StoredNonEvent } from '../event.js';
import { isEventId } from '../event.js';
import type {
  EventFilter,
  EventPage,
  EventStore,
  FoundPage,
  Holding,
  HoldingPage,
  MaskQuery,
  NonEventFilter,
  PageWish,
  Tier,
  Usage,
} from '../store.js';
import { MAX_PAGE, StoreError } from '../store.js';
import { MaskIndex } from './mask-index.js';
import type { Condition, Place } from './query.js';
import { conditionOf, cursorOf, limitOf, nonEventCondition, placeOf } from './query.js';
import type { Row, Value } from './rows.js';
import { columnsOf, eventOf, feedbackColumns, holdingOf, wordsOf } from './rows.js';

/** What the store's worker is asked for: the same as {@link EventStore}, answered at once. */
export type Requests = {
  readonly [Name in Exclude<keyof EventStore, 'mended' | 'close'>]: (
    ...args: Parameters<EventStore[Name]>
  ) => Awaited<ReturnType<EventStore[Name]>>;
};

const DAY = 86_400_000;
const SELECT = `SELECT *, (SELECT id FROM events p WHERE p.seq = events.continues) AS predecessor FROM events`;

const HOLDING = 'SELECT seq, id, camera, start, end, state, picture, preview, clip';

/** Events in an open database of the newest schema. Every method is one transaction. */
export class Records implements Requests {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #masks: MaskIndex | undefined;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  put(...events: readonly StoredEvent[]): void {
    this.#transaction(() => {
      for (const event of events) this.insert(event);
    });
  }

  /**
   * Inserts without a transaction of its own.
   * @param seq where it stood before
   * @throws {StoreError} `refused`, where the id is not one of ours
   */
  insert(event: StoredEvent, seq: number | null = null): void {
    if (!isEventId(event.id)) throw new StoreError('refused', `${JSON.stringify(event.id)} is no event’s id.`);
    if (event.mask.length !== MASK_BYTES) throw new StoreError('refused', `A mask has ${MASK_BYTES} bytes.`);
    const columns: Record<string, Value> = { seq, ...columnsOf(event), words: wordsOf(event) };
    const names = Object.keys(columns);
    const { lastInsertRowid } = this.#run(
      `INSERT INTO events (${names.join(', ')}, continues)
       VALUES (${names.map(() => '?').join(', ')}, (SELECT seq FROM events WHERE id = ?))`,
      [...Object.values(columns), event.continues ?? null],
    );
    const place = { start: Math.round(event.start), seq: Number(lastInsertRowid) };
    this.#setZones(place.seq, event.zones);
    this.#masks?.set(place, event.mask);
  }

  update(id: string, change: EventChange): boolean {
    return this.#transaction(() => {
      const before = this.#one(`${SELECT} WHERE id = ?`, [id]);
      if (before === undefined) return false;
      const event: StoredEvent = { ...eventOf(before), ...change };
      if (event.mask.length !== MASK_BYTES) throw new StoreError('refused', `A mask has ${MASK_BYTES} bytes.`);
      const seq = Number(before['seq']);
      this.#set(seq, { ...columnsOf(change), words: wordsOf(event) });
      if (change.zones !== undefined) this.#setZones(seq, change.zones);
      if (change.mask !== undefined) this.#masks?.set({ start: event.start, seq }, change.mask);
      return true;
    });
  }

  get(id: string): StoredEvent | undefined {
    const row = this.#one(`${SELECT} WHERE id = ?`, [id]);
    return row === undefined ? undefined : eventOf(row);
  }

  list(filter: EventFilter = {}, page: PageWish = {}): EventPage {
    const { rows, next } = this.#page(SELECT, filter, page);
    return { events: rows.map(eventOf), next };
  }

  count(filter: EventFilter = {}): number {
    return this.#number('SELECT count(*) FROM events WHERE', conditionOf(filter));
  }

  searchByMask(query: MaskQuery, filter: EventFilter = {}, page: PageWish = {}): FoundPage {
    if (query.mask.length !== MASK_BYTES) throw new StoreError('refused', `A mask has ${MASK_BYTES} bytes.`);
    if (!(query.share > 0 && query.share <= 1)) {
      throw new StoreError('refused', 'The share in common is above 0 and at most 1.');
    }
    const limit = limitOf(page.limit);
    const matching = this.#matching(filter);
    let found = this.readMasks().search(query);
    if (matching !== undefined) found = found.filter(({ seq }) => matching.has(seq));
    const after = page.cursor === undefined ? undefined : placeOf(page.cursor);
    const from = after === undefined ? 0 : found.findIndex((place) => isBefore(place, after));
    const wanted = from < 0 ? [] : found.slice(from, from + limit + 1).map(({ seq }) => seq);
    const rows = this.#all(`${SELECT} WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY start DESC, seq DESC`, [
      JSON.stringify(wanted),
    ]);
    const shown = pageOf(rows, limit);
    return { events: shown.rows.map(eventOf), next: shown.next, total: found.length };
  }

  setFeedback(id: string, feedback: Feedback | undefined): boolean {
    return this.#transaction(() => {
      const row = this.#one(`${SELECT} WHERE id = ?`, [id]);
      if (row === undefined) return false;
      const words = wordsOf({ ...eventOf(row), feedback });
      this.#set(Number(row['seq']), { ...feedbackColumns(feedback), words });
      return true;
    });
  }

  setProtected(id: string, on: boolean): boolean {
    return this.#run('UPDATE events SET protected = ? WHERE id = ?', [on ? 1 : 0, id]).changes > 0;
  }

  putNonEvent({ camera, at, reason }: StoredNonEvent, seq: number | null = null): void {
    this.#run('INSERT INTO non_events (seq, camera, at, reason) VALUES (?, ?, ?, ?)', [
      seq,
      camera,
      Math.round(at),
      reason,
    ]);
  }

  nonEvents(filter: NonEventFilter = {}, limit = MAX_PAGE): readonly StoredNonEvent[] {
    const { sql, values } = nonEventCondition(filter);
    return this.#all(`SELECT camera, at, reason FROM non_events WHERE ${sql} ORDER BY at DESC, seq DESC LIMIT ?`, [
      ...values,
      limitOf(limit),
    ]).map((row) => ({ camera: String(row['camera']), at: Number(row['at']), reason: row['reason'] as Reason }));
  }

  countNonEvents(filter: NonEventFilter = {}): Readonly<Partial<Record<Reason, number>>> {
    const { sql, values } = nonEventCondition(filter);
    const rows = this.#all(`SELECT reason, count(*) AS n FROM non_events WHERE ${sql} GROUP BY reason`, values);
    return Object.fromEntries(rows.map((row) => [String(row['reason']), Number(row['n'])]));
  }

  usage(): Usage {
    const sums = this.#one(
      `SELECT count(*) AS events, ifnull(sum(clip_bytes), 0) AS clips, ifnull(sum(picture_bytes), 0) AS pictures,
       ifnull(sum((clip_bytes + picture_bytes) * protected), 0) AS kept FROM events`,
      [],
    );
    const pages = this.#pragma('page_count') - this.#pragma('freelist_count');
    return {
      events: Number(sums?.['events']),
      nonEvents: this.#number('SELECT count(*) FROM non_events WHERE', { sql: '1', values: [] }),
      bytes: {
        clips: Number(sums?.['clips']),
        pictures: Number(sums?.['pictures']),
        records: pages * this.#pragma('page_size'),
      },
      protectedBytes: Number(sums?.['kept']),
    };
  }

  oldest(tier: Tier, limit: number): readonly Holding[] {
    const bytes = { clips: 'clip_bytes', pictures: 'picture_bytes', records: 'length(tracks) + 800' }[tier];
    return this.#all(
      `${HOLDING}, ${bytes} AS bytes FROM events
       WHERE protected = 0 AND state <> 'ongoing' AND ${tier === 'records' ? '1' : `${bytes} > 0`}
       ORDER BY start LIMIT ?`,
      [limitOf(limit)],
    ).map(holdingOf);
  }

  remove(ids: readonly string[]): readonly string[] {
    const removed = this.#transaction(() => {
      const removed: string[] = [];
      for (const id of ids) {
        const row = this.#one('DELETE FROM events WHERE id = ? AND protected = 0 RETURNING seq', [id]);
        if (row === undefined) continue;
        this.#masks?.delete(Number(row['seq']));
        removed.push(id);
      }
      return removed;
    });
    // Gives the disk back what was freed, a little at a time.
    this.#db.exec('PRAGMA incremental_vacuum(64)');
    return removed;
  }

  removeNonEvents(before: number, most: number): number {
    const { changes } = this.#run(
      `DELETE FROM non_events WHERE at < ?
       OR seq <= (SELECT seq FROM non_events ORDER BY seq DESC LIMIT 1 OFFSET ?)`,
      [before, most],
    );
    return Number(changes);
  }

  days(): readonly number[] {
    return this.#all(`SELECT DISTINCT start / ${DAY} AS day FROM events ORDER BY day`, []).map((row) =>
      Number(row['day']),
    );
  }

  holdings(from: number, until: number, page: PageWish = {}): HoldingPage {
    const select = `${HOLDING}, clip_bytes + picture_bytes AS bytes FROM events`;
    const { rows, next } = this.#page(select, { from, until }, page);
    return { holdings: rows.map(holdingOf), next };
  }

  check(): readonly string[] {
    const problems = this.#all('PRAGMA integrity_check(20)', [])
      .flatMap((row) => String(row['integrity_check']).split('\n'))
      .filter((line) => !line.startsWith('***'));
    const broken = this.#all('PRAGMA foreign_key_check', []).length;
    return [
      ...problems.filter((problem) => problem !== 'ok'),
      ...(broken > 0 ? [`${broken} rows refer to rows that are not there`] : []),
    ];
  }

  /** Events that were going on when the hub stopped. Returns how many. */
  interrupt(): number {
    return Number(this.#run(`UPDATE events SET state = 'interrupted' WHERE state = 'ongoing'`, []).changes);
  }

  /** Reads all masks into memory, unless they are there: 100,000 in 0.2 s. */
  readMasks(): MaskIndex {
    if (this.#masks !== undefined) return this.#masks;
    const masks = new MaskIndex();
    for (const row of this.#statement('SELECT seq, start, mask FROM events ORDER BY seq').iterate()) {
      masks.set({ seq: Number(row['seq']), start: Number(row['start']) }, row['mask'] as EventMask);
    }
    return (this.#masks = masks);
  }

  /** Newest first. */
  #page(select: string, filter: EventFilter, page: PageWish): Page {
    const limit = limitOf(page.limit);
    const { sql, values } = conditionOf(filter);
    const after = page.cursor === undefined ? undefined : placeOf(page.cursor);
    const rows = this.#all(
      `${select} WHERE ${sql} ${after === undefined ? '' : 'AND (start, seq) < (?, ?)'}
       ORDER BY start DESC, seq DESC LIMIT ?`,
      [...values, ...(after === undefined ? [] : [after.start, after.seq]), limit + 1],
    );
    return pageOf(rows, limit);
  }

  #matching(filter: EventFilter): ReadonlySet<number> | undefined {
    const { sql, values } = conditionOf(filter);
    if (sql === '1') return undefined;
    // One long row instead of many short ones: 15 ms instead of 60 for 40,000.
    const row = this.#one(`SELECT json_group_array(seq) AS seqs FROM events WHERE ${sql}`, values);
    return new Set(JSON.parse(String(row?.['seqs'])) as number[]);
  }

  #setZones(seq: number, zones: readonly string[]): void {
    this.#run('DELETE FROM event_zones WHERE event = ?', [seq]);
    for (const zone of new Set(zones)) this.#run('INSERT INTO event_zones (zone, event) VALUES (?, ?)', [zone, seq]);
  }

  #set(seq: number, columns: Record<string, Value>): void {
    const names = Object.keys(columns).map((name) => `${name} = ?`);
    this.#run(`UPDATE events SET ${names.join(', ')} WHERE seq = ?`, [...Object.values(columns), seq]);
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      // What was added to the index may not be in the database now: it is read again when it is next needed.
      this.#masks = undefined;
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (this.#statements.size >= 100) this.#statements.clear();
      this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    }
    return statement;
  }

  #run(sql: string, values: readonly Value[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    return this.#statement(sql).run(...values);
  }

  #one(sql: string, values: readonly Value[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  #all(sql: string, values: readonly Value[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  #number(select: string, { sql, values }: Condition): number {
    return Number(Object.values(this.#one(`${select} ${sql}`, values) ?? {})[0]);
  }

  #pragma(name: string): number {
    return Number(Object.values(this.#one(`PRAGMA ${name}`, []) ?? {})[0]);
  }
}

/** Newest first: what comes later in a list is before it in time. */
const isBefore = (place: Place, after: Place): boolean =>
  place.start < after.start || (place.start === after.start && place.seq < after.seq);

interface Page {
  readonly rows: readonly Row[];
  readonly next: string | undefined;
}

/** One row more than wanted says that there is a further page. */
function pageOf(rows: readonly Row[], limit: number): Page {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next =
    rows.length > limit && last !== undefined
      ? cursorOf({ start: Number(last['start']), seq: Number(last['seq']) })
      : undefined;
  return { rows: shown, next };
}
