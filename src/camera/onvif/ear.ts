import type { OnvifEvent } from '../../onvif/device.js';
import type { Log } from '../log.js';
import { Allowance } from '../reports/allowance.js';

export interface EarOptions {
  readonly camera: { readonly name: string };
  readonly hear: (event: OnvifEvent) => void;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wallclock: () => number;
}

/** As much as a busy camera tells. */
const EVENTS = { burst: 40, perSecond: 10 };

/** Hears what one camera tells: not more than it may, and what the admin is to know of it once. */
export class Ear {
  readonly #options: EarOptions;
  readonly #allowance: Allowance;
  #last: { readonly claim: OnvifEvent['claim']; readonly at: number } | undefined;
  #tampered = false;

  constructor(options: EarOptions) {
    this.#options = options;
    this.#allowance = new Allowance(EVENTS, options.now());
  }

  /** What was told last, and when, ms since the epoch. */
  get last(): { readonly claim: OnvifEvent['claim']; readonly at: number } | undefined {
    return this.#last;
  }

  /** Somebody has covered the lens, or turned the camera away. */
  get tampered(): boolean {
    return this.#tampered;
  }

  hear(event: OnvifEvent): void {
    const { camera, hear, log, now, wallclock } = this.#options;
    const { claim, state } = event;
    const begins = state !== 'ends';
    // What is over is heard in any case: nothing else would end it.
    if (begins && !this.#allowance.take(now())) return;
    if (begins) this.#last = { claim, at: event.at ?? wallclock() };
    if (claim === 'tamper' && begins !== this.#tampered) {
      this.#tampered = begins;
      if (begins)
        log.warn(`${camera.name}: it says that it was covered, moved or put out of focus. Have a look at it.`);
      else log.info(`${camera.name}: it says that its view is as it was.`);
    }
    hear(event);
  }
}
