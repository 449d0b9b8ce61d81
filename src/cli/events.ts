import { mediaFolder } from '../events/archive.js';
import type { StoredEvent } from '../events/event.js';
import { isEventId } from '../events/event.js';
import { openSqliteStore } from '../events/sqlite/open.js';
import type { EventFilter, EventPage, EventStore, MaskQuery, PageWish } from '../events/store.js';
import { MAX_PAGE } from '../events/store.js';
import type { Command, Surroundings } from './command.js';
import { numberIn, readArguments, UsageError } from './command.js';
import type { FilterValues } from './event-filter.js';
import { areaOf, FILTER_HELP, FILTER_OPTIONS, filterOf } from './event-filter.js';
import { CSV_HEADINGS, csvLine, description, jsonLine, table, TABLE_HEADINGS, tableRow } from './event-format.js';
import { MARKS, markEvents } from './event-marks.js';
import { findFolder, STORAGE_HELP, STORAGE_OPTION } from './storage.js';

const HELP = `lookout events [OPTIONS]             lists events, the newest first
lookout events show ID [--json]      tells all about one
lookout events rejected [OPTIONS]    counts what was looked at and was no event, by reason
lookout events protect ID…           keeps them until you “unprotect” them
lookout events wrong ID…             says that they were none; “right” that they were, “unjudged” takes it back
                                     (with --category WORD what it was, with --note TEXT what else);
                                     several that were none make the camera ask for more at that time of day

${FILTER_HELP}

How they are printed:
  --json              one JSON object a line, all of them
  --csv               CSV, all of them
  --limit N           at most so many (50 in the table)
  --count             only how many there are
${STORAGE_HELP}`;

const OPTIONS = {
  ...STORAGE_OPTION,
  ...FILTER_OPTIONS,
  json: { type: 'boolean' },
  csv: { type: 'boolean' },
  count: { type: 'boolean' },
  limit: { type: 'string' },
  note: { type: 'string' },
} as const;

interface Values extends FilterValues {
  readonly storage?: string | undefined;
  readonly json?: boolean | undefined;
  readonly csv?: boolean | undefined;
  readonly count?: boolean | undefined;
  readonly limit?: string | undefined;
  readonly note?: string | undefined;
}

export const command: Command = {
  help: HELP,
  async run(args, surroundings) {
    const { values, positionals } = readArguments(args, OPTIONS);
    const [what = 'list', ...operands] = positionals;
    const mark = MARKS.find((word) => word === what);
    if (mark !== undefined) {
      if (operands.length === 0) throw new UsageError(`Which one? lookout events ${mark} ID`);
      const wish = { mark, ids: operands, category: values.category?.[0], note: values.note };
      return markEvents(wish, findFolder(values.storage, surroundings.env), surroundings);
    }
    const work = workOf(what, operands, values, surroundings);
    const folder = findFolder(values.storage, surroundings.env);
    const store = await openSqliteStore({ folder, role: 'reader' });
    try {
      return await work(store, mediaFolder(folder));
    } finally {
      await store.close();
    }
  },
};

type Work = (store: EventStore, mediaFolder: string) => Promise<number>;

/** Everything that was typed is looked at before anything is opened. */
function workOf(what: string, operands: readonly string[], values: Values, surroundings: Surroundings): Work {
  const [id, ...more] = operands;
  switch (what) {
    case 'list':
    case 'rejected':
      if (id !== undefined) throw new UsageError(`“${id}” is one word too many.`);
      return what === 'list' ? listing(values, surroundings) : rejected(values, surroundings);
    case 'show':
      if (id === undefined || more.length > 0) throw new UsageError('Which one? lookout events show ID');
      return (store, media) => show(store, media, id, values.json === true, surroundings);
    default:
      throw new UsageError(`Events can be listed, shown, protected, judged and counted (rejected), but not “${what}”.`);
  }
}

const TABLE_LIMIT = 50;

function listing(values: Values, { print, complain, now, signal }: Surroundings): Work {
  if (values.json === true && values.csv === true) throw new UsageError('--json and --csv exclude each other.');
  const filter = filterOf(values, now());
  const area = areaOf(values);
  const whole = values.json === true || values.csv === true;
  const limit = values.limit === undefined ? undefined : numberIn('--limit', values.limit, 1, 1e9);
  return async (store) => {
    if (values.count === true) {
      await print(String(area === undefined ? await store.count(filter) : (await search(store, area, filter)).total));
      return 0;
    }
    const most = Math.floor(limit ?? (whole ? Infinity : TABLE_LIMIT));
    const events = eventsOf(store, filter, area, most, signal);
    if (whole) {
      if (values.csv === true) await print(CSV_HEADINGS);
      for await (const event of events) await print(values.csv === true ? csvLine(event) : jsonLine(event));
      return 0;
    }
    const rows: string[][] = [];
    for await (const event of events) rows.push(tableRow(event));
    if (rows.length === 0) complain('No events.');
    else for (const line of table(TABLE_HEADINGS, rows)) await print(line);
    if (rows.length === most) complain(`The newest ${most}; --limit N gives more.`);
    return 0;
  };
}

const search = (store: EventStore, area: MaskQuery, filter: EventFilter, page: PageWish = {}) =>
  store.searchByMask(area, filter, page);

async function* eventsOf(
  store: EventStore,
  filter: EventFilter,
  area: MaskQuery | undefined,
  most: number,
  signal: AbortSignal,
): AsyncGenerator<StoredEvent, void> {
  let cursor: string | undefined;
  for (let left = most; left > 0;) {
    signal.throwIfAborted();
    const page: PageWish = { limit: Math.min(left, MAX_PAGE), cursor };
    const { events, next }: EventPage =
      area === undefined ? await store.list(filter, page) : await search(store, area, filter, page);
    yield* events;
    if (next === undefined) return;
    cursor = next;
    left -= events.length;
  }
}

async function show(
  store: EventStore,
  media: string,
  id: string,
  json: boolean,
  { print, complain }: Surroundings,
): Promise<number> {
  const event = isEventId(id) ? await store.get(id) : undefined;
  if (event === undefined) {
    complain(`lookout: There is no event ${JSON.stringify(id)}.`);
    return 1;
  }
  for (const line of json ? [jsonLine(event)] : description(event, media)) await print(line);
  return 0;
}

function rejected(values: Values, { print, complain, now }: Surroundings): Work {
  const { cameras, from, until } = filterOf(values, now());
  return async (store) => {
    const counts = Object.entries(await store.countNonEvents({ cameras, from, until })).sort(([, a], [, b]) => b - a);
    if (values.json === true) await print(JSON.stringify(Object.fromEntries(counts)));
    else if (counts.length === 0) complain('Nothing was rejected.');
    else
      for (const line of table(
        ['COUNT', 'REASON'],
        counts.map(([reason, n]) => [String(n), reason]),
      ))
        await print(line);
    return 0;
  };
}
