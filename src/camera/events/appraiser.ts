import type { DetectedEvent } from '../../detection/types.js';
import type { HeldBack, Importance, UsualPaths } from '../../detection/weigh.js';
import { learnPath, noPaths, unusualness, weigh } from '../../detection/weigh.js';
import type { Zone } from '../../detection/zones.js';
import type { Alertable, AlertRules, Preceding } from './alert.js';
import { heldBackAtStart, heldBackLater } from './alert.js';

export type Phase = 'start' | 'update' | 'end';

export interface AppraiserOptions extends AlertRules {
  readonly zones: readonly Pick<Zone, 'name' | 'purpose'>[];
  /** What an earlier appraiser of the same camera had learned. */
  readonly paths?: UsualPaths;
}

/** What an event means. */
export interface Appraisal {
  readonly importance: Importance;
  /** Why nobody is alerted; undefined from the moment on when somebody is. */
  readonly heldBack: HeldBack | undefined;
  /** Somebody is to be alerted now: at its start, or as it leaves a zone that is to be ignored. Once in an event at most. */
  readonly alert: boolean;
}

interface Ongoing {
  readonly id: number;
  readonly preceding: Preceding | undefined;
  readonly heldBack: HeldBack | undefined;
}

/**
 * How important one camera's events are, and whether somebody is alerted. Knows no clock but the events' times, and says
 * the same of the same events in the same order.
 */
export class Appraiser {
  readonly #rules: AlertRules;
  readonly #noticed: ReadonlySet<string>;
  readonly #ignored: ReadonlySet<string>;
  readonly #preceding = new Map<DetectedEvent['category'], Preceding>();
  #ongoing: Ongoing | undefined;
  #paths: UsualPaths;

  constructor({ window, quiet, zones, paths = noPaths() }: AppraiserOptions) {
    this.#rules = { window, quiet };
    this.#noticed = namesOf(zones, 'notice');
    this.#ignored = namesOf(zones, 'ignore');
    this.#paths = paths;
  }

  /** Where things usually move: to be kept over a restart. Never changed in place. */
  get paths(): UsualPaths {
    return this.#paths;
  }

  /** Begins anew with where things usually move. */
  forget(): void {
    this.#paths = noPaths();
  }

  /** The detector begins anew, and with it its ids; what ended before still counts. */
  restart(): void {
    this.#ongoing = undefined;
    for (const [category, preceding] of this.#preceding) this.#preceding.set(category, { ...preceding, id: 0 });
  }

  /**
   * @param phase in the order in which the detector says them; one that was not heard of before begins with any
   * @param minute of the event's start, since midnight, local
   */
  appraise(phase: Phase, event: DetectedEvent, minute: number): Appraisal {
    const { id, start, continues, category, end } = event;
    const ignored = event.zones.some((zone) => this.#ignored.has(zone));
    const known = this.#ongoing?.id === id ? this.#ongoing : undefined;
    const preceding = known === undefined ? this.#preceding.get(category) : known.preceding;
    const alertable: Alertable = { start, continues, ignored, minute };
    const heldBack =
      known === undefined
        ? heldBackAtStart(alertable, preceding, this.#rules)
        : heldBackLater(known.heldBack, alertable, preceding, this.#rules);
    const alert = heldBack === undefined && (known === undefined || known.heldBack !== undefined);
    const importance = this.#weigh(event, minute);
    if (phase === 'end') {
      this.#ongoing = undefined;
      this.#preceding.set(category, { id, end, ignored: heldBack === 'ignored-zone' });
      this.#paths = learnPath(this.#paths, event.mask);
    } else this.#ongoing = { id, preceding, heldBack };
    return { importance, heldBack, alert };
  }

  #weigh({ start, end, category, mask, tracks, zones }: DetectedEvent, minute: number): Importance {
    return weigh({
      noticed: this.#noticed.size === 0 ? undefined : zones.some((zone) => this.#noticed.has(zone)),
      size: Math.max(0, ...tracks.map((track) => track.size)),
      duration: (end - start) / 1000,
      speed: Math.max(0, ...tracks.map((track) => track.speed)),
      unusual: unusualness(this.#paths, mask),
      minute,
      category,
    });
  }
}

const namesOf = (zones: AppraiserOptions['zones'], purpose: Zone['purpose']): ReadonlySet<string> =>
  new Set(zones.filter((zone) => zone.purpose === purpose).map(({ name }) => name));

/** Minutes since midnight where the hub is. @param time milliseconds since the epoch */
export function localMinute(time: number): number {
  const date = new Date(time);
  return date.getHours() * 60 + date.getMinutes();
}
