import { readdir, rm } from 'node:fs/promises';
import { learnedFolder, learnedPath } from '../camera/events/learned.js';
import { codeOf } from '../events/files.js';
import type { Command } from './command.js';
import { readArguments, UsageError } from './command.js';
import { plain } from './event-format.js';
import { findFolder, STORAGE_HELP, STORAGE_OPTION } from './storage.js';

const HELP = `lookout forget CAMERA

Forgets what detection has learned of a camera: where things usually move there, how much of its leaves and lights to
let pass, and what comes of what was said of its events so far. Worth it after the camera was moved. Events are kept.
If Lookout is running, it begins anew with that camera within a minute.

  CAMERA              the camera’s id, as in “lookout events”
${STORAGE_HELP}`;

export const command: Command = {
  help: HELP,
  async run(args, { print, complain, env }) {
    const { values, positionals } = readArguments(args, STORAGE_OPTION);
    const [camera, more] = positionals;
    if (camera === undefined) throw new UsageError('Which camera?');
    if (more !== undefined) throw new UsageError(`“${more}” is one word too many.`);
    const folder = findFolder(values.storage, env);
    if (await removed(learnedPath(folder, camera))) {
      await print(plain(`What detection had learned of ${camera} is forgotten.`));
      return 0;
    }
    const others = await namesIn(learnedFolder(folder));
    const known = others.length === 0 ? 'Nothing has been learned yet.' : `Known are: ${others.join(', ')}.`;
    complain(plain(`Nothing has been learned of ${camera}. ${known}`));
    return 1;
  },
};

/** False where there was no such file. */
async function removed(path: string): Promise<boolean> {
  try {
    await rm(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw new Error(`${path} cannot be removed (${codeOf(error)}). Run this as the user who runs Homebridge.`, {
      cause: error,
    });
  }
  return true;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder).catch(() => []);
  return files.flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : [])).sort();
}
