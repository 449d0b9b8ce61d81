import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { CheckReport } from './check.js';
import { checkEvents } from './check.js';
import type { MediaLog } from './media.js';
import { Media } from './media.js';
import type { Limits } from './retention.js';
import { Retention } from './retention.js';
import type { Reserves } from './room.js';
import { openSqliteStore } from './sqlite/open.js';
import type { EventStore } from './store.js';

export interface ArchiveOptions {
  /** `lookout`, below Homebridge's storage folder. */
  readonly folder: string;
  readonly limits: Limits;
  readonly log: MediaLog;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly reserves?: Reserves;
}

/** Below the hub's own folder. */
export const mediaFolder = (folder: string): string => join(folder, 'media');

const RETAIN_EVERY = 5 * 60_000;
/** A power cut has harmed nothing that was written longer before than this, ms. */
const FRESH = 3_600_000;

/**
 * All that is kept of events, as the hub has it: mended when it is opened, and kept within its limits.
 * Whoever opens it closes it.
 */
export class Archive implements AsyncDisposable {
  readonly store: EventStore;
  readonly media: Media;
  readonly retention: Retention;
  /** Fulfilled when what a power cut may have left was looked at; undefined where that could not be done, which is said. */
  readonly checked: Promise<CheckReport | undefined>;
  readonly #log: MediaLog;
  readonly #closing = new AbortController();
  readonly #retaining: Promise<void>;

  private constructor(store: EventStore, { folder, limits, log, now, reserves }: ArchiveOptions) {
    this.store = store;
    this.#log = log;
    this.media = new Media({ folder: mediaFolder(folder), log, now, ...(reserves === undefined ? {} : { reserves }) });
    this.retention = new Retention({ store, media: this.media, limits, log, now });
    this.checked = this.#check(now());
    this.#retaining = this.#retain();
  }

  /** @throws {StoreError} */
  static async open(options: ArchiveOptions): Promise<Archive> {
    const { folder, log } = options;
    const tell = (sentences: readonly string[]): void => {
      for (const sentence of sentences) log.warn(sentence);
    };
    const store = await openSqliteStore({ folder, role: 'owner', onMended: tell });
    tell(store.mended);
    return new Archive(store, options);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.checked, this.#retaining]);
    await this.store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #check(before: number): Promise<CheckReport | undefined> {
    return await this.#attempt('The events and their files could not be compared', async (signal) => {
      const { events } = await this.store.list({ until: before }, { limit: 1 });
      const openFrom = (events[0]?.start ?? before) - FRESH;
      const report = await checkEvents(this.store, this.media, { repair: true, before, openFrom, signal });
      const mended = Object.entries(report.problems).filter(([kind]) => kind !== 'foreign');
      if (mended.length > 0) {
        const counts = mended.map(([kind, count]) => `${count} ${kind}`).join(', ');
        this.#log.info(`Events and their files did not agree, and do now as far as possible: ${counts}.`);
      }
      return report;
    });
  }

  async #retain(): Promise<void> {
    await this.checked;
    const { signal } = this.#closing;
    try {
      for (;;) {
        await this.#attempt('Old events could not be removed', () => this.retention.run(signal));
        await setTimeout(RETAIN_EVERY, undefined, { signal, ref: false });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** What goes wrong in the background is said, and tried again at its next turn. */
  async #attempt<T>(failure: string, work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const { signal } = this.#closing;
    try {
      return await work(signal);
    } catch (error) {
      if (!signal.aborted) this.#log.warn(`${failure}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }
}
