import type { EventMask, Reason } from '../detection/types.js';
import type { Category, EventChange, EventSource, Feedback, StoredEvent, StoredNonEvent } from './event.js';

/** All conditions hold together; several values of one are alternatives. Times are milliseconds since the epoch. */
export interface EventFilter {
  readonly cameras?: readonly string[] | undefined;
  readonly categories?: readonly Category[] | undefined;
  /** Names of zones that an event has. */
  readonly zones?: readonly string[] | undefined;
  readonly sources?: readonly EventSource[] | undefined;
  /** Began then or later … */
  readonly from?: number | undefined;
  /** … and before this. */
  readonly until?: number | undefined;
  /** At least this much, 0 to 100. */
  readonly importance?: number | undefined;
  readonly heldBack?: boolean | undefined;
  readonly protected?: boolean | undefined;
  /** Somebody rang. */
  readonly rang?: boolean | undefined;
  readonly feedback?: Feedback['verdict'] | undefined;
  /** Every word occurs in camera, category, label, zones or note; case does not matter. */
  readonly text?: string | undefined;
}

export interface PageWish {
  /** 1 to {@link MAX_PAGE}; {@link DEFAULT_PAGE} where it is left out. */
  readonly limit?: number | undefined;
  /** {@link EventPage.next} of the page before. */
  readonly cursor?: string | undefined;
}

export const DEFAULT_PAGE = 50;
/** More than this would hold up whoever receives it. */
export const MAX_PAGE = 500;

/** Newest first. */
export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** Undefined on the last page. */
  readonly next: string | undefined;
}

export interface MaskQuery {
  readonly mask: EventMask;
  /** Above 0, up to 1: how much must be in common … */
  readonly share: number;
  /** … measured against the smaller of the two masks, as for a zone to be noticed, or against the event's own. */
  readonly of: 'smaller' | 'event';
}

export interface FoundPage extends EventPage {
  /** On all pages together. */
  readonly total: number;
}

export type NonEventFilter = Pick<EventFilter, 'cameras' | 'from' | 'until'>;

/** What retention takes away, in this order. */
export const TIERS = ['clips', 'pictures', 'records'] as const;
export type Tier = (typeof TIERS)[number];

/** What an event holds besides its record. */
export interface Holding extends Pick<StoredEvent, 'id' | 'camera' | 'start' | 'end' | 'state' | 'media'> {
  /** Of what was asked for: one tier, or all files. */
  readonly bytes: number;
}

export interface HoldingPage {
  readonly holdings: readonly Holding[];
  readonly next: string | undefined;
}

export interface Usage {
  readonly events: number;
  readonly nonEvents: number;
  /** Bytes by tier; `records` is the database without its free pages. */
  readonly bytes: Readonly<Record<Tier, number>>;
  /** Of clips and pictures, the bytes of protected events. */
  readonly protectedBytes: number;
}

/**
 * What happened. Everything is asynchronous: the store may be another thread or another machine.
 * Every method may fail with a {@link StoreError}.
 */
export interface EventStore {
  /** What had to be mended when the store was opened, in sentences. */
  readonly mended: readonly string[];

  /** All of them or none. An event that is there already is an error. */
  put(...events: readonly StoredEvent[]): Promise<void>;
  /** False where there is no such event. */
  update(id: string, change: EventChange): Promise<boolean>;
  get(id: string): Promise<StoredEvent | undefined>;
  list(filter?: EventFilter, page?: PageWish): Promise<EventPage>;
  count(filter?: EventFilter): Promise<number>;
  /** Events that touched what the mask covers; reads no video. */
  searchByMask(query: MaskQuery, filter?: EventFilter, page?: PageWish): Promise<FoundPage>;
  /** False where there is no such event. */
  setFeedback(id: string, feedback: Feedback | undefined): Promise<boolean>;
  setProtected(id: string, on: boolean): Promise<boolean>;

  putNonEvent(nonEvent: StoredNonEvent): Promise<void>;
  /** The newest first, at most {@link MAX_PAGE}. */
  nonEvents(filter?: NonEventFilter, limit?: number): Promise<readonly StoredNonEvent[]>;
  countNonEvents(filter?: NonEventFilter): Promise<Readonly<Partial<Record<Reason, number>>>>;

  usage(): Promise<Usage>;
  /** Oldest first, of ended events that are not protected; at most {@link MAX_PAGE}. */
  oldest(tier: Tier, limit: number): Promise<readonly Holding[]>;
  /** Which of them were removed: protected ones stay. */
  remove(ids: readonly string[]): Promise<readonly string[]>;
  /** Removes those before a time, and the oldest above `most`. Returns how many. */
  removeNonEvents(before: number, most: number): Promise<number>;

  /** Days (of UTC, counted from the epoch) on which an event began, in order. */
  days(): Promise<readonly number[]>;
  /** What the events of a time hold, newest first. */
  holdings(from: number, until: number, page?: PageWish): Promise<HoldingPage>;
  /** What is wrong with the store itself, in sentences. */
  check(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * `full`: the disk is. `corrupt`: what is stored cannot be read. `locked`: another process has it. `newer`: a later
 * version of Lookout wrote it. `absent`: there is nothing to open. `closed`: by us. `refused`: what was asked makes no
 * sense. `failed`: anything else.
 */
export type StoreFault = 'full' | 'corrupt' | 'locked' | 'newer' | 'absent' | 'closed' | 'refused' | 'failed';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  constructor(
    readonly fault: StoreFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
