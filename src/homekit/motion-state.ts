import type { StoredEvent } from '../events/event.js';
import type { After, Clock } from '../media/rtp/rtp-stream.js';

/** `start` once, `update` while it goes on, `end` once. */
export type EventPhase = 'start' | 'update' | 'end';

/** What a sensor wants to know of an event. */
export type SensedEvent = Pick<StoredEvent, 'id' | 'end' | 'zones' | 'heldBack'>;

export interface MotionStateOptions {
  /** Names of the zones that are asked for by {@link MotionState.isOnIn}. */
  readonly zones: readonly string[];
  /** Milliseconds that a sensor stays on after the last motion. */
  readonly hold: number;
  readonly clock: Clock;
  readonly after: After;
  /** Some answer is another than before. */
  readonly changed: () => void;
  /** Ends the timer. */
  readonly signal: AbortSignal;
}

/**
 * Events are cut after 120 s and updated every 2 s while something moves, so that one without news for so long has lost
 * its end: its worker has died. Milliseconds.
 */
const LOST_AFTER = 150_000;

/**
 * When motion sensors are on: the camera's, and those of its zones. On is an event that alerts, until `hold` after its
 * last motion. One that alerts nobody because it follows another keeps up what is on, and goes from zone to zone in it;
 * one that is held back for any other reason is nothing at all.
 */
export class MotionState {
  readonly #options: MotionStateOptions;
  readonly #picture = new Place();
  readonly #zones: ReadonlyMap<string, Place>;
  #watching = true;
  #said: readonly boolean[];
  #cancel: (() => void) | undefined;

  constructor(options: MotionStateOptions) {
    this.#options = options;
    this.#zones = new Map(options.zones.map((zone) => [zone, new Place()]));
    this.#said = this.#answers(options.clock.now());
    options.signal.addEventListener('abort', () => this.#cancel?.(), { once: true });
  }

  get isOn(): boolean {
    return this.#picture.isOn(this.#options.clock.now(), this.#options.hold);
  }

  isOnIn(zone: string): boolean {
    return this.#zones.get(zone)?.isOn(this.#options.clock.now(), this.#options.hold) ?? false;
  }

  hear(phase: EventPhase, event: SensedEvent): void {
    if (!this.#watching) return;
    const { clock } = this.#options;
    const now = clock.now();
    this.#giveUp(now);
    const counts = event.heldBack === undefined || (event.heldBack === 'preceding-event' && this.isOn);
    // Ages, for the wall clock may have been set since the last news.
    const motion = now - Math.max(0, clock.wallclock() - event.end);
    const tell = (place: Place, has: boolean): void => {
      if (has) place.goesOn(event.id, { motion, heard: now });
      if (!has || phase === 'end') place.leaves(event.id);
    };
    tell(this.#picture, counts);
    for (const [zone, place] of this.#zones) tell(place, counts && event.zones.includes(zone));
    this.#settle(now);
  }

  /** Whether there is anybody to tell of motion: while there is not, everything is off. */
  watch(watching: boolean): void {
    this.#watching = watching;
    if (!watching) for (const place of this.#places()) place.clear();
    this.#settle(this.#options.clock.now());
  }

  #giveUp(now: number): void {
    for (const place of this.#places()) place.giveUp(now - LOST_AFTER);
  }

  /** Says what has changed, and comes back when more will have. */
  #settle(now: number): void {
    const { hold, after, changed, signal } = this.#options;
    this.#cancel?.();
    this.#cancel = undefined;
    const next = Math.min(...this.#places().map((place) => place.changesAt(now, hold)));
    if (next < Infinity && !signal.aborted) {
      this.#cancel = after(next - now, () => {
        const time = this.#options.clock.now();
        this.#giveUp(time);
        this.#settle(time);
      });
    }
    const answers = this.#answers(now);
    const same = answers.every((answer, nth) => answer === this.#said[nth]);
    this.#said = answers;
    if (!same) changed();
  }

  #answers(now: number): boolean[] {
    return this.#places().map((place) => place.isOn(now, this.#options.hold));
  }

  #places(): Place[] {
    return [this.#picture, ...this.#zones.values()];
  }
}

/** Both in milliseconds on the hub's monotonic clock. */
interface Sign {
  /** The last motion. */
  readonly motion: number;
  readonly heard: number;
}

/** The picture or a zone: which events go on there, and when the last that has ended moved. */
class Place {
  /** By the events' ids. */
  readonly #ongoing = new Map<string, Sign>();
  #lastMotion = -Infinity;

  isOn(now: number, hold: number): boolean {
    return this.#ongoing.size > 0 || now < this.#lastMotion + hold;
  }

  goesOn(id: string, sign: Sign): void {
    this.#ongoing.set(id, sign);
  }

  leaves(id: string): void {
    const sign = this.#ongoing.get(id);
    if (sign === undefined) return;
    this.#lastMotion = Math.max(this.#lastMotion, sign.motion);
    this.#ongoing.delete(id);
  }

  clear(): void {
    this.#ongoing.clear();
    this.#lastMotion = -Infinity;
  }

  /** Events that were last heard of then, or before, are over. */
  giveUp(heard: number): void {
    for (const [id, sign] of this.#ongoing) if (sign.heard <= heard) this.leaves(id);
  }

  /** When this may next be off without any news. */
  changesAt(now: number, hold: number): number {
    const off = this.#lastMotion + hold;
    return Math.min(
      ...Array.from(this.#ongoing.values(), ({ heard }) => heard + LOST_AFTER),
      now < off ? off : Infinity,
    );
  }
}
