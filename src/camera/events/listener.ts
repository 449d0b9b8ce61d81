import type { DetectedEvent } from '../../detection/types.js';
import type { EventMedia, EventSource, StoredEvent, StoredNonEvent } from '../../events/event.js';
import type { Phase } from './appraiser.js';

/** Hears of a camera's events at once, before anything is written; what is not needed may be left out. */
export interface EventListener {
  /**
   * In the order of an event's life: one `start`, any number of `update`, one `end`.
   *
   * @param alert somebody is to be alerted now; once in an event at most
   */
  event?(phase: Phase, event: StoredEvent, alert: boolean): void;
  /** Files of an event have come, in the course of it or some seconds after its end. */
  media?(event: StoredEvent): void;
  nonEvent?(nonEvent: StoredNonEvent): void;
  /** Somebody has rung. Where nobody was seen so far, the event may not have started yet, and may never. @param at ms since the epoch */
  ring?(event: StoredEvent, at: number): void;
}

/** Somebody presses the button of the door. */
export interface Ring {
  /** On the hub's monotonic clock, ms. */
  readonly at: number;
  readonly source: EventSource;
  /** Why nobody hears of it. */
  readonly heldBack: StoredEvent['heldBack'];
}

/** Makes pictures and a clip of an event, from its start on. */
export interface EventMediaMaker {
  /** @param changed told of all files that the event has by now, until some seconds after its end */
  begin(event: StoredEvent, detected: DetectedEvent, changed: (media: EventMedia) => void): MediaInProgress;
  /** Ends what is being made, and keeps what can be shown of it. */
  close(): Promise<void>;
}

export interface MediaInProgress {
  update(detected: DetectedEvent): void;
  end(detected: DetectedEvent): void;
  /** The picture of this moment is the event's, before its end or after it. @param at ms on the hub's clock */
  show?(at: number): void;
}
