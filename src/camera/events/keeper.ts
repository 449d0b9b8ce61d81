import { setTimeout } from 'node:timers/promises';
import type { DetectedEvent, Finding } from '../../detection/types.js';
import type { EventMedia, StoredEvent, StoredNonEvent } from '../../events/event.js';
import { storedChange, storedEvent } from '../../events/from-detection.js';
import type { Log } from '../log.js';
import type { Appraisal, Appraiser, Phase } from './appraiser.js';
import { localMinute } from './appraiser.js';
import type { WritableStore } from './writes.js';
import { EventWrites } from './writes.js';

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
}

export interface EventKeeperOptions {
  readonly camera: { readonly id: string; readonly name: string };
  /** Undefined where the store could not be opened: then events are told, and not kept. */
  readonly archive: { readonly store: WritableStore } | undefined;
  readonly appraiser: Appraiser;
  /** From the detector's clock, which is the hub's monotonic one, to milliseconds since the epoch. */
  readonly toEpoch: (time: number) => number;
  readonly media: EventMediaMaker | undefined;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** Homebridge leaves five seconds to all of us, ms. */
const CLOSE_WITHIN = 2000;

interface Current {
  detected: DetectedEvent;
  stored: StoredEvent;
  /** From the detector's clock to the epoch. One event has one, even if the clock of the wall is set meanwhile. */
  readonly toEpoch: (time: number) => number;
  readonly minute: number;
  media: MediaInProgress | undefined;
}

/** What becomes of one camera's findings: they are told at once, and then kept. */
export class EventKeeper {
  readonly #options: EventKeeperOptions;
  readonly #writes: EventWrites | undefined;
  readonly #listeners = new Set<EventListener>();
  #current: Current | undefined;
  /** The last that ended, so that the next can go on from it. */
  #last: { readonly detected: number; readonly stored: string } | undefined;

  constructor(options: EventKeeperOptions) {
    const { archive, camera, log } = options;
    this.#options = options;
    this.#writes = archive && new EventWrites({ store: archive.store, name: camera.name, log });
  }

  /** The event that goes on. */
  get ongoing(): StoredEvent | undefined {
    return this.#current?.stored;
  }

  /** @returns ends the subscription */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Takes a detector's finding, in their order. When it returns, all listeners have heard; nothing was waited for. */
  hear(finding: Finding): void {
    if (finding.type === 'event') this.#hear(finding.phase, finding.event);
    else if (finding.type === 'non-event') {
      const { at, reason } = finding.nonEvent;
      const { camera, toEpoch } = this.#options;
      const nonEvent: StoredNonEvent = { camera: camera.id, at: Math.round(toEpoch(at)), reason };
      this.#writes?.nonEvent(nonEvent);
      this.#tell((listener) => listener.nonEvent?.(nonEvent));
    }
  }

  /** The detector has ended without a word, and begins anew: what was going on is over, and its ids mean nothing more. */
  interrupt(): void {
    if (this.#current !== undefined) this.#go('end', this.#current, this.#current.detected, 'interrupted');
    this.#last = undefined;
    this.#options.appraiser.restart();
  }

  /** Ends what is going on, and waits until all is written, for 2 s at most. */
  async close(): Promise<void> {
    this.interrupt();
    const over = new AbortController();
    const time = setTimeout(CLOSE_WITHIN, undefined, { signal: over.signal }).catch(() => undefined);
    const began = performance.now();
    await Promise.race([this.#options.media?.close(), time]);
    over.abort();
    await this.#writes?.close(Math.max(0, CLOSE_WITHIN - (performance.now() - began)));
  }

  #hear(phase: Phase, event: DetectedEvent): void {
    if (this.#current !== undefined && this.#current.detected.id !== event.id) this.interrupt();
    if (this.#current === undefined) this.#begin(event);
    else if (phase !== 'end') this.#go('update', this.#current, event, 'ongoing');
    if (phase === 'end') this.#go('end', this.#current, event, 'ended');
  }

  #begin(detected: DetectedEvent): void {
    const { camera, appraiser, media } = this.#options;
    const offset = this.#options.toEpoch(detected.start) - detected.start;
    const toEpoch = (time: number): number => time + offset;
    const minute = localMinute(toEpoch(detected.start));
    const appraisal = appraiser.appraise('start', detected, minute);
    const continues = this.#last?.detected === detected.continues ? this.#last?.stored : undefined;
    const stored = storedEvent(detected, {
      camera: camera.id,
      toEpoch,
      ...appraisal,
      source: 'hub',
      agreement: [],
      continues,
    });
    const current: Current = { detected, stored, toEpoch, minute, media: undefined };
    this.#current = current;
    this.#say('start', current, appraisal);
    current.media = media?.begin(stored, detected, (files) => {
      current.stored = { ...current.stored, media: files };
      this.#writes?.event(current.stored, false);
      this.#tell((listener) => listener.media?.(current.stored));
    });
  }

  #go(
    phase: 'update' | 'end',
    current: Current | undefined,
    detected: DetectedEvent,
    state: 'ongoing' | 'ended' | 'interrupted',
  ): void {
    if (current === undefined) return;
    const appraisal = this.#options.appraiser.appraise(phase, detected, current.minute);
    const change = storedChange(detected, { toEpoch: current.toEpoch, ...appraisal }, state);
    current.detected = detected;
    current.stored = { ...current.stored, ...change };
    if (phase === 'end') {
      this.#current = undefined;
      this.#last = { detected: detected.id, stored: current.stored.id };
    }
    this.#say(phase, current, appraisal);
    current.media?.[phase](detected);
  }

  #say(phase: Phase, { stored }: Current, { alert }: Appraisal): void {
    this.#writes?.event(stored, phase === 'start');
    this.#tell((listener) => listener.event?.(phase, stored, alert));
  }

  #tell(message: (listener: EventListener) => void): void {
    for (const listener of [...this.#listeners]) message(listener);
  }
}
