import type { HeldBack } from '../detection/weigh.js';
import type { Box, EventMask, NonEvent, Track } from '../detection/types.js';

/** What an event is about. `known` carries a {@link StoredEvent.label}. */
export const CATEGORIES = ['motion', 'person', 'vehicle', 'animal', 'package', 'known'] as const;
export type Category = (typeof CATEGORIES)[number];

/** Who said that something happens. */
export const SOURCES = ['hub', 'camera', 'mqtt', 'homekit'] as const;
export type EventSource = (typeof SOURCES)[number];

/**
 * `ongoing`: more may come. `ended`: its end was seen. `interrupted`: the hub stopped in the middle of it, so `end` is
 * the last motion that was written down. `recovered`: rebuilt from its files, for its record was lost.
 */
export const STATES = ['ongoing', 'ended', 'interrupted', 'recovered'] as const;
export type EventState = (typeof STATES)[number];

/** What a person said of an event. */
export interface Feedback {
  readonly verdict: 'right' | 'wrong';
  /** What it was instead. */
  readonly category: Category | undefined;
  readonly note: string | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A file that belongs to an event; where it lies follows from the event and the kind of file. */
export interface Picture {
  readonly bytes: number;
  /** When it was taken, milliseconds since the epoch. */
  readonly at: number;
}

export interface PreviewFrame extends Picture {
  /** 1 to {@link MAX_PREVIEW_FRAMES}, in the order of time. */
  readonly number: number;
}

export interface Clip extends Picture {
  /** Milliseconds; `at` is its first picture, which is before the event by the pre-roll. */
  readonly duration: number;
}

export const MAX_PREVIEW_FRAMES = 32;

export interface EventMedia {
  readonly picture: Picture | undefined;
  readonly preview: readonly PreviewFrame[];
  readonly clip: Clip | undefined;
}

export const NO_MEDIA: EventMedia = { picture: undefined, preview: [], clip: undefined };

export interface Importance {
  /** 0 to 100. */
  readonly total: number;
  /** Points by the name of the factor. */
  readonly factors: Readonly<Record<string, number>>;
}

/** All that is kept of an event. Times are milliseconds since the epoch. Survives a structured clone. */
export interface StoredEvent {
  /** See {@link newEventId}. */
  readonly id: string;
  readonly camera: string;
  /** First motion. Never changes: the id and the places of files come from it. */
  readonly start: number;
  readonly detectedAt: number;
  /** Last motion so far. */
  readonly end: number;
  readonly state: EventState;
  readonly category: Category;
  /** What exactly, where that is known: the name of a cluster. */
  readonly label: string | undefined;
  /** 0 to 1. */
  readonly confidence: number;
  readonly box: Box;
  readonly mask: EventMask;
  /** Their times are milliseconds since the epoch, too. */
  readonly tracks: readonly Track[];
  readonly zones: readonly string[];
  readonly importance: Importance;
  /** Why nobody was alerted; undefined where somebody was. `chime-off`: of a ring, while nobody was seen. */
  readonly heldBack: HeldBack | 'chime-off' | undefined;
  readonly source: EventSource;
  /** The other sources that said the same of this moment. */
  readonly agreement: readonly EventSource[];
  /** When somebody rang, in the order of time. An event of one ring alone is plain motion with no tracks. */
  readonly rings: readonly number[];
  readonly feedback: Feedback | undefined;
  /** Retention leaves it alone. */
  readonly protected: boolean;
  /** Id of the event that this one goes on from, while that is kept. */
  readonly continues: string | undefined;
  readonly media: EventMedia;
}

/** What may change after an event was put; the rest of it stands. */
export type EventChange = Partial<
  Omit<StoredEvent, 'id' | 'camera' | 'start' | 'source' | 'continues' | 'feedback' | 'protected'>
>;

/** A rejected candidate and why. */
export interface StoredNonEvent extends Omit<NonEvent, 'at'> {
  readonly camera: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const TIME_DIGITS = 9;
const RANDOM_DIGITS = 6;
const ID = /^[0-9a-z]{15}$/;

/**
 * 15 letters and digits: `start` in base 36, then chance. Ids sort by time, and are safe as file names.
 *
 * @param random 0 (included) to 1 (excluded), as `Math.random` gives it
 */
export function newEventId(start: number, random: () => number = Math.random): string {
  const time = Math.trunc(start).toString(36).padStart(TIME_DIGITS, '0');
  const chance = Math.floor(random() * 36 ** RANDOM_DIGITS)
    .toString(36)
    .padStart(RANDOM_DIGITS, '0');
  return time + chance;
}

export const isEventId = (text: string): boolean => ID.test(text);

/** The start that an id was made from, milliseconds since the epoch. */
export const timeOfId = (id: string): number => Number.parseInt(id.slice(0, TIME_DIGITS), 36);
