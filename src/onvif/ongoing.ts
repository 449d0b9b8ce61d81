import type { Notice } from './answers.js';
import { claimOf } from './claims.js';
import type { OnvifClaim, OnvifEvent } from './device.js';

/** Times differ by more only where a clock is wrong, ms. */
const LIKELY = 3_600_000;
/** What goes on is told again after so long, ms: some cameras say it each second. */
const AGAIN = 10_000;
/** Cameras have tens of rules; more are forgotten, oldest first. */
const MOST = 256;

/** What a camera says that goes on, so that each change is told once, over a new subscription too. */
export class Ongoing {
  /** By topic and source. */
  readonly #going = new Map<string, { readonly claim: OnvifClaim; readonly told: number }>();

  /**
   * What a message says that is new; undefined where it is nothing.
   *
   * @param now ms on the hub's monotonic clock
   * @param wallclock the same, ms since 1970
   */
  hear(notice: Notice, clockOffset: number, now: number, wallclock: number): OnvifEvent | undefined {
    const claimed = claimOf(notice.topic, notice.source, notice.data);
    if (claimed === undefined) return undefined;
    const { rule, lasts } = claimed;
    const at = likely(notice.time, clockOffset, wallclock);
    const key = JSON.stringify([notice.topic, notice.source]);
    const going = this.#going.get(key);
    if (notice.operation === 'Deleted' || claimed.state === 'ends') {
      this.#going.delete(key);
      // What began by another name, such as a class that is gone now, ends by that.
      return going && { claim: going.claim, state: 'ends', at, rule };
    }
    // How it was when the hub came is no moment that comes.
    if (!lasts)
      return notice.operation === 'Initialized' ? undefined : { claim: claimed.claim, state: 'begins', at, rule };
    if (going?.claim === claimed.claim && now - going.told < AGAIN) return undefined;
    this.#going.delete(key);
    this.#going.set(key, { claim: claimed.claim, told: now });
    const [oldest] = this.#going.keys();
    if (this.#going.size > MOST && oldest !== undefined) this.#going.delete(oldest);
    return { claim: claimed.claim, state: 'begins', at, rule };
  }
}

/** A camera's time on the hub's clock, where it may be true. */
export function likely(time: number | undefined, clockOffset: number, wallclock: number): number | undefined {
  const at = time === undefined ? Number.NaN : time + clockOffset;
  return Math.abs(at - wallclock) <= LIKELY ? at : undefined;
}
