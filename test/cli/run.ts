import { main } from '../../src/cli/main.js';
import { NOON } from '../events/events.js';

export interface Result {
  readonly code: number;
  readonly out: readonly string[];
  readonly err: string;
}

/** The command line without a process of its own; it is two hours after noon. */
export async function lookout(...args: string[]): Promise<Result> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await main(args, {
    print: (line) => {
      out.push(...line.split('\n'));
      return Promise.resolve();
    },
    complain: (line) => err.push(line),
    env: { HOME: '/nonexistent' },
    terminal: false,
    now: () => NOON + 7_200_000,
    signal: new AbortController().signal,
  });
  return { code, out, err: err.join('\n') };
}
