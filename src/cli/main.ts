#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { codeOf } from '../events/files.js';
import type { Command, Surroundings } from './command.js';
import { UsageError } from './command.js';

interface Entry {
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  events: { summary: 'list, show and export what happened', load: () => import('./events.js') },
  check: { summary: 'see whether events and their files agree, and mend them', load: () => import('./check.js') },
  replay: {
    summary: 'have a recording looked at, and see what is an event',
    load: () => import('./replay/replay.js'),
  },
  status: { summary: 'how the cameras of the running hub are', load: () => import('./status.js') },
  discover: { summary: 'find the ONVIF cameras in the network', load: () => import('./discover.js') },
  ring: { summary: 'press a doorbell’s button, to try it', load: () => import('./ring.js') },
  forget: { summary: 'forget what detection learned of a camera', load: () => import('./forget.js') },
};

const HELP = `lookout: what Lookout saw, from the command line

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  lookout ${name.padEnd(8)} ${summary}`)
  .join('\n')}

  lookout COMMAND --help tells more.

Exit codes: 0 all is well, 1 it is not, 2 the command was not understood.`;

/** @returns the exit code. Never throws. */
export async function main(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const [name = '', ...rest] = args;
  const { print, complain } = surroundings;
  try {
    if (['', '--help', '-h', 'help'].includes(name)) {
      await print(HELP);
      return name === '' ? 2 : 0;
    }
    const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (entry === undefined) throw new UsageError(`There is no command “${name}”.`);
    if (!isBuiltin('node:sqlite'))
      throw new Error(`This is Node ${process.versions.node}; Lookout needs 22.13 or newer.`);
    const { command } = await entry.load();
    if (rest.includes('--help') || rest.includes('-h')) {
      await print(command.help);
      return 0;
    }
    return await command.run(rest, surroundings);
  } catch (error) {
    if (surroundings.signal.aborted) return 1;
    complain(`lookout: ${error instanceof Error ? error.message : String(error)}`);
    if (!(error instanceof UsageError)) return 1;
    complain(`Try: lookout ${Object.hasOwn(COMMANDS, name) ? `${name} ` : ''}--help`);
    return 2;
  }
}

/** Whoever reads may have seen enough, or the disk may be full: then nothing more can be said. */
function untilItFails(failed: (error: unknown) => void): (line: string) => Promise<void> {
  process.stdout.on('error', failed);
  return (line) =>
    new Promise((resolve) => {
      process.stdout.write(`${line}\n`, (error) => {
        if (error) failed(error);
        resolve();
      });
    });
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const interrupted = new AbortController();
  const leave = (): void => {
    interrupted.abort();
  };
  process.once('SIGINT', leave).once('SIGTERM', leave);
  let obstacle = '';
  const complain = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  const code = await main(process.argv.slice(2), {
    print: untilItFails((error) => {
      leave();
      const why = codeOf(error);
      if (why !== 'EPIPE') obstacle ||= why;
    }),
    complain,
    env: process.env,
    now: Date.now,
    terminal: process.stdout.isTTY,
    signal: interrupted.signal,
  });
  if (obstacle !== '') complain(`lookout: What was to be said could not be written, or not all of it (${obstacle}).`);
  process.exitCode = obstacle === '' ? code : 1;
}
