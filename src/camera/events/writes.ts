import { setTimeout } from 'node:timers/promises';
import type { EventChange, StoredEvent, StoredNonEvent } from '../../events/event.js';
import type { EventStore, StoreFault } from '../../events/store.js';
import { StoreError } from '../../events/store.js';
import type { Log } from '../log.js';

export type WritableStore = Pick<EventStore, 'put' | 'update' | 'putNonEvent'>;

export interface EventWritesOptions {
  readonly store: WritableStore;
  /** The camera's. */
  readonly name: string;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** Events and non-events that wait for a store that does not work. An event takes some 5 KB of memory. */
const MOST_WAITING = 500;

type Waiting =
  /** `known`: the store has it already, in an earlier state. */
  | { readonly kind: 'event'; readonly event: StoredEvent; readonly known: boolean }
  | { readonly kind: 'non-event'; readonly nonEvent: StoredNonEvent };

/**
 * Takes what is to be written at once, and writes it in order as fast as the store does. Of an event that has changed
 * several times meanwhile only the last state is written. What fails is tried again with the next write.
 */
export class EventWrites {
  readonly #options: EventWritesOptions;
  /** By event id, or a number of its own; the first is the next. */
  #waiting = new Map<string, Waiting>();
  #draining: Promise<void> | undefined;
  #fault: StoreFault | undefined;
  #lost = 0;
  #count = 0;

  constructor(options: EventWritesOptions) {
    this.#options = options;
  }

  /** The state of an event. @param first it was never given before */
  event(event: StoredEvent, first: boolean): void {
    const before = this.#waiting.get(event.id);
    const known = !first && (before?.kind !== 'event' || before.known);
    this.#add(event.id, { kind: 'event', event, known });
  }

  nonEvent(nonEvent: StoredNonEvent): void {
    this.#add(String(++this.#count), { kind: 'non-event', nonEvent });
  }

  /** Waits until all is written, or cannot be, or the time is over. @param limit ms */
  async close(limit: number): Promise<void> {
    const over = new AbortController();
    const time = setTimeout(limit, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([this.#drained(), time]);
    over.abort();
    const left = [...this.#waiting.values()].filter(({ kind }) => kind === 'event').length;
    const { name, log } = this.#options;
    if (left > 0) log.warn(`${name}: ${counted(left)} could not be written down before the end.`);
  }

  #add(key: string, waiting: Waiting): void {
    this.#waiting.set(key, waiting);
    if (this.#waiting.size > MOST_WAITING) this.#drop();
    this.#draining ??= this.#drain();
  }

  /** The oldest non-event, or else the oldest event. */
  #drop(): void {
    const [oldest] = this.#waiting.keys();
    const rejected = [...this.#waiting].find(([, { kind }]) => kind === 'non-event')?.[0];
    if (rejected === undefined) this.#lost++;
    this.#waiting.delete(rejected ?? oldest ?? '');
  }

  async #drained(): Promise<void> {
    await this.#draining;
    if (this.#waiting.size > 0) await (this.#draining ??= this.#drain());
  }

  async #drain(): Promise<void> {
    // Whoever writes has told others first what happened.
    await Promise.resolve();
    for (let next = first(this.#waiting); next !== undefined; next = first(this.#waiting)) {
      const [key, waiting] = next;
      this.#waiting.delete(key);
      try {
        await this.#write(waiting);
        this.#works();
      } catch (error) {
        this.#failed(error);
        if (error instanceof StoreError && error.fault !== 'refused') {
          this.#putBack(key, waiting);
          break;
        }
      }
    }
    this.#draining = undefined;
  }

  async #write(waiting: Waiting): Promise<void> {
    const { store } = this.#options;
    if (waiting.kind === 'non-event') {
      await store.putNonEvent(waiting.nonEvent);
    } else if (waiting.known) {
      await store.update(waiting.event.id, changeOf(waiting.event));
    } else {
      await store.put(waiting.event);
    }
  }

  /** In front of all others, in the state in which it is by now. */
  #putBack(key: string, waiting: Waiting): void {
    const newer = this.#waiting.get(key);
    const merged: Waiting =
      newer?.kind === 'event' && waiting.kind === 'event' ? { ...newer, known: waiting.known } : waiting;
    this.#waiting.delete(key);
    this.#waiting = new Map([[key, merged], ...this.#waiting]);
    if (this.#waiting.size > MOST_WAITING) this.#drop();
  }

  #works(): void {
    if (this.#fault === undefined && this.#lost === 0) return;
    const { name, log } = this.#options;
    const lost = this.#lost === 0 ? '' : ` ${counted(this.#lost)} had to be given up meanwhile.`;
    log.info(`${name}: events are written down again.${lost}`);
    this.#fault = undefined;
    this.#lost = 0;
  }

  #failed(error: unknown): void {
    const fault = error instanceof StoreError ? error.fault : 'failed';
    if (fault === this.#fault) return;
    this.#fault = fault;
    const { name, log } = this.#options;
    const reason = error instanceof Error ? error.message : String(error);
    log.warn(`${name}: what happens cannot be written down. ${reason.replace(/\.?$/, '.')} Detection goes on.`);
  }
}

const first = <K, V>(map: ReadonlyMap<K, V>): readonly [K, V] | undefined => map.entries().next().value;

const counted = (events: number): string => (events === 1 ? 'One event' : `${events} events`);

/** All that may have changed since it was put; what people say of an event is not ours to change. */
const changeOf = ({
  detectedAt,
  end,
  state,
  category,
  label,
  confidence,
  box,
  mask,
  tracks,
  zones,
  importance,
  heldBack,
  agreement,
  rings,
  media,
}: StoredEvent): EventChange => ({
  ...{ detectedAt, end, state, category, label, confidence, box, mask, tracks, zones, importance, heldBack, agreement },
  rings,
  media,
});
