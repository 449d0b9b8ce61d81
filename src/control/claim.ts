import { link, lstat, rename, rm } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { codeOf } from '../events/files.js';

/** Somebody else is there. */
export class InUse extends Error {
  override readonly name = 'InUse';
}

/** A path that others take and give up meanwhile is tried so often. */
const ATTEMPTS = 5;
const PATIENCE = 2000;

/**
 * Has a server listen at a path of which there is never more than one owner: what a hub left that ended without a word
 * is taken away, and one that is alive is left alone.
 *
 * @throws {InUse | Error} what the system says
 */
export async function claim(server: Server, path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await listen(server, path);
      return;
    } catch (error) {
      if (codeOf(error) !== 'EADDRINUSE' || attempt === ATTEMPTS) throw error;
      await clear(path);
    }
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

/**
 * Takes away a socket that nobody listens at. It is moved aside first, so that of two who find it only one has it, and
 * asked again there: it might be one that the other has just made.
 */
async function clear(path: string): Promise<void> {
  if (await isAlive(path)) throw new InUse('another Lookout has it');
  const aside = `${path}.${process.pid}`;
  try {
    if (!(await lstat(path)).isSocket()) throw new Error('there is a file that is no socket; remove it');
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  const alive = await isAlive(aside);
  if (alive) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
  if (alive) throw new InUse('another Lookout has it');
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
