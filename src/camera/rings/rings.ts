import type { EventSource, StoredEvent } from '../../events/event.js';
import type { Ring } from '../events/keeper.js';
import type { Log } from '../log.js';
import { type Press, type RingSource, type Verdict, verdictOf } from './verdict.js';

/** What makes a sound at the camera. */
export interface Speaker {
  /** Rejects where it cannot; resolves when all is played, or `signal` is aborted. @param file an absolute path */
  play(file: string, signal: AbortSignal): Promise<void>;
}

export interface RingsOptions {
  readonly camera: { readonly name: string };
  /** So long after a ring the button rings not again, ms. */
  readonly interval: number;
  /** Somebody wants to hear it. */
  readonly chime: () => boolean;
  /** Keeps it. */
  readonly keep: (ring: Ring) => StoredEvent;
  /** Played at the camera; undefined for none. */
  readonly sound: string | undefined;
  /** Undefined where there is none. */
  readonly speaker: Speaker | undefined;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Milliseconds on the hub's monotonic clock. */
  readonly now: () => number;
  /** Nothing rings any more. */
  readonly signal: AbortSignal;
}

/** What became of a press. */
export interface RingAnswer {
  readonly verdict: Verdict;
  /** False: nobody hears of it. */
  readonly chime: boolean;
  /** Undefined where it is too soon. */
  readonly event: StoredEvent | undefined;
}

/** The door through which presses of one camera's button come in, whoever says so. */
export class Rings {
  private readonly listeners = new Set<() => void>();
  private last: Press | undefined;
  private playing = false;
  private failed = false;

  constructor(private readonly options: RingsOptions) {}

  /** Told when something is to ring: not when the chime is off. @returns ends the subscription */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /**
   * Somebody presses the button. When it returns, everybody has been told.
   *
   * @param press `at` on the hub's monotonic clock, ms; now, where nobody knows better
   */
  press({ source, ...press }: { readonly at?: number; readonly source: RingSource }): RingAnswer {
    const { interval, chime, keep, now, signal } = this.options;
    const at = Math.min(press.at ?? now(), now());
    const verdict = verdictOf({ at, source }, this.last, interval);
    const heard = chime();
    if (verdict === 'too-soon' || signal.aborted) return { verdict: 'too-soon', chime: heard, event: undefined };
    if (verdict === 'rings') {
      this.last = { at, source };
      if (heard) this.ring();
    }
    const ring: Ring = {
      at: this.last?.at ?? at,
      source: EVENT_SOURCE[source],
      heldBack: heard ? undefined : 'chime-off',
    };
    return { verdict, chime: heard, event: keep(ring) };
  }

  private ring(): void {
    for (const listener of [...this.listeners]) listener();
    void this.play();
  }

  /** One at a time: the next ring does not wait for the sound of the one before. */
  private async play(): Promise<void> {
    const { camera, sound, speaker, log, signal } = this.options;
    if (sound === undefined || speaker === undefined || this.playing) return;
    this.playing = true;
    try {
      await speaker.play(sound, signal);
      this.failed = false;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.failed && !signal.aborted)
        log.warn(`${camera.name}: "doorbell.sound" cannot be played at the camera. ${reason.replace(/\.?$/, '.')}`);
      this.failed = true;
    } finally {
      this.playing = false;
    }
  }
}

/** As whom the store knows them. */
const EVENT_SOURCE: Readonly<Record<RingSource, EventSource>> = {
  camera: 'camera',
  mqtt: 'mqtt',
  http: 'camera',
  homekit: 'homekit',
  control: 'hub',
};
