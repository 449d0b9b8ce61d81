import { dirname, join } from 'node:path';
import type { Files, OpenFile } from './files.js';
import { codeOf, DISK, isFull } from './files.js';
import type { EventKey, Part } from './media-path.js';
import type { Place } from './media-path.js';
import { dayName, pathOfPlace, placeOf, UNFINISHED } from './media-path.js';
import type { Shape } from './media-shape.js';
import { shapeOf } from './media-shape.js';
import { MediaTree } from './media-tree.js';
import type { Reserves, Room, RoomState } from './room.js';
import { afterFailure, DEFAULT_RESERVES, hasRoom, roomFor, ROOMY, sentenceOf } from './room.js';

/**
 * `no-room`: there is no space, which has been said. `absent`: there is no such file. `refused`: such a file cannot be.
 * `failed`: anything else.
 */
export type MediaFault = 'no-room' | 'absent' | 'refused' | 'failed';

export class MediaError extends Error {
  override readonly name = 'MediaError';
  constructor(
    readonly fault: MediaFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Where sentences for the admin go. */
export interface MediaLog {
  info(sentence: string): void;
  warn(sentence: string): void;
}

export interface MediaOptions {
  /** `media`, below the hub's own folder. */
  readonly folder: string;
  readonly log: MediaLog;
  /** Milliseconds. */
  readonly now: () => number;
  readonly reserves?: Reserves;
  readonly files?: Files;
}

/** Whose pieces make a file. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** How often the free space is looked at while a clip is written, bytes. */
const LOOK_EVERY = 16 * 2 ** 20;
const READ_SIZE = 256 * 2 ** 10;

/**
 * The files of events, and the only place where they are opened: `<camera>/<yyyy-mm-dd>/<event id>.{jpg,mp4}`. A file is
 * written beside its place, synced and renamed, so that it is there as a whole or not at all.
 */
export class Media {
  readonly #folder: string;
  readonly #log: MediaLog;
  readonly #now: () => number;
  readonly #reserves: Reserves;
  readonly #files: Files;
  #room: RoomState = ROOMY;

  constructor({ folder, log, now, reserves = DEFAULT_RESERVES, files = DISK }: MediaOptions) {
    this.#folder = folder;
    this.#log = log;
    this.#now = now;
    this.#reserves = reserves;
    this.#files = files;
  }

  /** What there was room for when it was last looked at. */
  get room(): Room {
    return this.#room.room;
  }

  /** Bytes that are free; undefined where the file system does not tell. */
  async free(): Promise<number | undefined> {
    try {
      await this.#files.mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const { bavail, bsize } = await this.#files.statfs(this.#folder);
      return bavail * bsize;
    } catch {
      return undefined;
    }
  }

  /**
   * Writes one file, replacing it where it is there. Aborting ends it without a file.
   * @returns its size
   * @throws {MediaError} and what `pieces` throws
   */
  async write(event: EventKey, part: Part, pieces: Pieces, signal?: AbortSignal): Promise<number> {
    const kind = part === 'clip' ? 'clips' : 'pictures';
    const path = this.#path(placeOf(event, part));
    await this.#lookAtRoom();
    this.#demandRoom(kind);
    try {
      const made = await this.#files.mkdir(dirname(path), { recursive: true, mode: 0o700 });
      if (made !== undefined) await this.#syncFolder(dirname(made));
      const bytes = await this.#fill(path + UNFINISHED, kind, pieces, signal);
      await this.#putInPlace(path + UNFINISHED, path);
      return bytes;
    } catch (error) {
      await this.#files.rm(path + UNFINISHED, { force: true }).catch(() => undefined);
      throw this.#understood(error, kind);
    }
  }

  /** @throws {MediaError} */
  async read(event: EventKey, part: Part): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.stream(event, part)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /**
   * The bytes from `from` (included) to `until` (excluded, its end where it is left out), as they are wanted.
   * @throws {MediaError}
   */
  async *stream(event: EventKey, part: Part, from = 0, until = Infinity): AsyncGenerator<Uint8Array, void> {
    const file = await this.#open(placeOf(event, part), 'r');
    try {
      for (let at = from; at < until;) {
        const buffer = Buffer.allocUnsafe(Math.min(READ_SIZE, until - at));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
        at += bytesRead;
      }
    } finally {
      await file.close();
    }
  }

  /** What a file is like. @throws {MediaError} */
  async shape(place: Place): Promise<Shape> {
    const file = await this.#open(place, 'r');
    try {
      const { size } = await file.stat();
      return await shapeOf(place.part, size, async (at, length) => {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
        return buffer.subarray(0, bytesRead);
      });
    } catch (error) {
      throw this.#understood(error);
    } finally {
      await file.close();
    }
  }

  /** Keeps the beginning of a file that was not written to its end, and puts it where it belongs. @throws {MediaError} */
  async recover(place: Place, bytes: number): Promise<void> {
    const file = await this.#open(place, 'r+');
    try {
      await file.truncate(bytes);
      await file.sync();
    } catch (error) {
      throw this.#understood(error);
    } finally {
      await file.close();
    }
    if (place.unfinished) await this.#putInPlace(this.#path(place), this.#path({ ...place, unfinished: false }));
  }

  /** Whether it was there. @throws {MediaError} */
  async remove(place: Place): Promise<boolean> {
    try {
      await this.#files.rm(this.#path(place));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw this.#understood(error);
    }
    return true;
  }

  /** Removes the folder of a camera's day if nothing is left in it. Not for today: a file may just be about to come. */
  async tidy({ folder, day }: Pick<Place, 'folder' | 'day'>): Promise<void> {
    await this.#files.rmdir(join(this.#folder, folder, dayName(day))).catch(() => undefined);
  }

  /** All that lies in the folder, camera by camera and day by day. */
  tree(): MediaTree {
    return new MediaTree(this.#folder, this.#files);
  }

  #path(place: Place): string {
    const path = pathOfPlace(place);
    if (path === undefined) throw new MediaError('refused', `${JSON.stringify(place)} is no place for a file.`);
    return join(this.#folder, path);
  }

  async #open(place: Place, flags: 'r' | 'r+'): Promise<OpenFile> {
    try {
      return await this.#files.open(this.#path(place), flags);
    } catch (error) {
      throw this.#understood(error);
    }
  }

  async #fill(path: string, kind: 'clips' | 'pictures', pieces: Pieces, signal?: AbortSignal): Promise<number> {
    const file = await this.#files.open(path, 'w', 0o600);
    let bytes = 0;
    let looked = 0;
    try {
      for await (const piece of pieces) {
        signal?.throwIfAborted();
        for (let at = 0; at < piece.length;) {
          const { bytesWritten } = await file.write(piece, at, piece.length - at);
          at += bytesWritten;
        }
        bytes += piece.length;
        if (bytes - looked < LOOK_EVERY) continue;
        looked = bytes;
        await this.#lookAtRoom();
        this.#demandRoom(kind);
      }
      signal?.throwIfAborted();
      await file.sync();
    } finally {
      await file.close();
    }
    return bytes;
  }

  /** The rename is in the folder, which has to be synced for it to outlast a power cut. */
  async #putInPlace(from: string, to: string): Promise<void> {
    await this.#files.rename(from, to);
    await this.#syncFolder(dirname(to));
  }

