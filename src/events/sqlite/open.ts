import { Worker } from 'node:worker_threads';
import type { EventStore } from '../store.js';
import { StoreError } from '../store.js';
import type { Role } from './database.js';
import type { Failure, Reply, Request, WorkerOptions } from './messages.js';
import type { Requests } from './records.js';

export interface SqliteOptions {
  /** Where `events.sqlite` lies. */
  readonly folder: string;
  readonly role: Role;
  /** How long an owner that is about to end is waited for, ms: a hub that restarts may take 5 s to stop. */
  readonly patience?: number;
  /** Told when the database was found damaged in use, and repaired. */
  readonly onMended?: (sentences: readonly string[]) => void;
}

const PATIENCE = 8000;
const SOURCE = import.meta.url.endsWith('.ts');

/** From sources, as tests run it, Node has to be told how to read them. */
const EXEC_ARGV = [
  '--disable-warning=ExperimentalWarning',
  ...(SOURCE
    ? ['--experimental-transform-types', '--import', new URL('../../../scripts/typescript.mjs', import.meta.url).href]
    : []),
];

/**
 * The events in a folder, kept by SQLite in a thread of its own. Whoever opens it closes it.
 * @throws {StoreError} `locked`, `newer`, `absent`, `corrupt`, `full` or `failed`
 */
export async function openSqliteStore(options: SqliteOptions): Promise<EventStore> {
  const { folder, role, patience = PATIENCE } = options;
  const workerData: WorkerOptions = { folder, role, patience };
  const worker = new Worker(new URL(SOURCE ? './worker.ts' : './worker.js', import.meta.url), {
    name: 'lookout-events',
    workerData,
    execArgv: EXEC_ARGV,
  });
  return await new Promise<EventStore>((resolve, reject) => {
    const store = new SqliteStore(worker, options.onMended, (mended) => {
      if (mended instanceof StoreError) reject(mended);
      else resolve(Object.assign(store, { mended }));
    });
  });
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StoreError) => void;
}

const CLOSED = 'The event store is closed.';

class SqliteStore implements EventStore {
  readonly mended: readonly string[] = [];
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #lastId = 0;
  #gone: StoreError | undefined;

  constructor(
    worker: Worker,
    onMended: SqliteOptions['onMended'],
    opened: (result: readonly string[] | StoreError) => void,
  ) {
    this.#worker = worker;
    worker.on('message', (reply: Reply) => {
      switch (reply.type) {
        case 'opened':
          opened(reply.mended);
          break;
        case 'not-opened':
          opened(errorOf(reply.failure));
          break;
        case 'mended':
          onMended?.(reply.sentences);
          break;
        case 'done':
          this.#take(reply.id)?.resolve(reply.value);
          break;
        case 'failed':
          this.#take(reply.id)?.reject(errorOf(reply.failure));
          break;
      }
    });
    const end = (error: StoreError): void => {
      this.#gone ??= error;
      opened(error);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    worker.on('error', (error: unknown) => {
      end(
        new StoreError('failed', `The event store’s thread ended (${String(error)}). Restart Lookout.`, {
          cause: error,
        }),
      );
    });
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        end(new StoreError('closed', CLOSED));
        resolve();
      });
    });
  }

  readonly put = this.#method('put');
  readonly update = this.#method('update');
  readonly get = this.#method('get');
  readonly list = this.#method('list');
  readonly count = this.#method('count');
  readonly searchByMask = this.#method('searchByMask');
  readonly setFeedback = this.#method('setFeedback');
  readonly setProtected = this.#method('setProtected');
  readonly putNonEvent = this.#method('putNonEvent');
  readonly nonEvents = this.#method('nonEvents');
  readonly countNonEvents = this.#method('countNonEvents');
  readonly usage = this.#method('usage');
  readonly oldest = this.#method('oldest');
  readonly remove = this.#method('remove');
  readonly removeNonEvents = this.#method('removeNonEvents');
  readonly days = this.#method('days');
  readonly holdings = this.#method('holdings');
  readonly check = this.#method('check');

  async close(): Promise<void> {
    if (this.#gone === undefined) {
      const closing = this.#ask('close', []);
      this.#gone = new StoreError('closed', CLOSED);
      await closing.catch(() => undefined);
    }
    await this.#ended;
  }

  #method<Name extends keyof Requests>(name: Name): EventStore[Name] {
    return ((...args: readonly unknown[]) => this.#ask(name, args)) as unknown as EventStore[Name];
  }

  #ask(name: Request['name'], args: readonly unknown[]): Promise<unknown> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const request: Request = { id: ++this.#lastId, name, args };
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
      this.#worker.postMessage(request);
    });
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

const errorOf = ({ fault, message }: Failure): StoreError => new StoreError(fault, message);
