import type { Box, EventMask, Track } from '../../detection/types.js';
import { MASK_BYTES } from '../../detection/mask.js';
import type {
  Category,
  Clip,
  EventMedia,
  EventSource,
  Feedback,
  Picture,
  PreviewFrame,
  StoredEvent,
} from '../event.js';
import type { Holding } from '../store.js';
import { CATEGORIES, MAX_PREVIEW_FRAMES, SOURCES, STATES } from '../event.js';

/** What node:sqlite takes and gives. */
export type Value = null | number | bigint | string | NodeJS.ArrayBufferView;
export type Row = Readonly<Record<string, unknown>>;

/** Columns of the table `events` by name, but for `words` and `continues`. */
export function columnsOf(event: Partial<StoredEvent>): Record<string, Value> {
  const columns: Record<string, Value> = {};
  const set = <T>(value: T | undefined, names: (value: T) => Record<string, Value>): void => {
    if (value !== undefined) Object.assign(columns, names(value));
  };
  const nullable = (key: 'label' | 'heldBack', name: string): void => {
    if (key in event) columns[name] = event[key] ?? null;
  };
  set(event.id, (id) => ({ id }));
  set(event.camera, (camera) => ({ camera }));
  set(event.start, (start) => ({ start: Math.round(start) }));
  set(event.detectedAt, (at) => ({ detected_at: Math.round(at) }));
  set(event.end, (end) => ({ end: Math.round(end) }));
  set(event.state, (state) => ({ state }));
  set(event.category, (category) => ({ category }));
  nullable('label', 'label');
  set(event.confidence, (confidence) => ({ confidence }));
  set(event.box, (box) => ({ box: JSON.stringify(box.map(rounded)) }));
  set(event.mask, (mask) => ({ mask }));
  set(event.tracks, (tracks) => ({ tracks: JSON.stringify(tracks, compact) }));
  set(event.zones, (zones) => ({ zones: JSON.stringify(zones) }));
  set(event.importance, ({ total, factors }) => ({ importance: total, factors: JSON.stringify(factors, compact) }));
  nullable('heldBack', 'held_back');
  set(event.source, (source) => ({ source }));
  set(event.agreement, (agreement) => ({ agreement: JSON.stringify(agreement) }));
  set(event.rings, (rings) => ({ rings: rings.length === 0 ? null : JSON.stringify(rings.map(Math.round)) }));
  if ('feedback' in event) Object.assign(columns, feedbackColumns(event.feedback));
  set(event.protected, (on) => ({ protected: on ? 1 : 0 }));
  set(event.media, mediaColumns);
  return columns;
}

export const feedbackColumns = (feedback: Feedback | undefined): Record<string, Value> => ({
  verdict: feedback?.verdict ?? null,
  feedback: feedback === undefined ? null : JSON.stringify(feedback),
});

function mediaColumns({ picture, preview, clip }: EventMedia): Record<string, Value> {
  const previewBytes = preview.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    picture: picture === undefined ? null : JSON.stringify(picture),
    preview: preview.length === 0 ? null : JSON.stringify(preview),
    picture_bytes: (picture?.bytes ?? 0) + previewBytes,
    clip: clip === undefined ? null : JSON.stringify(clip),
    clip_bytes: clip?.bytes ?? 0,
  };
}

/** A ten-thousandth of a picture, of a second and of a point is fine enough; it halves what tracks take. */
const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
const compact = (_: string, value: unknown): unknown => (typeof value === 'number' ? rounded(value) : value);

/** What text search looks at. */
export const wordsOf = (event: Pick<StoredEvent, 'camera' | 'category' | 'label' | 'zones' | 'feedback'>): string =>
  folded([event.camera, event.category, event.label, ...event.zones, event.feedback?.note].filter(Boolean).join('\n'));

export const folded = (text: string): string => text.normalize('NFKC').toLowerCase();

