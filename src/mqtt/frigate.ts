import * as z from 'zod';
import type { Report } from '../camera/reports/reports.js';
import { plain, refuse, type Refused, type Told } from '../camera/reports/told.js';
import { jsonOf, textOf } from './inbound.js';

/** What we call what Frigate's models know. */
const CATEGORY: Readonly<Record<string, Report['says']>> = {
  person: 'person',
  ...of('vehicle', 'car', 'truck', 'bus', 'motorcycle', 'bicycle', 'boat', 'train', 'airplane', 'school_bus'),
  ...of(
    'animal',
    'dog',
    'cat',
    'bird',
    'horse',
    'cow',
    'sheep',
    'bear',
    'deer',
    'rabbit',
    'squirrel',
    'fox',
    'raccoon',
  ),
  ...of('package', 'package', 'amazon', 'ups', 'fedex', 'dhl', 'usps'),
};

function of(category: Report['says'], ...labels: string[]): Record<string, Report['says']> {
  return Object.fromEntries(labels.map((label) => [label, category]));
}

export const frigateFilters = (root: string, camera: string): string[] => [`${root}/events`, `${root}/${camera}/+`];

const name = z.string().max(200);

const eventsSchema = z.object({
  type: z.enum(['new', 'update', 'end']),
  after: z.object({
    id: name,
    camera: name,
    label: name,
    top_score: z.number().min(0).max(1).nullish(),
    false_positive: z.boolean().nullish(),
    stationary: z.boolean().nullish(),
    current_zones: z.array(name).max(64).nullish(),
  }),
});

export interface FrigateEvent extends Told {
  /** As Frigate calls it. */
  readonly camera: string;
}

/**
 * A message to `frigate/events`; undefined for one that says nothing new: what is parked there, or was none. Frigate's
 * boxes are pixels of a picture whose size it does not tell.
 */
export function frigateEventOf(payload: Buffer): FrigateEvent | Refused | undefined {
  const text = textOf(payload);
  const { data } = eventsSchema.safeParse(text === undefined ? undefined : jsonOf(text));
  if (data === undefined) return refuse('it is no event of Frigate’s');
  const { id, camera, label, top_score, false_positive, stationary, current_zones } = data.after;
  const over = data.type === 'end';
  if (false_positive === true || (stationary === true && !over)) return undefined;
  const says = Object.hasOwn(CATEGORY, label) ? CATEGORY[label] : undefined;
  return {
    camera,
    report: { ...plain(says ?? 'motion', over), confidence: top_score ?? undefined, region: current_zones?.[0] },
    of: id,
    ends: true,
    // A track has many messages of one name.
    id: undefined,
  };
}

/**
 * A message to `frigate/<camera>/<object>`, how many of them there are, or to `frigate/<camera>/motion`; undefined for
 * any other.
 */
export function frigateCountOf(object: string, payload: Buffer): Told | Refused | undefined {
  const says = object === 'motion' ? 'motion' : Object.hasOwn(CATEGORY, object) ? CATEGORY[object] : undefined;
  if (says === undefined) return undefined;
  const word = textOf(payload)?.trim() ?? '';
  const on = object === 'motion' ? onOf(word) : /^\d{1,4}$/.test(word) ? word !== '0' : undefined;
  if (on === undefined) return refuse(object === 'motion' ? 'it is neither ON nor OFF' : 'it is no number');
  return { report: plain(says, !on), of: object, ends: true, id: undefined };
}

const onOf = (word: string): boolean | undefined => (word === 'ON' ? true : word === 'OFF' ? false : undefined);
