import { setTimeout } from 'node:timers/promises';
import { doubtOf, LONGEST_VERDICT, type Verdict } from '../../detection/doubt.js';
import type { StoredEvent } from '../../events/event.js';
import { type EventStore, MAX_PAGE } from '../../events/store.js';
import { localMinute } from '../events/appraiser.js';
import type { Log } from '../log.js';

export interface VerdictsOptions {
  readonly camera: { readonly id: string; readonly name: string };
  readonly store: Pick<EventStore, 'list'>;
  /** Of earlier events nothing counts, milliseconds since the epoch. */
  readonly since: () => number;
  /** Milliseconds since the epoch. */
  readonly wallclock: () => number;
  /** See doubt.ts. Told when it has changed; it is 0 at the start. */
  readonly onDoubt: (doubt: number) => void;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly signal: AbortSignal;
  /** Default: once a minute, ms. */
  readonly every?: number;
}

/** Somebody who says that an event was none sees what comes of it within this time, ms. */
const LOOK_EVERY = 60_000;
/** Less than this is no difference to anybody. */
const LEAST = 0.01;

/** Follows what people say of one camera's events until the signal is aborted. Never rejects. */
export async function followVerdicts(options: VerdictsOptions): Promise<void> {
  const { signal, every = LOOK_EVERY } = options;
  const follower = new Follower(options);
  while (!signal.aborted) {
    await follower.look();
    await setTimeout(every, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

class Follower {
  readonly #options: VerdictsOptions;
  #doubt = 0;
  #wrong = 0;
  #failed = false;

  constructor(options: VerdictsOptions) {
    this.#options = options;
  }

  async look(): Promise<void> {
    const { camera, wallclock, onDoubt, log, signal } = this.#options;
    let verdicts: readonly Verdict[];
    try {
      verdicts = await this.#read();
      this.#failed = false;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#failed && !signal.aborted)
        log.warn(`${camera.name}: what was said of its events cannot be read: ${reason} Detection goes on as it was.`);
      this.#failed = true;
      return;
    }
    if (signal.aborted) return;
    const now = wallclock();
    const doubt = doubtOf(verdicts, now, localMinute(now));
    const wrong = verdicts.filter(({ verdict }) => verdict === 'wrong').length;
    if (Math.abs(doubt - this.#doubt) > LEAST) {
      if (wrong !== this.#wrong) log.info(`${camera.name}: ${sentenceOf(doubt, wrong)}`);
      this.#doubt = doubt;
      onDoubt(doubt);
    }
    this.#wrong = wrong;
  }

  async #read(): Promise<readonly Verdict[]> {
    const { camera, store, since, wallclock } = this.#options;
    const from = Math.max(since(), wallclock() - LONGEST_VERDICT);
    const pages = await Promise.all(
      (['wrong', 'right'] as const).map((feedback) =>
        store.list({ cameras: [camera.id], from, feedback }, { limit: MAX_PAGE }),
      ),
    );
    return pages.flatMap(({ events }) => events.flatMap(verdictOf));
  }
}

/** Nothing where the hub did not see it, or where something was there that only was called by another name. */
function verdictOf({ start, source, agreement, feedback }: StoredEvent): readonly Verdict[] {
  const seen = source === 'hub' || agreement.includes('hub');
  if (!seen || feedback === undefined) return [];
  if (feedback.verdict === 'wrong' && feedback.category !== undefined) return [];
  return [{ verdict: feedback.verdict, at: start, minute: localMinute(start) }];
}

const sentenceOf = (doubt: number, wrong: number): string =>
  doubt === 0
    ? 'it takes as much as usual again to be an event.'
    : `${wrong} of its events were called wrong lately, so it takes more to be one around this time of day.`;
