import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Part, pathOfPlace, placeOf } from '../../../src/events/media-path.js';
import { openSqliteStore } from '../../../src/events/sqlite/open.js';
import { type EventStore, StoreError } from '../../../src/events/store.js';
import type { Hub } from './hub.js';
import { NODE, PROJECT } from './built-plugin.js';
import { poll } from './until.js';

/** An event as `lookout events --json` has it, but for its times, which are milliseconds since the epoch. */
export interface KeptEvent {
  readonly id: string;
  readonly camera: string;
  readonly start: number;
  readonly end: number;
  readonly state: string;
  readonly category: string;
  readonly source: string;
  /** Left, top, width and height in fractions of the picture. */
  readonly box: readonly [number, number, number, number];
  /** Base64. */
  readonly mask: string;
  readonly tracks: readonly { readonly start: readonly number[]; readonly end: readonly number[] }[];
  readonly zones: readonly string[];
  readonly importance: { readonly total: number; readonly factors: Readonly<Record<string, number>> };
  readonly heldBack?: string;
  readonly media: {
    readonly picture?: { readonly bytes: number; readonly at: number };
    readonly preview: readonly { readonly number: number; readonly bytes: number; readonly at: number }[];
    readonly clip?: { readonly bytes: number; readonly at: number; readonly duration: number };
  };
}

export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What a hub's household types, as a process of its own. */
export function lookout({ storage }: Pick<Hub, 'storage'>, ...args: string[]): Promise<CommandResult> {
  const command = [join(PROJECT, 'dist', 'cli', 'main.js'), ...args, '--storage', storage];
  return new Promise((resolve) => {
    execFile(NODE, command, { maxBuffer: 2 ** 26 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

const ISO = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
const inMilliseconds = (_: string, value: unknown): unknown =>
  typeof value === 'string' && ISO.test(value) ? Date.parse(value) : value;

/** What the command line says before a hub that has just started has made its store: cameras do not wait for that. */
const NOTHING_YET = /There is no folder|There are no events in|events are in an older format/;

/** What is kept, the newest first. */
export async function eventsOf(hub: Pick<Hub, 'storage'>, camera?: string): Promise<KeptEvent[]> {
  const { code, out, err } = await lookout(hub, 'events', '--json');
  if (code !== 0 && NOTHING_YET.test(err)) return [];
  if (code !== 0) throw new Error(err);
  const events = out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line, inMilliseconds) as KeptEvent);
  return events.filter((event) => camera === undefined || event.camera === camera);
}

/** An event of a camera that is over and has all its files, and for which `wanted` holds. */
export function keptEvent(
  hub: Hub,
  camera: string,
  wanted: (event: KeptEvent) => boolean = () => true,
  timeout = 60_000,
): Promise<KeptEvent> {
  const isWhole = ({ state, media }: KeptEvent): boolean =>
    state !== 'ongoing' && media.picture !== undefined && media.clip !== undefined && media.preview.length > 0;
  return poll(
    `an event of ${camera} with its files`,
    async () => (await eventsOf(hub, camera)).find((event) => isWhole(event) && wanted(event)),
    timeout,
    500,
  );
}

/** The store of a running hub, as soon as that has made it. Whoever opens it closes it. */
export const readStore = ({ storage }: Pick<Hub, 'storage'>): Promise<EventStore> =>
  poll(
    'the store of events',
    () =>
      openSqliteStore({ folder: join(storage, 'lookout'), role: 'reader' }).catch((error: unknown) => {
        if (error instanceof StoreError && error.fault === 'absent') return undefined;
        throw error;
      }),
    20_000,
  );

/** Where a file of an event lies. */
export function fileOf({ storage }: Pick<Hub, 'storage'>, event: KeptEvent, part: Part): string {
  const path = pathOfPlace(placeOf(event, part));
  if (path === undefined) throw new Error(`${event.id} has no place for ${part}`);
  return join(storage, 'lookout', 'media', path);
}

export const readOf = (hub: Pick<Hub, 'storage'>, event: KeptEvent, part: Part): Buffer =>
  readFileSync(fileOf(hub, event, part));
