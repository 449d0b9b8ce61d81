import type { EventMedia } from './event.js';
import { timeOfId } from './event.js';
import type { Media } from './media.js';
import { MediaError } from './media.js';
import type { Part, Place } from './media-path.js';
import { dayName, dayOf, fileName, pathOfPlace, placeOf } from './media-path.js';
import { Mender } from './mend.js';
import type { EventStore, Holding } from './store.js';

export interface CheckOptions {
  readonly repair: boolean;
  /** Events that began then or later, ms since the epoch, are left alone: they may be going on. */
  readonly before: number;
  /** Of events that began then or later, ms since the epoch, files are opened; of others only names are looked at. */
  readonly openFrom: number;
  /** Told of every problem as it is found. */
  readonly onProblem?: (problem: Problem) => void;
  readonly signal?: AbortSignal;
}

/**
 * `database`: the store's own check found it. `missing`: an event has no such file. `damaged`: a file cannot be shown,
 * or not to its end. `unowned`: a file whose event does not know it. `orphan`: a file without an event. `unfinished`: a
 * file was being written. `foreign`: what is none of ours; it is never touched.
 */
export type ProblemKind = 'database' | 'missing' | 'damaged' | 'unowned' | 'orphan' | 'unfinished' | 'foreign';

export interface Problem {
  readonly kind: ProblemKind;
  /** For example `front-door/2026-03-01/0mmplt1c012ab3c.jpg`; empty for the database. */
  readonly path: string;
  /** What is wrong, and what was done about it, in words. */
  readonly sentence: string;
  readonly mended: boolean;
}

export interface CheckReport {
  readonly events: number;
  readonly files: number;
  readonly problems: Readonly<Partial<Record<ProblemKind, number>>>;
  /** Problems that remain, foreign files apart. */
  readonly open: number;
}

/** Whether every event has its files and every file its event; mends what does not agree. */
export async function checkEvents(store: EventStore, media: Media, options: CheckOptions): Promise<CheckReport> {
  const check = new Check(store, media, options);
  await check.run();
  return check.report();
}

class Check {
  readonly #store: EventStore;
  readonly #media: Media;
  readonly #options: CheckOptions;
  readonly #mender: Mender;
  readonly #problems: Partial<Record<ProblemKind, number>> = {};
  #open = 0;
  #events = 0;
  #files = 0;

  constructor(store: EventStore, media: Media, options: CheckOptions) {
    this.#store = store;
    this.#media = media;
    this.#options = options;
    this.#mender = new Mender(store, media);
  }