  async #syncFolder(path: string): Promise<void> {
    const folder = await this.#files.open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  async #lookAtRoom(): Promise<void> {
    const free = await this.free();
    this.#setRoom(roomFor(this.#room, free, this.#reserves, this.#now()));
  }

  #demandRoom(kind: 'clips' | 'pictures'): void {
    if (!hasRoom(this.#room, kind)) throw new MediaError('no-room', `There is no room for ${kind}.`);
  }

  #setRoom(state: RoomState): void {
    const said = sentenceOf(this.#room.room, state.room);
    this.#room = state;
    if (said?.bad === true) this.#log.warn(said.text);
    else if (said !== undefined) this.#log.info(said.text);
  }

  #understood(error: unknown, kind?: 'clips' | 'pictures'): unknown {
    if (error instanceof MediaError) return error;
    if (isFull(error) && kind !== undefined) {
      this.#setRoom(afterFailure(this.#room, kind, this.#now()));
      return new MediaError('no-room', `There is no room for ${kind}.`, { cause: error });
    }
    const code = codeOf(error);
    if (code === 'ENOENT') return new MediaError('absent', 'The file is not there.', { cause: error });
    if (code === '') return error;
    return new MediaError('failed', `The file of an event cannot be read or written (${code}). See who owns it.`, {
      cause: error,
    });
  }
}
