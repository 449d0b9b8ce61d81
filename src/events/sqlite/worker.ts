import type { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { OpenDatabase } from './database.js';
import { openOwned, openReader, takeLock } from './database.js';
import { isCorrupt, storeError } from './faults.js';
import type { Failure, Reply, Request, WorkerOptions } from './messages.js';
import type { Requests } from './records.js';

/** The thread in which SQLite may take its time. */
const port = parentPort;
if (port === null) throw new Error('The event store’s worker is started by the event store.');
const { folder, role, patience } = workerData as WorkerOptions;

const say = (reply: Reply): void => {
  port.postMessage(reply);
};
const failure = (error: unknown): Failure => {
  const { fault, message } = storeError(error);
  return { fault, message };
};

let lock: DatabaseSync | undefined;
let open: OpenDatabase | undefined;

function close(): void {
  open?.db.close();
  lock?.close();
  open = lock = undefined;
}

function answer(name: keyof Requests, args: readonly unknown[]): unknown {
  if (open === undefined) throw new Error('It is not open.');
  const records = open.records as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  return records[name]?.(...args);
}

/** What turns out to be damaged is repaired at once, and asked again. */
function answerOrMend({ name, args }: Request & { readonly name: keyof Requests }): unknown {
  try {
    return answer(name, args);
  } catch (error) {
    if (role !== 'owner' || !isCorrupt(error)) throw error;
    open?.db.close();
    open = openOwned(folder, Date.now());
    say({ type: 'mended', sentences: open.mended });
    return answer(name, args);
  }
}

port.on('message', (request: Request) => {
  const { id, name } = request;
  try {
    if (name === 'close') {
      close();
      say({ type: 'done', id, value: undefined });
      port.close();
    } else {
      say({ type: 'done', id, value: answerOrMend({ ...request, name }) });
    }
  } catch (error) {
    say({ type: 'failed', id, failure: failure(error) });
  }
});

try {
  if (role === 'owner') lock = takeLock(folder, patience);
  open = role === 'owner' ? openOwned(folder, Date.now()) : openReader(folder);
  // So that the first search is as quick as the next.
  if (role === 'owner') open.records.readMasks();
  say({ type: 'opened', mended: open.mended });
} catch (error) {
  say({ type: 'not-opened', failure: failure(error) });
  close();
  port.close();
}
