import { parseArgs, type ParseArgsConfig } from 'node:util';

/** What a command sees of the world. */
export interface Surroundings {
  /** Whole lines, without the line's end. Waits for a slow reader. */
  readonly print: (line: string) => Promise<void>;
  /** To where errors and remarks go. */
  readonly complain: (line: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What is printed is read by a person. */
  readonly terminal: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}

/** Said by `main.ts` when it is what its file exports as `command`. */
export interface Command {
  /** Printed for `--help`. */
  readonly help: string;
  /** @returns the exit code: 0, or 1 for "no, it is not well". @throws {UsageError | Error} what the user is told */
  run(args: readonly string[], surroundings: Surroundings): Promise<number>;
}

/** The command was not understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws {UsageError} for options that are unknown or lack a value */
export function readArguments<Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Node goes on with advice that is none here.
    const [sentence = ''] = String(error instanceof Error ? error.message : error).split(/\. |\n/);
    throw new UsageError(`${sentence}.`);
  }
}

/** One of several words. @throws {UsageError} */
export function oneOf<T extends string>(option: string, values: readonly T[], value: string): T {
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw new UsageError(`${option} is one of ${values.join(', ')}; not “${value}”.`);
  return found;
}

/** @throws {UsageError} */
export function numberIn(option: string, text: string, least: number, most: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= least && value <= most)) {
    throw new UsageError(`${option} is a number from ${least} to ${most}; not “${text}”.`);
  }
  return value;
}