  report(): CheckReport {
    return { events: this.#events, files: this.#files, problems: this.#problems, open: this.#open };
  }

  async run(): Promise<void> {
    for (const sentence of await this.#store.check()) this.#tell('database', '', `${sentence}.`, false);
    const tree = await this.#media.tree().days();
    for (const path of tree.foreign) this.#tellForeign(path);
    const days = new Set([...tree.days.keys(), ...(await this.#store.days())]);
    const last = dayOf(this.#options.before);
    for (const day of [...days].filter((one) => one <= last).sort((a, b) => a - b)) {
      await this.#checkDay(day, tree.days.get(day) ?? []);
    }
  }

  /** First the files' names, then the events, then the files that no event asked for. */
  async #checkDay(day: number, folders: readonly string[]): Promise<void> {
    const found = new Map<string, Place>();
    for (const folder of folders) {
      const { places, foreign } = await this.#media.tree().list(folder, day);
      for (const path of foreign) this.#tellForeign(path);
      for (const place of places) {
        if (timeOfId(place.id) < this.#options.before) found.set(keyOf(place), place);
      }
    }
    this.#files += found.size;
    for await (const event of this.#eventsOf(day)) await this.#checkEvent(event, found);
    for (const place of found.values()) await this.#checkUnclaimed(place);
    if (this.#options.repair && day < dayOf(this.#options.before)) {
      for (const folder of folders) await this.#media.tidy({ folder, day });
    }
  }

  async *#eventsOf(day: number): AsyncGenerator<Holding, void> {
    const until = Math.min((day + 1) * DAY, this.#options.before);
    let cursor: string | undefined;
    do {
      this.#options.signal?.throwIfAborted();
      const page = await this.#store.holdings(day * DAY, until, { limit: 500, cursor });
      yield* page.holdings.filter(({ state }) => state !== 'ongoing');
      cursor = page.next;
    } while (cursor !== undefined);
  }

  async #checkEvent(event: Holding, found: Map<string, Place>): Promise<void> {
    this.#events++;
    for (const { part, bytes } of partsOf(event.media)) {
      const place = placeOf(event, part);
      const path = pathOf(place);
      if (!found.delete(keyOf(place))) {
        await this.#mend('missing', path, 'is not there', async () => {
          await this.#mender.forget(event.id, part);
          return 'its event does not ask for it any more';
        });
      } else if (event.start >= this.#options.openFrom) {
        await this.#checkFile(event, place, bytes);
      }
    }
  }

  async #checkFile(event: Holding, place: Place, bytes: number): Promise<void> {
    const shape = await this.#media.shape(place).catch((error: unknown) => wrong(error));
    if (shape.whole === bytes && shape.bytes === bytes) return;
    const what =
      shape.whole === 0 ? 'cannot be shown' : `has ${shape.whole} bytes that can be shown, instead of ${bytes}`;
    await this.#mend('damaged', pathOf(place), what, () => this.#mender.mendFile(event, place, shape));
  }

  async #checkUnclaimed(place: Place): Promise<void> {
    this.#options.signal?.throwIfAborted();
    const path = pathOf(place);
    const owner = await this.#store.get(place.id);
    if (owner?.state === 'ongoing') return;
    const home =
      owner === undefined ? { folder: place.folder, day: dayOf(timeOfId(place.id)) } : placeOf(owner, 'clip');
    if (home.folder !== place.folder || home.day !== place.day) {
      this.#tellForeign(path);
    } else if (owner === undefined) {
      await this.#mend('orphan', path, 'belongs to no event', () => this.#mender.recreate(place));
    } else if (place.unfinished) {
      await this.#mend('unfinished', path, 'was not written to its end', () => this.#mender.adopt(owner, place));
    } else {
      await this.#mend('unowned', path, 'is not known to its event', () => this.#mender.adopt(owner, place));
    }
  }

  async #mend(kind: ProblemKind, path: string, what: string, mend: () => Promise<string>): Promise<void> {
    if (!this.#options.repair) {
      this.#tell(kind, path, `${path} ${what}.`, false);
      return;
    }
    try {
      this.#tell(kind, path, `${path} ${what}: ${await mend()}.`, true);
    } catch (error) {
      if (!(error instanceof MediaError)) throw error;
      this.#tell(kind, path, `${path} ${what}, and could not be mended: ${error.message}`, false);
    }
  }

  #tellForeign(path: string): void {
    this.#tell('foreign', path, `${path} is none of Lookout’s files; it is left alone.`, true);
  }

  #tell(kind: ProblemKind, path: string, sentence: string, mended: boolean): void {
    this.#problems[kind] = (this.#problems[kind] ?? 0) + 1;
    if (!mended) this.#open++;
    this.#options.onProblem?.({ kind, path, sentence, mended });
  }
}

const DAY = 86_400_000;

const keyOf = ({ folder, id, part, unfinished }: Place): string => `${folder}/${fileName(id, part)}/${unfinished}`;
const pathOf = (place: Place): string => pathOfPlace(place) ?? dayName(place.day);

/** A file that is there but cannot be opened is as good as none. */
function wrong(error: unknown): { readonly bytes: number; readonly whole: number } {
  if (error instanceof MediaError) return { bytes: 0, whole: 0 };
  throw error;
}

/** The files that an event says it has. */
export function partsOf({ picture, preview, clip }: EventMedia): { readonly part: Part; readonly bytes: number }[] {
  return [
    ...(picture === undefined ? [] : [{ part: 'picture' as const, bytes: picture.bytes }]),
    ...(clip === undefined ? [] : [{ part: 'clip' as const, bytes: clip.bytes }]),
    ...preview.map(({ number, bytes }) => ({ part: number, bytes })),
  ];
}
