import type { EventFilter, NonEventFilter, PageWish } from '../store.js';
import { DEFAULT_PAGE, MAX_PAGE, StoreError } from '../store.js';
import type { Value } from './rows.js';
import { folded } from './rows.js';

/** A condition over a table, and what its question marks stand for. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly Value[];
}

const ALL: Condition = { sql: '1', values: [] };

const both = (conditions: readonly Condition[]): Condition =>
  conditions.length === 0
    ? ALL
    : { sql: conditions.map(({ sql }) => sql).join(' AND '), values: conditions.flatMap(({ values }) => values) };

const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');

/** More alternatives than this are no filter that anybody meant. */
const MAX_VALUES = 200;

function among(column: string, values: readonly string[] | undefined): Condition[] {
  if (values === undefined) return [];
  if (values.length > MAX_VALUES) throw new StoreError('refused', `A filter takes up to ${MAX_VALUES} values.`);
  return [values.length === 0 ? { sql: '0', values: [] } : { sql: `${column} IN (${marks(values)})`, values }];
}

const compared = (sql: string, value: number | undefined): Condition[] =>
  value === undefined ? [] : [{ sql, values: [value] }];

const flag = (value: boolean | undefined, on: string, off: string): Condition[] =>
  value === undefined ? [] : [{ sql: value ? on : off, values: [] }];

function words(text: string | undefined): Condition[] {
  return folded(text ?? '')
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, MAX_VALUES)
    .map((word) => ({
      sql: String.raw`words LIKE ? ESCAPE '\'`,
      values: [`%${word.replace(/[\\%_]/g, String.raw`\$&`)}%`],
    }));
}

/** Over the table `events`. */
export function conditionOf(filter: EventFilter): Condition {
  const zones = among('zone', filter.zones).map(({ sql, values }) => ({
    sql: `EXISTS (SELECT 1 FROM event_zones WHERE event = events.seq AND ${sql})`,
    values,
  }));
  return both([
    ...among('camera', filter.cameras),
    ...compared('start >= ?', filter.from),
    ...compared('start < ?', filter.until),
    ...among('category', filter.categories),
    ...among('source', filter.sources),
    ...compared('importance >= ?', filter.importance),
    ...flag(filter.heldBack, 'held_back IS NOT NULL', 'held_back IS NULL'),
    ...flag(filter.protected, 'protected = 1', 'protected = 0'),
    ...flag(filter.rang, 'rings IS NOT NULL', 'rings IS NULL'),
    ...(filter.feedback === undefined ? [] : [{ sql: 'verdict = ?', values: [filter.feedback] }]),
    ...zones,
    ...words(filter.text),
  ]);
}

/** Over the table `non_events`. */
export function nonEventCondition(filter: NonEventFilter): Condition {
  return both([
    ...among('camera', filter.cameras),
    ...compared('at >= ?', filter.from),
    ...compared('at < ?', filter.until),
  ]);
}

/** Where a page ended: events are listed by start, then by the order in which they were put. */
export interface Place {
  readonly start: number;
  readonly seq: number;
}

export const cursorOf = ({ start, seq }: Place): string => `${start.toString(36)}.${seq.toString(36)}`;

/** @throws {StoreError} `refused`, where the cursor is none of ours. */
export function placeOf(cursor: string): Place {
  const [start = '', seq = ''] = /^(-?[0-9a-z]{1,11})\.([0-9a-z]{1,11})$/.exec(cursor)?.slice(1) ?? [];
  const place = { start: Number.parseInt(start, 36), seq: Number.parseInt(seq, 36) };
  if (!Number.isSafeInteger(place.start) || !Number.isSafeInteger(place.seq)) {
    throw new StoreError('refused', 'The page’s cursor is not one that a list gave.');
  }
  return place;
}

export function limitOf(limit: PageWish['limit']): number {
  if (limit === undefined) return DEFAULT_PAGE;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new StoreError('refused', `A page holds 1 to ${MAX_PAGE}, not ${limit}.`);
  }
  return limit;
}
