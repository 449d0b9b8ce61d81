import { codeOf } from '../../events/files.js';
import type { Log } from '../log.js';
import { readUpTo, writeWhole } from '../whole-file.js';
import type { Modes, ModeSwitches, SwitchedModes } from './modes.js';
import { ALL_ON, modesOf, modesPath, modesText, reachable, switched } from './modes.js';

export interface CameraModesOptions {
  /** `lookout`, below Homebridge's storage folder. */
  readonly folder: string;
  readonly camera: { readonly id: string; readonly name: string };
  readonly switches: ModeSwitches;
  /** Milliseconds since the epoch. */
  readonly wallclock: () => number;
  readonly log: Pick<Log, 'warn'>;
}

/** Ours has 200 bytes. */
const MAX_BYTES = 16 * 1024;

/** What is known of the modes at start, and whether it is what was left. */
interface Kept {
  readonly current: SwitchedModes;
  readonly known: boolean;
}

/** One camera's modes, kept in a file from the first time that somebody changes one. */
export class CameraModes {
  readonly #options: CameraModesOptions;
  readonly #path: string;
  readonly #listeners = new Set<(modes: Modes, before: Modes) => void>();
  #current: SwitchedModes;
  #known: boolean;
  #writing: Promise<void> = Promise.resolve();
  /** What waits to be written; undefined where all is. */
  #unwritten: string | undefined;
  #failed = false;

  private constructor(options: CameraModesOptions, { current, known }: Kept) {
    this.#options = options;
    this.#path = modesPath(options.folder, options.camera.id);
    this.#current = current;
    this.#known = known;
  }

  /** Never rejects. What was kept and cannot be read might have been "off", and so it is. */
  static async open(options: CameraModesOptions): Promise<CameraModes> {
    const { folder, camera, switches, wallclock, log } = options;
    const path = modesPath(folder, camera.id);
    try {
      const text = await readUpTo(path, MAX_BYTES);
      const kept = text === undefined ? undefined : modesOf(text, wallclock());
      if (kept === undefined) throw new Error('it is not what Lookout wrote');
      return new CameraModes(options, { current: reachable(kept, switches), known: true });
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return new CameraModes(options, { current: ALL_ON, known: false });
      log.warn(
        `${camera.name}: whether it was switched off cannot be read (${reasonOf(error)}). It stays off until it is ` +
          'switched on in HomeKit. See who owns the folder “modes” in Lookout’s own.',
      );
      return new CameraModes(options, { current: switched(ALL_ON, { active: false }, wallclock()), known: false });
    }
  }

  get current(): Modes {
    return this.#current.modes;
  }

  /** Milliseconds since the epoch; undefined while the camera is on. */
  get offSince(): number | undefined {
    return this.#current.offSince;
  }

  /** Somebody has chosen them, now or before the last start: nobody else knows better. */
  get known(): boolean {
    return this.#known;
  }

  /** When it returns, all listeners have heard. */
  change(change: Partial<Modes>): void {
    const before = this.#current.modes;
    const changed = (Object.keys(change) as (keyof Modes)[]).some((mode) => change[mode] !== before[mode]);
    if (!changed) return;
    this.#current = switched(this.#current, change, this.#options.wallclock());
    this.#known = true;
    const { modes } = this.#current;
    this.#write(modesText(this.#current));
    for (const listener of [...this.#listeners]) listener(modes, before);
  }

  /** @returns ends the subscription */
  subscribe(listener: (modes: Modes, before: Modes) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves when all is written, or cannot be. */
  async close(): Promise<void> {
    await this.#writing;
    if (this.#unwritten !== undefined) this.#write(this.#unwritten);
    await this.#writing;
  }

  /** Of what changes while a file is being written, only the last is written. */
  #write(text: string): void {
    this.#unwritten = text;
    this.#writing = this.#writing.then(async () => {
      if (this.#unwritten !== text) return;
      try {
        await writeWhole(this.#path, text);
        if (this.#unwritten === text) this.#unwritten = undefined;
        this.#failed = false;
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  #fail(error: unknown): void {
    const { camera, log } = this.#options;
    if (!this.#failed)
      log.warn(
        `${camera.name}: how it is switched cannot be kept over a restart (${reasonOf(error)}). ` +
          'See who owns the folder “modes” in Lookout’s own, and whether the disk is full.',
      );
    this.#failed = true;
  }
}

const reasonOf = (error: unknown): string => codeOf(error) || (error instanceof Error ? error.message : String(error));
