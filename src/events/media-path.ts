import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { StoredEvent } from './event.js';
import { isEventId, MAX_PREVIEW_FRAMES } from './event.js';

/** Which of an event's files; a number is that of a preview frame. */
export type Part = 'picture' | 'clip' | number;

/** All that a file's place follows from. */
export type EventKey = Pick<StoredEvent, 'id' | 'camera' | 'start'>;

const DAY = 86_400_000;

/** Days of UTC, so that no place changes with the hub's time zone. */
export const dayOf = (time: number): number => Math.floor(time / DAY);

/** For example `2026-03-01`. */
export const dayName = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);

/** The day of a folder's name; undefined where it is not one of ours. */
export function dayOfName(name: string): number | undefined {
  const day = /^\d{4}-\d\d-\d\d$/.test(name) ? Date.parse(`${name}T00:00:00Z`) / DAY : Number.NaN;
  return Number.isInteger(day) && dayName(day) === name ? day : undefined;
}

const PLAIN = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;

export const isCameraFolder = (name: string): boolean => PLAIN.test(name) || /^~[0-9a-f]{16}$/.test(name);

/** A camera's folder: its id where that is a plain name, else `~` and 16 digits of its SHA-256. Never leaves its folder. */
export const cameraFolder = (camera: string): string =>
  isCameraFolder(camera) ? camera : `~${createHash('sha256').update(camera).digest('hex').slice(0, 16)}`;

/** For example `0mmplt1c012ab3c.jpg`, and `….2.jpg` for the second preview frame. */
export function fileName(id: string, part: Part): string {
  if (part === 'picture') return `${id}.jpg`;
  if (part === 'clip') return `${id}.mp4`;
  return `${id}.${part}.jpg`;
}

/** What a file's name says; undefined where it is not one of ours. */
export function partOfName(name: string): { readonly id: string; readonly part: Part } | undefined {
  const [, id = '', number, extension] = /^([0-9a-z]+)(?:\.([1-9]\d?))?\.(jpg|mp4)$/.exec(name) ?? [];
  if (!isEventId(id)) return undefined;
  if (extension === 'mp4') return number === undefined ? { id, part: 'clip' } : undefined;
  if (number === undefined) return { id, part: 'picture' };
  return Number(number) <= MAX_PREVIEW_FRAMES ? { id, part: Number(number) } : undefined;
}

/** Ends the name of a file that is still being written. */
export const UNFINISHED = '.part';

/** Where a file lies below the media folder. */
export interface Place {
  /** A {@link cameraFolder}. */
  readonly folder: string;
  readonly day: number;
  readonly id: string;
  readonly part: Part;
  /** It was not written to its end. */
  readonly unfinished: boolean;
}

export const placeOf = ({ id, camera, start }: EventKey, part: Part): Place => ({
  folder: cameraFolder(camera),
  day: dayOf(start),
  id,
  part,
  unfinished: false,
});

/** Undefined where no file of ours can lie there. */
export function pathOfPlace({ folder, day, id, part, unfinished }: Place): string | undefined {
  const isPart = typeof part === 'string' || (Number.isInteger(part) && part >= 1 && part <= MAX_PREVIEW_FRAMES);
  if (!isCameraFolder(folder) || !isEventId(id) || !isPart) return undefined;
  return join(folder, dayName(day), fileName(id, part) + (unfinished ? UNFINISHED : ''));
}
