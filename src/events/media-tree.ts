import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import type { Files } from './files.js';
import { codeOf } from './files.js';
import type { Place } from './media-path.js';
import { dayName, dayOfName, isCameraFolder, partOfName, UNFINISHED } from './media-path.js';

export interface DayListing {
  readonly places: readonly Place[];
  /** Paths below the media folder of what is none of ours. */
  readonly foreign: readonly string[];
}

/** The media folder as it is found on the disk. */
export class MediaTree {
  readonly #folder: string;
  readonly #files: Files;

  constructor(folder: string, files: Files) {
    this.#folder = folder;
    this.#files = files;
  }

  /** The folders of cameras by day, and what else lies beside them. */
  async days(): Promise<{
    readonly days: ReadonlyMap<number, readonly string[]>;
    readonly foreign: readonly string[];
  }> {
    const days = new Map<number, string[]>();
    const foreign: string[] = [];
    for await (const camera of this.#entries('.')) {
      if (!camera.isDirectory() || !isCameraFolder(camera.name)) {
        foreign.push(camera.name);
        continue;
      }
      for await (const entry of this.#entries(camera.name)) {
        const day = entry.isDirectory() ? dayOfName(entry.name) : undefined;
        if (day === undefined) foreign.push(join(camera.name, entry.name));
        else days.set(day, [...(days.get(day) ?? []), camera.name]);
      }
    }
    return { days, foreign };
  }

  async list(folder: string, day: number): Promise<DayListing> {
    const places: Place[] = [];
    const foreign: string[] = [];
    const path = join(folder, dayName(day));
    for await (const entry of this.#entries(path)) {
      const unfinished = entry.name.endsWith(UNFINISHED);
      const named = partOfName(unfinished ? entry.name.slice(0, -UNFINISHED.length) : entry.name);
      if (named === undefined || !entry.isFile()) foreign.push(join(path, entry.name));
      else places.push({ folder, day, ...named, unfinished });
    }
    return { places, foreign };
  }

  /** A folder that is not there is empty. */
  async *#entries(path: string): AsyncGenerator<Dirent, void> {
    try {
      yield* await this.#files.opendir(join(this.#folder, path), { bufferSize: 512 });
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
}
