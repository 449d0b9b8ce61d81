import * as z from 'zod';
import type { Refusal } from './refusals.js';
import type { Report } from './reports.js';

/** What came in is refused, in words for the admin. */
export interface Refused {
  readonly refused: string;
  readonly kind: Refusal;
}

export const isRefused = (result: object): result is Refused => 'refused' in result;

export const refuse = (refused: string, kind: Refusal = 'malformed'): Refused => ({ refused, kind });

/** What can be said of a camera. */
export const WORDS = ['motion', 'ring', 'person', 'vehicle', 'animal', 'package'] as const;
export type Word = (typeof WORDS)[number];

export const isWord = (word: string): word is Word => (WORDS as readonly string[]).includes(word);

/** What says when it was sent is old after so long, ms, and clocks differ by less. */
const OLD = 30_000;

export const plain = (says: Report['says'], over = false): Report => ({
  ...{ says, over, confidence: undefined, box: undefined, region: undefined },
});

/** A report, and whether its source will say by itself when it is over. */
export interface Told {
  readonly report: Report;
  /** What it is of, beside the way that it came: what is over is over for that alone. */
  readonly of: string;
  readonly ends: boolean;
  /** The source's own name for it; undefined where it gives none. */
  readonly id: string | undefined;
}

const share = z.number().min(0).max(1);

const schema = z.object({
  says: z.enum(WORDS).default('motion'),
  /** Left out: it begins, and nobody says when it ends. */
  state: z.enum(['ON', 'OFF']).exactOptional(),
  confidence: share.exactOptional(),
  /** Left, top, width and height in fractions of the picture. */
  box: z
    .tuple([share, share, share, share])
    .refine(([left, top, width, height]) => left + width <= 1.001 && top + height <= 1.001)
    .exactOptional(),
  region: z.string().min(1).max(64).exactOptional(),
  /** When it happened, milliseconds since the epoch. */
  at: z.number().exactOptional(),
  id: z.string().min(1).max(64).exactOptional(),
});

/** The fields of it, all of which may be left out. */
export const FIELDS = ['state', 'confidence', 'box', 'region', 'at', 'id'] as const;

/**
 * What somebody says of a camera, field by field.
 *
 * @param now milliseconds since the epoch
 */
export function toldOf(said: unknown, now: number): Told | Refused {
  const { data, error } = schema.safeParse(said);
  if (data === undefined) return refuse(`${whereIn(error)} is not what it has to be`);
  if (data.at !== undefined && Math.abs(now - data.at) > OLD)
    return refuse('it is old, or from a clock that is wrong', 'replayed');
  const { says, state, confidence, box, region, id } = data;
  return {
    report: { says, over: state === 'OFF', confidence, box, region },
    of: says,
    ends: state !== undefined,
    id,
  };
}

/** Only names of ours: what was said may be anything. */
export function whereIn(error: z.ZodError | undefined): string {
  const [step] = error?.issues[0]?.path ?? [];
  return step === undefined ? 'its JSON' : `“${String(step)}”`;
}

/** Of more the oldest is forgotten. */
const MOST_IDS = 500;

/** Names of what was heard, so that nothing is heard twice. */
export class HeardIds {
  readonly #ids = new Set<string>();

  /** Whether it was not heard before; from now on it was. */
  isNew(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > MOST_IDS && oldest !== undefined) this.#ids.delete(oldest);
    return true;
  }
}
