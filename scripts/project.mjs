/** Where things are in this checkout, and how to run a program and hear how it went. Runs on Node 20 with nothing installed. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

export const inProject = (...parts) => join(root, ...parts);

export const say = (line) => process.stdout.write(`${line}\n`);

/** A failure that is told to whoever typed the command: `message` is the whole story, no stack is shown. */
export class Refusal extends Error {}

/** The exact bytes of a program's output, or undefined when it is missing or fails. */
export function ask(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? stdout : undefined;
}

/** Aborted, with the signal's name as reason, when this process is told to end. */
export const ending = new AbortController();

/** From now on a signal ends the programs that this process runs, and then this process. */
export function endOnSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => ending.abort(signal));
}

/** Runs a program with this terminal as its own; resolves to its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', signal: ending.signal, ...options });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** PATH without the project's own programs: npm must not run on a Node that it is about to replace. */
export const outerPath = () =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== inProject('node_modules', '.bin'))
    .join(delimiter);

const supported = (version) => {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  return (major === 22 && minor >= 13) || major === 24 || major === 26;
};

/** The Node that runs the hub and the tests: the project's own, else the one that runs this, if it is new enough. */
export function hubNode() {
  const own = inProject('node_modules', '.bin', 'node');
  const version = existsSync(own) ? ask(own, ['--version']) : undefined;
  if (version !== undefined && supported(version.trim())) return own;
  return supported(process.version) ? process.execPath : undefined;
}

/** The ffmpeg that ffmpeg-for-homebridge brought, else the one on the PATH. */
export function findFfmpeg() {
  const brought = inProject('node_modules', 'ffmpeg-for-homebridge', 'ffmpeg');
  return [brought, 'ffmpeg'].find((path) => ask(path, ['-hide_banner', '-version']) !== undefined);
}

/** Whether `url` is the script that was started, rather than one that another imports. */
export const isStarted = (url) => process.argv[1] !== undefined && fileURLToPath(url) === realpathSync(process.argv[1]);

/** Runs `main` with the command line's arguments and exits with its answer; a refusal becomes one line and exit code 1. */
export async function runAsScript(main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.exitCode = 1;
    if (ending.signal.aborted) return;
    process.stderr.write(`${error instanceof Refusal ? error.message : error.stack}\n`);
  }
}
