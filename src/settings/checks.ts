import * as z from 'zod';

/**
 * Kinds of values. `expected` is what the admin is told when a check fails:
 * `"audio" is 5, expected true or false.`
 */

export const text = (expected: string, longest = 1024) =>
  z.string({ error: expected }).trim().min(1, expected).max(longest, expected);

export const flag = () => z.boolean({ error: 'true or false' });

export function wholeNumber(from: number, to: number) {
  const expected = `a whole number from ${String(from)} to ${String(to)}`;
  return z.int({ error: expected }).min(from, expected).max(to, expected);
}

export function number(from: number, to: number) {
  const expected = `a number from ${String(from)} to ${String(to)}`;
  return z.number({ error: expected }).min(from, expected).max(to, expected);
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  const quoted = values.map((value) => `"${value}"`);
  return z.enum(values, { error: `${quoted.slice(0, -1).join(', ')} or ${quoted.slice(-1).join('')}` });
}

export const list = <T extends z.ZodType>(item: T, expected: string, longest = 64) =>
  z.array(item, { error: expected }).max(longest, expected);

/** Unknown keys are faults, so that they can be told. */
export const group = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape, { error: 'an object in braces' });

/** What a value was found to be, in words that give no secret away, and what is expected instead. */
export interface Fault {
  readonly fault: string;
  readonly expected: string;
}

/** A check that makes something of a value, and describes what it found where it cannot. */
export function reading<S extends z.ZodType, T>(schema: S, read: (value: z.output<S>) => T | Fault) {
  return schema.transform((value, context): T => {
    const result = read(value);
    if (!isFault(result)) return result;
    context.issues.push({
      code: 'custom',
      message: result.expected,
      params: { found: result.fault },
      input: value,
    });
    return z.NEVER;
  });
}

const isFault = (result: unknown): result is Fault =>
  typeof result === 'object' && result !== null && 'fault' in result && 'expected' in result;