/** A row of `events`, with the id of its `predecessor` beside it. Whatever stands in the row, this is an event. */
export function eventOf(row: Row): StoredEvent {
  const start = number(row['start']);
  return {
    id: string(row['id']),
    camera: string(row['camera']),
    start,
    detectedAt: number(row['detected_at'], start),
    end: number(row['end'], start),
    state: oneOf(STATES, row['state']) ?? 'interrupted',
    category: oneOf(CATEGORIES, row['category']) ?? 'motion',
    label: optionalString(row['label']),
    confidence: number(row['confidence']),
    box: boxOf(parsed(row['box'])),
    mask: maskOf(row['mask']),
    tracks: list(parsed(row['tracks'])).map(trackOf),
    zones: list(parsed(row['zones'])).map((zone) => string(zone)),
    importance: { total: number(row['importance']), factors: factorsOf(parsed(row['factors'])) },
    heldBack: optionalString(row['held_back']) as StoredEvent['heldBack'],
    source: oneOf(SOURCES, row['source']) ?? 'hub',
    agreement: list(parsed(row['agreement'])).flatMap((source): EventSource[] => {
      const known = oneOf(SOURCES, source);
      return known === undefined ? [] : [known];
    }),
    rings: list(parsed(row['rings'])).filter((at) => typeof at === 'number'),
    feedback: feedbackOf(parsed(row['feedback'])),
    protected: row['protected'] !== 0,
    continues: optionalString(row['predecessor']),
    media: mediaOf(row),
  };
}

/** A few columns of a row of `events`, with the `bytes` that were asked for. */
export const holdingOf = (row: Row): Holding => ({
  id: string(row['id']),
  camera: string(row['camera']),
  start: number(row['start']),
  end: number(row['end']),
  state: oneOf(STATES, row['state']) ?? 'interrupted',
  media: mediaOf(row),
  bytes: number(row['bytes']),
});

/** The columns `picture`, `preview` and `clip`. */
function mediaOf(row: Row): EventMedia {
  return {
    picture: pictureOf(parsed(row['picture'])),
    preview: list(parsed(row['preview'])).flatMap(frameOf),
    clip: clipOf(parsed(row['clip'])),
  };
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

const number = (value: unknown, otherwise = 0): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
const string = (value: unknown): string => (typeof value === 'string' ? value : '');
const optionalString = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const record = (value: unknown): Row | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : undefined;
const oneOf = <T extends string>(values: readonly T[], value: unknown): T | undefined =>
  values.find((candidate) => candidate === value);

function boxOf(value: unknown): Box {
  const [x, y, width, height] = list(value);
  return [number(x), number(y), number(width), number(height)];
}

function maskOf(value: unknown): EventMask {
  return value instanceof Uint8Array && value.length === MASK_BYTES ? value : new Uint8Array(MASK_BYTES);
}

function trackOf(value: unknown): Track {
  const track = record(value) ?? {};
  const [startX, startY] = list(track['start']);
  const [endX, endY] = list(track['end']);
  return {
    id: number(track['id']),
    from: number(track['from']),
    to: number(track['to']),
    start: [number(startX), number(startY)],
    end: [number(endX), number(endY)],
    size: number(track['size']),
    speed: number(track['speed']),
    duration: number(track['duration']),
  };
}

const factorsOf = (value: unknown): Record<string, number> =>
  Object.fromEntries(Object.entries(record(value) ?? {}).map(([name, points]) => [name, number(points)]));

function feedbackOf(value: unknown): Feedback | undefined {
  const feedback = record(value);
  if (feedback === undefined) return undefined;
  return {
    verdict: feedback['verdict'] === 'right' ? 'right' : 'wrong',
    category: oneOf<Category>(CATEGORIES, feedback['category']),
    note: optionalString(feedback['note']),
    at: number(feedback['at']),
  };
}

function pictureOf(value: unknown): Picture | undefined {
  const picture = record(value);
  return picture === undefined ? undefined : { bytes: number(picture['bytes']), at: number(picture['at']) };
}

function frameOf(value: unknown): PreviewFrame[] {
  const picture = pictureOf(value);
  const index = number(record(value)?.['number']);
  if (picture === undefined || !Number.isInteger(index) || index < 1 || index > MAX_PREVIEW_FRAMES) return [];
  return [{ number: index, ...picture }];
}

function clipOf(value: unknown): Clip | undefined {
  const picture = pictureOf(value);
  return picture === undefined ? undefined : { ...picture, duration: number(record(value)?.['duration']) };
}
