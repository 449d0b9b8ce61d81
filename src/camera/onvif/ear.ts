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
/** What a camera that has never said that its view is clear says of it holds for so long, ms. */
const TAMPERED = 600_000;

/** Hears what one camera tells: not more than it may, and what the admin is to know of it once. */
export class Ear {
  readonly #options: EarOptions;
  readonly #allowance: Allowance;
  #last: { readonly claim: OnvifEvent['claim']; readonly at: number } | undefined;
  /** On the monotonic clock, ms; undefined while its view is as it was. */
  #tamperedUntil: number | undefined;
  /** It says when its view is clear. */
  #tellsClear = false;

  constructor(options: EarOptions) {
    this.#options = options;
    this.#allowance = new Allowance(EVENTS, options.now());
  }

  /** What was told last, and when, ms since the epoch. */
  get last(): { readonly claim: OnvifEvent['claim']; readonly at: number } | undefined {
    return this.#last;
  }

  /** Somebody has covered the lens, or turned the camera away: until the camera says otherwise, if it ever does. */
  get tampered(): boolean {
    return this.#tamperedUntil !== undefined && this.#options.now() < this.#tamperedUntil;
  }

  hear(event: OnvifEvent): void {
    const { hear, now, wallclock } = this.#options;
    const { claim, state } = event;
    const begins = state !== 'ends';
    // What is over is heard in any case: nothing else would end it.
    if (begins && !this.#allowance.take(now())) return;
    if (begins) this.#last = { claim, at: event.at ?? wallclock() };
    if (claim === 'tamper') this.#tamper(state);
    hear(event);
  }

  #tamper(state: OnvifEvent['state']): void {
    const { camera, log, now } = this.#options;
    const { tampered } = this;
    if (state === 'ends') {
      this.#tellsClear = true;
      this.#tamperedUntil = undefined;
      if (tampered) log.info(`${camera.name}: it says that its view is as it was.`);
      return;
    }
    const lasts = state === 'begins' && this.#tellsClear;
    this.#tamperedUntil = lasts ? Infinity : Math.max(this.#tamperedUntil ?? 0, now() + TAMPERED);
    if (!tampered)
      log.warn(`${camera.name}: it says that it was covered, moved or put out of focus. Have a look at it.`);
  }
}
