import type { HeldBack, QuietHours } from '../../detection/weigh.js';
import { holdBack } from '../../detection/weigh.js';

/** The last event of the same camera and category, which has ended. */
export interface Preceding {
  readonly id: number;
  /** Milliseconds on the detector's clock. */
  readonly end: number;
  /** It never left what is to be ignored, so nobody was alerted of it. */
  readonly ignored: boolean;
}

/** An event as far as it matters to whether somebody is alerted. */
export interface Alertable {
  /** Milliseconds on the detector's clock. */
  readonly start: number;
  /** The event that it goes on from, where one was cut because it was long. */
  readonly continues: number | undefined;
  /** It lies, as far as it is seen by now, in a zone that is to be ignored. */
  readonly ignored: boolean;
  /** When it began, minutes since midnight, local. */
  readonly minute: number;
}

export interface AlertRules {
  /** So soon after the end of the preceding event nobody is alerted again, ms. */
  readonly window: number;
  readonly quiet: readonly QuietHours[];
}

/**
 * Why nobody is alerted of an event that begins; undefined when they are. Where an ignored event was cut, what goes on
 * from it is judged by itself: nobody has heard of it yet.
 */
export function heldBackAtStart(
  event: Alertable,
  preceding: Preceding | undefined,
  rules: AlertRules,
): HeldBack | undefined {
  const alone = preceding?.ignored === true && preceding.id === event.continues;
  return judged(event, alone ? 'alone' : preceding, rules);
}

/**
 * The same while it goes on. What was decided at the start stays, but for one transition: an event that was ignored for
 * its zone and has left it is alerted from then on, unless it began in quiet hours, or follows one that was not ignored.
 */
export function heldBackLater(
  before: HeldBack | undefined,
  event: Alertable,
  preceding: Preceding | undefined,
  rules: AlertRules,
): HeldBack | undefined {
  if (before !== 'ignored-zone' || event.ignored) return before;
  return judged(event, preceding?.ignored === true ? 'alone' : preceding, rules);
}

function judged(
  { start, continues, ignored, minute }: Alertable,
  preceding: Preceding | 'alone' | undefined,
  { window, quiet }: AlertRules,
): HeldBack | undefined {
  return preceding === 'alone'
    ? holdBack({ start, ignored, minute, continues: false }, undefined, window, quiet)
    : holdBack({ start, ignored, minute, continues: continues !== undefined }, preceding?.end, window, quiet);
}
