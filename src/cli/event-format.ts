import { join } from 'node:path';
import { hasCell } from '../detection/mask.js';
import { COLUMNS, ROWS } from '../detection/mask.js';
import type { StoredEvent } from '../events/event.js';
import { pathOfPlace, placeOf } from '../events/media-path.js';
import { isoTime, localClock, localTime } from './time.js';

/** Names come from outside: they must not steer the terminal. */
export const plain = (text: string): string => text.replace(/\p{C}/gu, '?');

const seconds = (from: number, to: number): string => `${((to - from) / 1000).toFixed(1)} s`;

const mebibytes = (bytes: number): string =>
  bytes < 2 ** 20 ? `${(bytes / 1024).toFixed(0)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;

const named = ({ category, label }: StoredEvent): string => (label === undefined ? category : `${category} (${label})`);

/** Rows under headings, each column as wide as it has to be. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [headings, ...rows].map((row) => row.map(plain));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

export const TABLE_HEADINGS = ['START', 'CAMERA', 'CATEGORY', 'LASTS', 'IMP', 'ZONES', 'NOTE', 'ID'];

export function tableRow(event: StoredEvent): string[] {
  const { start, end, camera, importance, zones, heldBack, state, id } = event;
  const notes = [
    state === 'ended' ? undefined : state,
    event.rings.length === 0 ? undefined : `rang ${event.rings.map(localClock).join(', ')}`,
    heldBack === undefined ? undefined : `held back: ${heldBack}`,
    event.protected ? 'protected' : undefined,
    event.feedback?.verdict,
  ];
  return [
    localTime(start),
    camera,
    named(event),
    seconds(start, end),
    importance.total.toFixed(0),
    zones.join(', '),
    notes.filter((note) => note !== undefined).join('; '),
    id,
  ];
}

const timed = <T extends { readonly at: number }>(what: T | undefined) => what && { ...what, at: isoTime(what.at) };

/** One line of JSON: the event as it is stored, times in ISO 8601, the mask in base64. */
export const jsonLine = (event: StoredEvent): string =>
  JSON.stringify({
    ...event,
    start: isoTime(event.start),
    detectedAt: isoTime(event.detectedAt),
    end: isoTime(event.end),
    rings: event.rings.map(isoTime),
    tracks: event.tracks.map((track) => ({ ...track, from: isoTime(track.from), to: isoTime(track.to) })),
    mask: Buffer.from(event.mask).toString('base64'),
    media: {
      picture: timed(event.media.picture),
      preview: event.media.preview.map(timed),
      clip: timed(event.media.clip),
    },
    feedback: timed(event.feedback),
  });

export const CSV_HEADINGS =
  'id,camera,start,detectedAt,end,state,category,label,confidence,importance,zones,heldBack,source,agreement,verdict,' +
  'note,protected,continues,x,y,width,height,tracks,pictureBytes,clipBytes,rings';

/** One record of CSV (RFC 4180). */
export function csvLine(event: StoredEvent): string {
  const { media, feedback } = event;
  const cells: readonly (string | number | boolean | undefined)[] = [
    ...[event.id, event.camera, isoTime(event.start), isoTime(event.detectedAt), isoTime(event.end), event.state],
    ...[event.category, event.label, event.confidence, event.importance.total, event.zones.join('; '), event.heldBack],
    ...[event.source, event.agreement.join('; '), feedback?.verdict, feedback?.note, event.protected, event.continues],
    ...event.box,
    ...[event.tracks.length, media.picture?.bytes, media.clip?.bytes],
    event.rings.map(isoTime).join('; '),
  ];
  return cells.map(csvCell).join(',');
}

/** A spreadsheet takes a text that begins with one of these for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

function csvCell(value: string | number | boolean | undefined): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** All that is known of an event, for a person. */
export function description(event: StoredEvent, mediaFolder: string): string[] {
  const { start, end, importance, media, feedback } = event;
  const factors = Object.entries(importance.factors)
    .sort(([, a], [, b]) => b - a)
    .map(([name, points]) => `${name} ${points.toFixed(0)}`);
  const file = (part: Parameters<typeof placeOf>[1], bytes: number): string =>
    `${join(mediaFolder, pathOfPlace(placeOf(event, part)) ?? '')} (${mebibytes(bytes)})`;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Event', event.id],
    ['Camera', event.camera],
    ['Start', `${localTime(start)}, certain after ${seconds(start, event.detectedAt)}`],
    ['End', `${localTime(end)}, after ${seconds(start, end)}${event.state === 'ended' ? '' : ` (${event.state})`}`],
    ['Rang', event.rings.map(localTime).join(', ') || undefined],
    ['Category', `${named(event)}, confidence ${event.confidence.toFixed(2)}`],
    ['Zones', event.zones.join(', ') || 'none'],
    ['Importance', `${importance.total.toFixed(0)} of 100: ${factors.join(', ')}`],
    ['Alert', event.heldBack === undefined ? 'yes' : `held back: ${event.heldBack}`],
    ['Source', [event.source, ...event.agreement.map((source) => `${source} agrees`)].join(', ')],
    ['Continues', event.continues],
    ['Feedback', feedback && [feedback.verdict, feedback.category, feedback.note].filter(Boolean).join(', ')],
    ['Protected', event.protected ? 'yes' : undefined],
    ['Picture', media.picture && file('picture', media.picture.bytes)],
    ['Preview', media.preview.length === 0 ? undefined : `${media.preview.length} frames`],
    ['Clip', media.clip && `${file('clip', media.clip.bytes)}, ${seconds(0, media.clip.duration)}`],
    ...event.tracks.map((track): [string, string] => [
      `Track ${track.id}`,
      `${pair(track.start)} to ${pair(track.end)} in ${track.duration.toFixed(1)} s, ` +
        `${(track.size * 100).toFixed(1)} % of the picture, ${track.speed.toFixed(2)} widths/s`,
    ]),
  ];
  return [
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(11)} ${plain(value)}`])),
    '',
    ...drawing(event),
  ];
}

const pair = ([x, y]: readonly [number, number]): string => `(${x.toFixed(2)}, ${y.toFixed(2)})`;

/** The mask, two rows of cells in a line of text. */
function drawing({ mask }: StoredEvent): string[] {
  return Array.from({ length: ROWS / 2 }, (_, line) =>
    Array.from({ length: COLUMNS }, (__, x) => {
      const cell = line * 2 * COLUMNS + x;
      const [upper, lower] = [hasCell(mask, cell), hasCell(mask, cell + COLUMNS)];
      return upper ? (lower ? '█' : '▀') : lower ? '▄' : '·';
    }).join(''),
  );
}
