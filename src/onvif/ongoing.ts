import type { Notice } from './answers.js';
import { claimOf } from './claims.js';
import type { OnvifClaim, OnvifEvent } from './device.js';

/** Times differ by more only where a clock is wrong, ms. */
const LIKELY = 3_600_000;
/** What goes on is told again after so long, ms: some cameras say it each second. */
const AGAIN = 10_000;
/** Cameras have tens of rules; more are forgotten, oldest first. */
const MOST = 256;

interface Going {
  readonly claim: OnvifClaim;
  readonly rule: string | undefined;
  /** Ms on the hub's monotonic clock. */
  readonly told: number;
}

/**
 * What a camera says that goes on, so that each change is told once, over a new subscription too. What several topics or
 * objects say of one rule is over with the last of them.
 */
export class Ongoing {
  /** By topic and source. */
  readonly #going = new Map<string, Going>();
  /** Moments that are told as states (buttons, lines), by topic and source, that are known to be over. */
  readonly #atRest = new Set<string>();

  /**
   * What a message says that is new.
   *
   * @param now ms on the hub's monotonic clock
   * @param wallclock the same, ms since 1970
   */
  hear(notice: Notice, clockOffset: number, now: number, wallclock: number): readonly OnvifEvent[] {
    const at = likely(notice.time, clockOffset, wallclock);
    const key = JSON.stringify([notice.topic, notice.source]);
    const claimed = claimOf(notice.topic, notice.source, notice.data);
    // What is deleted may say nothing more of itself.
    if (notice.operation === 'Deleted') return this.#over(key, at);
    if (claimed === undefined) return [];
    const { claim, rule, lasts, state } = claimed;
    const isOld = notice.operation === 'Initialized';
    if (state === 'ends') {
      if (isMoment(claim)) remember(this.#atRest, key);
      // That a view is clear may end what was heard over an earlier connection.
      if (claim === 'tamper' && !this.#going.has(key)) return this.#ended({ claim, rule }, at);
      return this.#over(key, at);
    }
    // How it was when the hub came is no moment that comes.
    if (!lasts) return isOld ? [] : [{ claim, state: 'happens', at, rule }];
    const before = this.#going.get(key);
    const isKnown = before?.claim === claim && now - before.told < AGAIN;
    // Who says again and again that a button is pressed speaks of one press.
    if (isKnown && !isMoment(claim)) return [];
    this.#going.delete(key);
    this.#going.set(key, { claim, rule, told: now });
    const wasAtRest = !isMoment(claim) || this.#atRest.delete(key);
    const begins: OnvifEvent[] = isKnown || (isOld && !wasAtRest) ? [] : [{ claim, state, at, rule }];
    return [...begins, ...this.#ended(before, at), ...this.#forgotten(at)];
  }

  #over(key: string, at: number | undefined): readonly OnvifEvent[] {
    const going = this.#going.get(key);
    this.#going.delete(key);
    return this.#ended(going, at);
  }

  /** By the name by which it began: a class that is gone now is told no more. */
  #ended(going: Pick<Going, 'claim' | 'rule'> | undefined, at: number | undefined): readonly OnvifEvent[] {
    if (going === undefined || this.#goesOn(going.claim, going.rule)) return [];
    return [{ claim: going.claim, state: 'ends', at, rule: going.rule }];
  }

  #forgotten(at: number | undefined): readonly OnvifEvent[] {
    const [oldest] = this.#going.keys();
    return this.#going.size > MOST && oldest !== undefined ? this.#over(oldest, at) : [];
  }

  #goesOn(claim: OnvifClaim, rule: string | undefined): boolean {
    return [...this.#going.values()].some(
      (going) => going.claim === claim && (going.rule === rule || claim === 'tamper'),
    );
  }
}

const isMoment = (claim: OnvifClaim): boolean => claim === 'ring' || claim === 'line';

function remember(keys: Set<string>, key: string): void {
  keys.delete(key);
  keys.add(key);
  const [oldest] = keys;
  if (keys.size > MOST && oldest !== undefined) keys.delete(oldest);
}

/** A camera's time on the hub's clock, where it may be true. */
export function likely(time: number | undefined, clockOffset: number, wallclock: number): number | undefined {
  const at = time === undefined ? Number.NaN : time + clockOffset;
  return Math.abs(at - wallclock) <= LIKELY ? at : undefined;
}
