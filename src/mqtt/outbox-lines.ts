import * as z from 'zod';

/** What waits for the broker. */
export interface Letter {
  /** Counts up by one, for as long as there is this outbox. */
  readonly number: number;
  readonly topic: string;
  readonly payload: string;
}

/** One line of the outbox's file. */
export type Entry =
  | { readonly kind: 'letter'; readonly letter: Letter }
  /** All up to this number are. */
  | { readonly kind: 'delivered'; readonly number: number };

const number = z.int().min(0);
const schema = z.union([
  z.strictObject({ n: number, t: z.string().min(1), p: z.string() }),
  z.strictObject({ d: number }),
]);

export const lineOf = (entry: Entry): string =>
  `${JSON.stringify(
    entry.kind === 'delivered'
      ? { d: entry.number }
      : { n: entry.letter.number, t: entry.letter.topic, p: entry.letter.payload },
  )}\n`;

/** Undefined for a line that was cut off, or that somebody else wrote. */
export function entryOf(line: string): Entry | undefined {
  const { data } = schema.safeParse(jsonOf(line));
  if (data === undefined) return undefined;
  if ('d' in data) return { kind: 'delivered', number: data.d };
  return { kind: 'letter', letter: { number: data.n, topic: data.t, payload: data.p } };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
