import type { Media, MediaLog } from './media.js';
import { MediaError } from './media.js';
import { dayOf, placeOf } from './media-path.js';
import { partsOf } from './check.js';
import type { EventMedia, StoredEvent } from './event.js';
import type { EventStore, Holding, Tier } from './store.js';

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
const BATCH = 200;
const DAY = 86_400_000;

/** As it is set; what has no days of its own stays as long as the records, and nothing longer than they do. */
export interface Keeping {
  readonly keepDays: number;
  readonly pictureDays?: number;
  readonly clipDays?: number;
  readonly maxGiB: number;
}

/** @param free see {@link Limits.free} */
export const limitsOf = ({ keepDays, pictureDays, clipDays, maxGiB }: Keeping, free: number): Limits => ({
  days: {
    clips: Math.min(clipDays ?? keepDays, keepDays),
    pictures: Math.min(pictureDays ?? keepDays, keepDays),
    records: keepDays,
  },
  bytes: maxGiB * 2 ** 30,
  free,
});

/** One tier's turn. What began before `tooOld` goes; of the others, what began before `young`, until `excess` is gone. */
export interface Turn {
  readonly tier: Tier;
  readonly tooOld: number;
  readonly young: number;
  /** Bytes, of all turns so far and this one. */
  readonly excess: number;
}

/**
 * What has its turn, in order. A disk that is short of space, which may be anybody's doing, costs clips and nothing else,
 * and none of the last day.
 */
export function turnsOf(used: number, free: number | undefined, limits: Limits, now: number): readonly Turn[] {
  const over = used - limits.bytes;
  const short = free === undefined ? 0 : limits.free - free;
  const turn = (tier: Tier, excess: number, young: number): Turn => ({
    tier,
    tooOld: now - limits.days[tier] * DAY,
    young,
    excess,
  });
  return [
    turn('clips', over, Infinity),
    turn('clips', short, now - DAY),
    turn('pictures', over, Infinity),
    turn('records', over, Infinity),
  ];
}

/**
 * Which of the holdings go.
 * @param holdings oldest first
 * @param freed bytes that went before
 */
export function expired<T extends Pick<Holding, 'start' | 'bytes'>>(
  holdings: readonly T[],
  { tooOld, young, excess }: Turn,
  freed: number,
): readonly T[] {
  let sum = freed;
  const kept = holdings.findIndex(({ start, bytes }) => {
    const goes = start < tooOld || (start < young && sum < excess);
    sum += bytes;
    return !goes;
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
  #toldOfFailure = false;

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  async run(signal?: AbortSignal): Promise<Removed> {
    const { store, media, limits, now } = this.#options;
    const { bytes } = await store.usage();
    const used = bytes.clips + bytes.pictures + bytes.records;
    const removed = { clips: 0, pictures: 0, records: 0 };
    let freed = 0;
    for (const turn of turnsOf(used, await media.free(), limits, now())) {
      for (let more = true; more;) {
        signal?.throwIfAborted();
        const oldest = await store.oldest(turn.tier, BATCH);
        const going = expired(oldest, turn, freed);
        const gone = await this.#remove(turn.tier, going);
        freed += gone.reduce((sum, holding) => sum + holding.bytes, 0);
        removed[turn.tier] += gone.length;
        more = gone.length > 0 && going.length === oldest.length;
      }
    }
    await store.removeNonEvents(now() - limits.days.records * DAY, MAX_NON_EVENTS);
    await this.#tellOfProtected(used - freed > limits.bytes);
    return removed;
  }

  /** The files first: an event that has lost some of them is mended, a file that has lost its event comes back as one. */
  async #remove(tier: Tier, holdings: readonly Holding[]): Promise<readonly Holding[]> {
    const { store, media, now } = this.#options;
    const gone: Holding[] = [];
    for (const holding of holdings) {
      const event = await store.get(holding.id);
      if (event === undefined || event.protected) continue;
      const left = leftOf(event.media, tier);
      if (!(await this.#removeFiles(event, left))) break;
      const done =
        tier === 'records'
          ? (await store.remove([event.id])).length > 0
          : await store.update(event.id, { media: left });
      if (done) gone.push(holding);
      if (dayOf(event.start) < dayOf(now())) await media.tidy(placeOf(event, 'clip'));
    }
    return gone;
  }

  async #removeFiles(event: StoredEvent, left: EventMedia): Promise<boolean> {
    const stays = new Set(partsOf(left).map(({ part }) => part));
    try {
      for (const { part } of partsOf(event.media)) {
        if (!stays.has(part)) await this.#options.media.remove(placeOf(event, part));
      }
    } catch (error) {
      if (!(error instanceof MediaError)) throw error;
      if (!this.#toldOfFailure) this.#options.log.warn(`Old files of events cannot be removed. ${error.message}`);
      this.#toldOfFailure = true;
      return false;
    }
    this.#toldOfFailure = false;
    return true;
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
