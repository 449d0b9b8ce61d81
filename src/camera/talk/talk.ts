import type { Ffmpeg } from '../../media/ffmpeg/capabilities.js';
import type { AudioFormat, AudioPacket } from '../../media/packet.js';
import type { Log } from '../log.js';
import { mayTakeOver, type Speaking } from './floor.js';
import { openLine, type TalkLine } from './line.js';
import type { Backchannel, TalkTarget } from './target.js';

/** Somebody who may speak through the camera, for as long as a view lasts. */
export interface Talker {
  /** What is said, with times that count from 0. The first packet opens the way to the camera, nothing does before. */
  push(packet: AudioPacket): void;
}

export interface TalkOptions {
  /** The camera's. */
  readonly name: string;
  readonly target: TalkTarget;
  /** See {@link openLine}; for a target that is asked for. */
  readonly ask?: ((signal: AbortSignal) => Promise<Backchannel>) | undefined;
  readonly ffmpeg: Pick<Ffmpeg, 'path'>;
  readonly log: Log;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Aborted while the camera is off, and at its end. */
  readonly whileOn: () => AbortSignal;
}

/** What is said while the way is opened is kept, up to this much, packets: a second of HomeKit's shortest. */
const MOST_WAITING = 50;
/** A way that was lost, or not found, is looked for again after this long, ms. */
const RETRY = 5_000;

interface Use {
  readonly speaking: Speaking;
  end(): void;
}

/** A camera's loudspeaker. One at a time speaks through it: who has the floor has the one connection to the camera. */
export class Talk {
  private holder: Use | undefined;
  /** When no connection is left of whoever had the floor before. */
  private free: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: TalkOptions) {}

  /** @param signal ends what the talker has opened */
  talker(format: AudioFormat, signal: AbortSignal): Talker {
    const { now, name, log } = this.options;
    let told = false;
    let lost = -Infinity;
    let current: (Use & { push(packet: AudioPacket): void }) | undefined;
    const fail = (error: Error): void => {
      lost = now();
      if (told) return;
      told = true;
      log.warn(`${name}: what a viewer says is not heard at the camera. ${error.message}`);
    };
    const begin = (): typeof current => {
      if (now() - lost < RETRY || !mayTakeOver(this.holder?.speaking, 'viewer', now())) return undefined;
      const waiting: AudioPacket[] = [];
      let line: TalkLine | undefined;
      let heardAt = now();
      const life = new AbortController();
      const use = {
        get speaking(): Speaking {
          return { kind: 'viewer', heardAt };
        },
        push: (packet: AudioPacket): void => {
          heardAt = now();
          if (line !== undefined) line.push(packet);
          else if (waiting.push(packet) > MOST_WAITING) waiting.shift();
        },
        end: (): void => {
          life.abort();
          if (current === use) current = undefined;
        },
      };
      const opened = (found: TalkLine): void => {
        line = found;
        for (const packet of waiting.splice(0)) found.push(packet);
      };
      void this.use(use, { kind: 'packets', format }, AbortSignal.any([signal, life.signal]), opened).then((error) => {
        if (error !== undefined) fail(error);
        use.end();
      });
      return use;
    };
    return {
      push: (packet) => {
        if (signal.aborted || this.options.whileOn().aborted) return;
        (current ??= begin())?.push(packet);
      },
    };
  }

  /**
   * Plays a sound file's first sound track once. Resolves at its end, or when `signal` is aborted, or when a viewer
   * begins to speak; at once where one is speaking.
   * @throws in words for the admin, where it could not be played
   */
  async play(file: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted || !mayTakeOver(this.holder?.speaking, 'file', this.options.now())) return;
    const life = new AbortController();
    const use: Use = {
      speaking: { kind: 'file', heardAt: Infinity },
      end: () => {
        life.abort();
      },
    };
    const error = await this.use(
      use,
      { kind: 'file', path: file },
      AbortSignal.any([signal, life.signal]),
      () => undefined,
    );
    if (error !== undefined) throw error;
  }

  /** From the floor's taking to the end of the last thing that this has opened; gives what went wrong. */
  private async use(
    use: Use,
    input: Parameters<typeof openLine>[0]['input'],
    signal: AbortSignal,
    opened: (line: TalkLine) => void,
  ): Promise<Error | undefined> {
    this.holder?.end();
    this.holder = use;
    const before = this.free;
    const life = AbortSignal.any([signal, this.options.whileOn()]);
    const whole = (async (): Promise<Error | undefined> => {
      await before;
      try {
        const line = await openLine({ ...this.options, input }, life);
        opened(line);
        return await line.ended;
      } catch (error) {
        if (life.aborted) return undefined;
        return error instanceof Error ? error : new Error(String(error));
      } finally {
        if (this.holder === use) this.holder = undefined;
      }
    })();
    this.free = whole;
    return whole;
  }
}
