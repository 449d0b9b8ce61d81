import { readFile, lstat, rm, stat, writeFile } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { codeOf } from '../events/files.js';

/** Somebody else is there. */
export class InUse extends Error {
  override readonly name = 'InUse';
}

const PATIENCE = 2000;
/** Whoever takes the path needs a few milliseconds for it, ms. */
const LOOK_EVERY = 20;
/** A lock without a name in it is being made; one that stays so was made by somebody who died in it, ms. */
const NAMELESS = 5000;

/**
 * Has a server listen at a path of which there is never more than one owner: what a hub left that ended without a word
 * is taken away, and one that is alive is left alone.
 *
 * @param lock a file beside it: of several who want the path, one at a time looks at what is there
 * @throws {InUse | Error} what the system says
 */
export async function claim(server: Server, path: string, lock: string): Promise<void> {
  await take(lock);
  try {
    await listen(server, path).catch(async (error: unknown) => {
      if (codeOf(error) !== 'EADDRINUSE') throw error;
      if (await isAlive(path)) throw new InUse('another Lookout has it');
      if (!(await lstat(path)).isSocket()) throw new Error('there is a file that is no socket; remove it');
      await rm(path, { force: true });
      await listen(server, path);
    });
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<void> {
  const until = performance.now() + PATIENCE + NAMELESS;
  for (;;) {
    try {
      await writeFile(lock, String(process.pid), { flag: 'wx', mode: 0o600 });
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    if (performance.now() > until) throw new InUse('another Lookout is about to take it');
    if (!(await isHeld(lock))) await rm(lock, { force: true });
    await setTimeout(LOOK_EVERY);
  }
}

/** By a process that is alive, or by one that is just writing its number. */
async function isHeld(lock: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(lock, 'utf8'));
    if (pid === 0) return Date.now() - (await stat(lock)).mtimeMs < NAMELESS;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Nobody but the user may speak to it, from the first moment on. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const before = process.umask(0o177);
    try {
      server.once('error', reject);
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const say = (alive: boolean): void => {
      socket.destroy();
      resolve(alive);
    };
    // Whoever lets us wait is there.
    socket.setTimeout(PATIENCE, () => {
      say(true);
    });
    socket.on('connect', () => {
      say(true);
    });
    socket.on('error', () => {
      say(false);
    });
  });
}
