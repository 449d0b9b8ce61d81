import { execFile } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { poll } from './until.js';

export const PROJECT = process.cwd();
const DIST = join(PROJECT, 'dist');
const WORK = join(PROJECT, '.lookout', 'e2e');
const LOCK = join(WORK, 'build.lock');
const STALE_LOCK = 120_000;

let building: Promise<string> | undefined;

/**
 * The folder of the built plugin, built once for all jest workers when its sources are newer than `dist`.
 * Type errors do not stop it (the type check says them); a build that leaves no plugin behind does.
 */
export const builtPlugin = (): Promise<string> => (building ??= build());

async function build(): Promise<string> {
  mkdirSync(WORK, { recursive: true });
  await poll('the lock of the build', takeLock, STALE_LOCK);
  try {
    if (newest(join(PROJECT, 'src')) > builtAt()) await compile();
  } finally {
    rmSync(LOCK, { force: true });
  }
  return PROJECT;
}

function takeLock(): true | undefined {
  try {
    closeSync(openSync(LOCK, 'wx'));
    return true;
  } catch {
    if (existsSync(LOCK) && Date.now() - statSync(LOCK).mtimeMs > STALE_LOCK) rmSync(LOCK, { force: true });
    return undefined;
  }
}

/** The compiler writes beside `dist`, so that a hub that is just starting never loads half of a build. */
async function compile(): Promise<void> {
  const fresh = join(WORK, 'dist');
  rmSync(fresh, { recursive: true, force: true });
  const tsc = join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc');
  const said = await promisify(execFile)(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh], {
    cwd: PROJECT,
  }).then(
    () => '',
    (error: unknown) => (error as { stdout?: string }).stdout ?? String(error),
  );
  if (!existsSync(join(fresh, 'index.js'))) throw new Error(`the plugin was not built\n${said}`);
  rmSync(DIST, { recursive: true, force: true });
  renameSync(fresh, DIST);
}

const builtAt = (): number => (existsSync(join(DIST, 'index.js')) ? statSync(join(DIST, 'index.js')).mtimeMs : 0);

/** The newest change below a folder; a folder's own time tells of files that were removed. */
function newest(folder: string): number {
  const inside = readdirSync(folder, { withFileTypes: true }).map((entry) =>
    entry.isDirectory() ? newest(join(folder, entry.name)) : statSync(join(folder, entry.name)).mtimeMs,
  );
  return Math.max(statSync(folder).mtimeMs, ...inside);
}
