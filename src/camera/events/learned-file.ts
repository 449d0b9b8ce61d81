import { stat } from 'node:fs/promises';
import { codeOf } from '../../events/files.js';
import type { Log } from '../log.js';
import { readUpTo, writeWhole } from '../whole-file.js';
import type { Learned } from './learned.js';
import { learnedOf, learnedPath, learnedText } from './learned.js';

export interface LearnedFileOptions {
  /** `lookout`, below Homebridge's storage folder. */
  readonly folder: string;
  readonly camera: { readonly id: string; readonly name: string };
  /** From the hub's monotonic clock to milliseconds since the epoch. */
  readonly toEpoch: (time: number) => number;
  /** Milliseconds on the hub's monotonic clock. */
  readonly now: () => number;
  /** What is learned by now; undefined while nobody knows. */
  readonly current: () => Learned | undefined;
  /** Somebody has removed the file: whoever has learned forgets it. */
  readonly onReset: () => void;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** A flash card lives long if it is seldom written to, ms. */
const SAVE_EVERY = 10 * 60_000;
/** How soon it is seen that somebody removed the file, ms. */
const LOOK_EVERY = 60_000;
/** Ours has 3.5 KB. */
const MAX_BYTES = 64 * 1024;

/** Keeps what was learned of one camera in a file. Whoever opens it closes it. */
export class LearnedFile {
  readonly #options: LearnedFileOptions;
  readonly #path: string;
  /** It was there when we looked last, so if it is not, somebody has removed it. */
  #there = false;
  #savedAt = -Infinity;
  #saved: string | undefined;
  #failed = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(options: LearnedFileOptions) {
    this.#options = options;
    this.#path = learnedPath(options.folder, options.camera.id);
  }

  /** What was kept; undefined where there is nothing, or nothing that can be read, which is said. Begins to keep. */
  async open(): Promise<Learned | undefined> {
    const { toEpoch, now, log, camera } = this.#options;
    let learned: Learned | undefined;
    try {
      const text = await readUpTo(this.#path, MAX_BYTES);
      this.#there = true;
      learned = text === undefined ? undefined : learnedOf(text, toEpoch, now());
      if (learned === undefined) throw new Error('it is not what Lookout wrote');
      this.#savedAt = now();
      this.#saved = text;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT')
        log.warn(
          `${camera.name}: what detection had learned cannot be read (${reasonOf(error)}). It learns anew; nothing need be done.`,
        );
    }
    this.#wait();
    return learned;
  }

  /** Writes what was learned since, and does no more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#work;
    await this.#look(true);
  }

  #wait(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#work = this.#look(false).then(() => {
        this.#wait();
      });
    }, LOOK_EVERY);
    this.#timer.unref();
  }

  async #look(last: boolean): Promise<void> {
    const { onReset, now, current, toEpoch, camera, log } = this.#options;
    if (this.#there && (await isGone(this.#path))) {
      this.#there = false;
      this.#savedAt = -Infinity;
      this.#saved = undefined;
      log.info(`${camera.name}: what detection had learned was reset. It learns anew.`);
      onReset();
      return;
    }
    if (!last && now() - this.#savedAt < SAVE_EVERY) return;
    const learned = current();
    if (learned === undefined) return;
    const text = learnedText(learned, toEpoch);
    if (text !== this.#saved) await this.#save(text);
  }

  async #save(text: string): Promise<void> {
    const { now, log, camera } = this.#options;
    this.#savedAt = now();
    try {
      await writeWhole(this.#path, text);
      this.#there = true;
      this.#saved = text;
      this.#failed = false;
    } catch (error) {
      if (!this.#failed)
        log.warn(
          `${camera.name}: what detection has learned cannot be kept over a restart (${reasonOf(error)}). ` +
            'See who owns the folder “learned” in Lookout’s own, and whether the disk is full. Detection goes on.',
        );
      this.#failed = true;
    }
  }
}

const reasonOf = (error: unknown): string => codeOf(error) || (error instanceof Error ? error.message : String(error));

const isGone = (path: string): Promise<boolean> =>
  stat(path).then(
    () => false,
    (error: unknown) => codeOf(error) === 'ENOENT',
  );
