import { setTimeout } from 'node:timers/promises';
import { doubtOf, LONGEST_VERDICT, type Verdict } from '../../detection/doubt.js';
import type { StoredEvent } from '../../events/event.js';
import type { EventStore } from '../../events/store.js';
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
/** The newest of each kind: seven wrong ones are the most that count. */
const MOST_READ = 100;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour * 60);

/** Follows what people say of one camera's events. */
export class Verdicts {
  readonly #options: VerdictsOptions;
  #verdicts: readonly Verdict[] = [];
  #doubt = 0;
  /** At the time of day at which it is greatest, when it was last spoken of. */
  #greatest = 0;
  #failed = false;

  constructor(options: VerdictsOptions) {
    this.#options = options;
  }

  /** As it was told last. */
  get doubt(): number {
    return this.#doubt;
  }

  /** Looks until the signal is aborted. Never rejects. */
  async run(): Promise<void> {
    const { signal, every = LOOK_EVERY } = this.#options;
    while (!signal.aborted) {
      await this.look();
      await setTimeout(every, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Looks at once. What was read before counts on where it cannot be read now, which is said. */
  async look(): Promise<void> {
    const { camera, wallclock, onDoubt, log, signal } = this.#options;
    try {
      const verdicts = await this.#read();
      if (signal.aborted) return;
      this.#failed = false;
      this.#take(verdicts);
    } catch (error) {
      if (signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.#failed)
        log.warn(`${camera.name}: what was said of its events cannot be read: ${reason} What was known counts on.`);
      this.#failed = true;
    }
    const now = wallclock();
    const doubt = doubtOf(this.#verdicts, now, localMinute(now));
    if (doubt === this.#doubt || (doubt > 0 && Math.abs(doubt - this.#doubt) < LEAST)) return;
    this.#doubt = doubt;
    onDoubt(doubt);
  }

  async #read(): Promise<readonly Verdict[]> {
    const { camera, store, since, wallclock } = this.#options;
    const from = Math.max(since(), wallclock() - LONGEST_VERDICT);
    const pages = await Promise.all(
      (['wrong', 'right'] as const).map((feedback) =>
        store.list({ cameras: [camera.id], from, feedback }, { limit: MOST_READ }),
      ),
    );
    return pages.flatMap(({ events }) => events.flatMap(verdictsOf));
  }

  /** It is said when something was said, not when an hour comes. */
  #take(verdicts: readonly Verdict[]): void {
    const { camera, wallclock, log } = this.#options;
    const before = this.#verdicts;
    this.#verdicts = verdicts;
    if (verdicts.length === before.length && verdicts.every((one, nth) => isSame(one, before[nth]))) return;
    const now = wallclock();
    const greatest = Math.max(...HOURS.map((minute) => doubtOf(verdicts, now, minute)));
    if (Math.abs(greatest - this.#greatest) < LEAST) return;
    this.#greatest = greatest;
    const wrong = verdicts.filter(({ verdict }) => verdict === 'wrong').length;
    log.info(`${camera.name}: ${greatest === 0 ? RELIEVED : `${wrong} ${DOUBTED}`}`);
  }
}

const DOUBTED = 'of its events were called wrong lately, so around their times of day it takes more to be one.';
const RELIEVED = 'it takes no more than usual to be an event any more, at no time of day.';

const isSame = (one: Verdict, other: Verdict | undefined): boolean =>
  one.verdict === other?.verdict && one.at === other.at;

/** None where the hub did not see it, or where something was there that only was called by another name. */
function verdictsOf({ start, source, agreement, feedback }: StoredEvent): readonly Verdict[] {
  const seen = source === 'hub' || agreement.includes('hub');
  if (!seen || feedback === undefined) return [];
  if (feedback.verdict === 'wrong' && feedback.category !== undefined) return [];
  return [{ verdict: feedback.verdict, at: start, minute: localMinute(start) }];
}
