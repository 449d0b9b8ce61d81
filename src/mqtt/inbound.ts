import * as z from 'zod';
import type { Report } from '../camera/reports/reports.js';
import { isWord, plain, refuse, type Refused, type Told, toldOf, whereIn, WORDS } from '../camera/reports/told.js';

/** Bytes; Frigate's largest messages have less than a tenth of this. */
export const LONGEST = 128 * 1024;

/**
 * What stands in a message to `…/trigger`: a word such as `motion` or `ring`, `ON` or `OFF` for motion, or JSON.
 *
 * @param now milliseconds since the epoch
 */
export function triggerOf(payload: Buffer, now: number): Told | Refused {
  const text = textOf(payload);
  if (text === undefined) return refuse('it is no text, or too long');
  const word = text.trim().toLowerCase();
  if (isWord(word)) return { report: plain(word), of: word, ends: false, id: undefined };
  if (word === 'on' || word === 'off')
    return { report: plain('motion', word === 'off'), of: 'motion', ends: true, id: undefined };
  const json = jsonOf(text);
  if (json === undefined) return refuse(`it is neither JSON nor one of ${WORDS.join(', ')}, ON and OFF`);
  return toldOf(json, now);
}

/** How a topic of somebody else is understood. */
export interface Mapping {
  readonly path?: string | undefined;
  readonly on: string;
  readonly off: string;
  readonly says: Report['says'];
}

/** Undefined for a value that says nothing of the camera: buttons and sensors tell of their batteries, too. */
export function mappedOf(payload: Buffer, { path, on, off, says }: Mapping): Told | Refused | undefined {
  const text = textOf(payload);
  if (text === undefined) return refuse('it is no text, or too long');
  const json = path === undefined ? text : jsonOf(text);
  if (json === undefined) return refuse('it is no JSON');
  const value = path === undefined ? text : valueAt(json, path);
  if (value === undefined || value === null || typeof value === 'object') return undefined;
  const found = `${value as string | number | boolean}`.trim().toLowerCase();
  const of = `${path ?? ''} ${says}`;
  if (found === on.toLowerCase()) return { report: plain(says), of, ends: says !== 'ring', id: undefined };
  return found === off.toLowerCase() ? { report: plain(says, true), of, ends: true, id: undefined } : undefined;
}

/** `on`/`off` of a switch. */
export function switchOf(payload: Buffer): boolean | Refused {
  const word = textOf(payload)?.trim().toLowerCase();
  if (word === 'on' || word === 'true' || word === '1') return true;
  if (word === 'off' || word === 'false' || word === '0') return false;
  return refuse('it is neither ON nor OFF');
}

/** The name of a preset, as the settings have it; upper and lower case are the same. */
export function presetOf(payload: Buffer, presets: readonly string[]): string | Refused {
  const name = textOf(payload)?.trim().toLowerCase();
  const preset = presets.find((each) => each.trim().toLowerCase() === name);
  return preset ?? refuse('the settings have no such preset. See "onvif.presets"', 'unauthorised');
}

const feedbackSchema = z.strictObject({
  event: z.string().regex(/^[0-9a-z]{15}$/),
  verdict: z.enum(['right', 'wrong']),
  /** What it was instead. */
  category: z.enum(['motion', 'person', 'vehicle', 'animal', 'package', 'known']).exactOptional(),
  note: z.string().max(500).exactOptional(),
});
export type FeedbackTold = z.output<typeof feedbackSchema>;

export function feedbackOf(payload: Buffer): FeedbackTold | Refused {
  const text = textOf(payload);
  const { data, error } = feedbackSchema.safeParse(text === undefined ? undefined : jsonOf(text));
  return data ?? refuse(`${whereIn(error)} is not what it has to be`);
}

export function textOf(payload: Buffer): string | undefined {
  if (payload.length > LONGEST) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(payload);
  } catch {
    return undefined;
  }
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What JSON has at `after.label` or `actions.0`, of its own. */
export function valueAt(json: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (outer, step) =>
        typeof outer === 'object' && outer !== null && Object.hasOwn(outer, step)
          ? (outer as Record<string, unknown>)[step]
          : undefined,
      json,
    );
}
