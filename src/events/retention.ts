import type { Media, MediaLog } from './media.js';
import { MediaError } from './media.js';
import { dayOf, placeOf } from './media-path.js';
import { partsOf } from './check.js';
import type { EventMedia } from './event.js';
import type { EventStore, Holding, Tier } from './store.js';
import { MAX_PAGE, TIERS } from './store.js';

/** How long what is kept. Protected events count as bytes, and are never removed. */
export interface Limits {
  readonly days: Readonly<Record<Tier, number>>;
  /** Of all tiers together. */
  readonly bytes: number;
  /** So much of the disk is to stay free, bytes. */
  readonly free: number;
}

/** Rejected candidates say what they have to say in far fewer. */
const MAX_NON_EVENTS = 200_000;
const DAY = 86_400_000;

/** Everything as long as `keepDays` says; where it is too much in bytes, clips go first, pictures next, records last. */
export const limitsOf = (keepDays: number, maxGiB: number, free: number): Limits => ({
  days: { clips: keepDays, pictures: keepDays, records: keepDays },
  bytes: maxGiB * 2 ** 30,
  free,
});

/** How many bytes have to go, whatever their age. */
export const excessOf = (used: number, free: number | undefined, limits: Limits): number =>
  Math.max(0, used - limits.bytes, free === undefined ? 0 : limits.free - free);

/**
 * Which of one tier's holdings go: those that began before a time, and of the others the oldest until the excess is gone.
 * @param holdings oldest first
 */
export function expired<T extends Pick<Holding, 'start' | 'bytes'>>(
  holdings: readonly T[],
  before: number,
  excess: number,
): readonly T[] {
  let freed = 0;
  const kept = holdings.findIndex((holding) => {
    if (holding.start >= before && freed >= excess) return true;
    freed += holding.bytes;
    return false;
  });
  return kept < 0 ? holdings : holdings.slice(0, kept);
}

export interface RetentionOptions {
  readonly store: EventStore;
  readonly media: Media;
  readonly limits: Limits;
  readonly log: MediaLog;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What was removed, in numbers of events. */
export type Removed = Readonly<Record<Tier, number>>;

/** Takes away what is too old or too much, whenever it is run. */
export class Retention {
  readonly #options: RetentionOptions;
  #toldOfProtected = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  async run(signal?: AbortSignal): Promise<Removed> {
    const { store, media, limits, now } = this.#options;
    const { bytes } = await store.usage();
    let excess = excessOf(bytes.clips + bytes.pictures + bytes.records, await media.free(), limits);
    const removed = { clips: 0, pictures: 0, records: 0 };
    for (const tier of TIERS) {
      const before = now() - limits.days[tier] * DAY;
      for (let more = true; more;) {
        signal?.throwIfAborted();
        const oldest = await store.oldest(tier, MAX_PAGE);
        const going = expired(oldest, before, excess);
        const gone = await this.#remove(tier, going);
        excess -= going.reduce((sum, holding) => sum + holding.bytes, 0);
        removed[tier] += gone;
        more = gone > 0 && going.length === oldest.length;
      }
    }
    await store.removeNonEvents(now() - limits.days.records * DAY, MAX_NON_EVENTS);
    await this.#tellOfProtected(excess > 0);
    return removed;
  }

  /** The files first: an event that has lost some of them is mended, a file that has lost its event comes back as one. */
  async #remove(tier: Tier, holdings: readonly Holding[]): Promise<number> {
    const { store, media, now } = this.#options;
    let gone = 0;
    for (const { id } of holdings) {
      const event = await store.get(id);
      if (event === undefined || event.protected) continue;
      const left = leftOf(event.media, tier);
      const stays = new Set(partsOf(left).map(({ part }) => part));
      try {
        for (const { part } of partsOf(event.media)) {
          if (!stays.has(part)) await media.remove(placeOf(event, part));
        }
      } catch (error) {
        if (!(error instanceof MediaError)) throw error;
        this.#options.log.warn(`A file of the event ${id} could not be removed. ${error.message}`);
        continue;
      }
      if (tier === 'records') gone += (await store.remove([id])).length;
      else if (await store.update(id, { media: left })) gone++;
      if (dayOf(event.start) < dayOf(now())) await media.tidy(placeOf(event, 'clip'));
    }
    return gone;
  }

  async #tellOfProtected(tooMuch: boolean): Promise<void> {
    if (tooMuch && !this.#toldOfProtected) {
      const { protectedBytes } = await this.#options.store.usage();
      this.#options.log.warn(
        `There is less room for events than wished for, and nothing more to remove: ` +
          `protected ones take ${(protectedBytes / 2 ** 20).toFixed(0)} MiB. Unprotect some, or give them more room.`,
      );
    }
    this.#toldOfProtected = tooMuch;
  }
}

function leftOf(media: EventMedia, tier: Tier): EventMedia {
  if (tier === 'clips') return { ...media, clip: undefined };
  return { picture: undefined, preview: [], clip: tier === 'pictures' ? media.clip : undefined };
}
