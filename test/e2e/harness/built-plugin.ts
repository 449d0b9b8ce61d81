import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const PROJECT = process.cwd();
/** The Node that the project is made for; jest may run on another one. */
export const NODE = join(PROJECT, 'node_modules', '.bin', 'node');

/**
 * For a program that is to run as users run it. Jest's flags would slow it down and make it another one; Jest's workers
 * are told to write in colours whenever Jest itself does, and would pass it on.
 */
export const environmentWithoutJest = (): NodeJS.ProcessEnv => ({
  ...process.env,
  ...{ NODE_OPTIONS: '', NODE_ENV: 'production', FORCE_COLOR: undefined },
});

let building: Promise<string> | undefined;

/** The folder of the built plugin; it is compiled only when its sources have changed, which `npm test` has seen to. */
export const builtPlugin = (): Promise<string> => (building ??= build());

async function build(): Promise<string> {
  await promisify(execFile)(NODE, [join(PROJECT, 'scripts', 'build.mjs')], { cwd: PROJECT });
  return PROJECT;
}
