import { setTimeout } from 'node:timers/promises';
import type { DetectedEvent, Finding } from '../../detection/types.js';
import type { EventState, StoredEvent, StoredNonEvent } from '../../events/event.js';
import { after as timer, type After } from '../../media/rtp/rtp-stream.js';
import type { Log } from '../log.js';
import type { Appraisal, Appraiser, Phase } from './appraiser.js';
import { claimedBy, claimedUntil, NO_CLAIMS, unclaimedBy } from './claims.js';
import { begun, changed, timesOf, type Current } from './current.js';
import type { EventListener, EventMediaMaker, MediaInProgress, Ring } from './listener.js';
import { hasRung, isOfVisitor, NO_IMPORTANCE, openFor, rung, unseen } from './visit.js';
import { agreed, asDetected, isOfEvent, isSameAs, remembered, vouched, withWitnesses } from './witness.js';
import type { Claim, Witness } from './witness.js';
import type { WritableStore } from './writes.js';
import { EventWrites } from './writes.js';

export type { EventListener, EventMediaMaker, MediaInProgress, Ring } from './listener.js';

export interface EventKeeperOptions {
  readonly camera: { readonly id: string; readonly name: string };
  /** Undefined where the store could not be opened: then events are told, and not kept. */
  readonly archive: { readonly store: WritableStore } | undefined;
  readonly appraiser: Appraiser;
  /** From the detector's clock, which is the hub's monotonic one, to milliseconds since the epoch. */
  readonly toEpoch: (time: number) => number;
  readonly media: EventMediaMaker | undefined;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** So long before and after a ring, ms, whoever is seen is the one who rang. Default 0. */
  readonly visit?: number;
  /** The hub's monotonic clock; it is asked at a ring, and at the end of an event with one. */
  readonly now?: () => number;
  readonly after?: After;
  /** How long is waited at the end for what is to be written, ms; default 2000: Homebridge leaves five seconds to all. */
  readonly closeWithin?: number;
}

/** An event that began in time may be certain so much later, ms: keyframes are some seconds apart. */
const LATE = 6000;

const CLOSE_WITHIN = 2000;

/** An event that waits for who has rung to be seen, or seen again. */
interface Open {
  readonly current: Current;
  /** Keeps it waiting no longer. */
  readonly cancel: () => void;
}

/** What becomes of one camera's findings, and of rings: they are told at once, and then kept. */
export class EventKeeper {
  readonly #options: EventKeeperOptions;
  readonly #writes: EventWrites | undefined;
  readonly #visit: number;
  readonly #now: () => number;
  readonly #listeners = new Set<EventListener>();
  /** What the detector sees. */
  #current: Current | undefined;
  /** There is none while something is seen. */
  #open: Open | undefined;
  /** The last that ended, so that the next can go on from it … */
  #last: { readonly detected: number; readonly stored: string } | undefined;
  /** … and a ring can belong to it. */
  #ended: Current | undefined;
  /** Of what was not seen so far. */
  #witnesses: readonly Witness[] = [];

  constructor(options: EventKeeperOptions) {
    const { archive, camera, log, visit = 0, now = () => performance.now() } = options;
    this.#options = options;
    this.#visit = visit;
    this.#now = now;
    this.#writes = archive && new EventWrites({ store: archive.store, name: camera.name, log });
  }

  /** The event that goes on. */
  get ongoing(): StoredEvent | undefined {
    return (this.#current ?? this.#open?.current)?.stored;
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

  /** Takes a ring, as {@link hear} does; one of the same time is the same. @returns the event that it belongs to, or that it makes */
  ring(ring: Ring): StoredEvent {
    const visited = this.#visited(ring.at);
    const current = visited ?? this.#attend(ring);
    const at = Math.round(current.toEpoch(ring.at));
    const known = current.stored.rings.includes(at);
    const heldBack = current.seen || ring.heldBack !== undefined ? current.stored.heldBack : undefined;
    current.stored = { ...current.stored, ...rung(current.stored, at, ring.source), heldBack };
    current.rungAt = Math.max(ring.at, current.rungAt ?? ring.at);
    this.#writes?.event(current.stored, visited === undefined);
    if (known) return current.stored;
    this.#tell((listener) => listener.ring?.(current.stored, at));
    if (visited === undefined) current.media = this.#make(current);
    current.media?.show?.(ring.at);
    if (visited === undefined || visited === this.#open?.current) this.#stayOpen(current);
    return current.stored;
  }

  /**
   * Takes what somebody else says, as {@link hear} does. Two witnesses of one thing are one event.
   *
   * @returns the event that it belongs to, or that it makes; undefined where it has to be seen first
   */
  witness(witness: Witness): StoredEvent | undefined {
    const { at, claim } = witness;
    const current = this.#witnessed(witness);
    if (current === undefined) {
      if (claim !== undefined) return this.#claimed(witness, claim).stored;
      this.#witnesses = remembered(this.#witnesses, witness);
      return undefined;
    }
    const before = current.stored;
    current.stored = vouched(before, witness);
    if (claim !== undefined && current.claims.size > 0) this.#goesOn(current, at, claim);
    if (current.stored === before) return before;
    if (current.seen && current !== this.#ended) this.#say('update', current, { alert: false });
    else this.#writes?.event(current.stored, false);
    return current.stored;
  }

  /**
   * Whoever was trusted to say that something goes on says that it is over. What others claim goes on.
   *
   * @param at on the hub's clock, ms
   * @param by see {@link Claim.by}
   */
  unclaim(at: number, by: string): void {
    const current = this.#current ?? this.#open?.current;
    if (current === undefined) return;
    const { claims } = current;
    current.claims = unclaimedBy(claims, by, Math.max(at, current.from + LATE));
    if (current.claims !== claims && current === this.#open?.current) this.#stayOpen(current);
  }

  /** The detector has ended without a word, and begins anew: what was going on is over, and its ids mean nothing more. */
  interrupt(): void {
    if (this.#current !== undefined) this.#end(this.#current, this.#current.detected, 'interrupted');
    this.#last = undefined;
    this.#options.appraiser.restart();
  }

  /** Ends what is going on, and waits until all is written, but not for ever. */
  async close(): Promise<void> {
    const { media, closeWithin = CLOSE_WITHIN } = this.#options;
    this.interrupt();
    this.#close();
    const over = new AbortController();
    const time = setTimeout(closeWithin, undefined, { signal: over.signal }).catch(() => undefined);
    const began = performance.now();
    await Promise.race([media?.close(), time]);
    over.abort();
    await this.#writes?.close(Math.max(0, closeWithin - (performance.now() - began)));
  }

  #hear(phase: Phase, event: DetectedEvent): void {
    if (this.#current !== undefined && this.#current.detected.id !== event.id) this.interrupt();
    if (this.#current === undefined) this.#begin(event);
    else if (phase !== 'end') this.#update(this.#current, 'update', event);
    if (phase === 'end' && this.#current !== undefined) this.#end(this.#current, event, 'ended');
  }

  #begin(detected: DetectedEvent): void {
    const open = this.#open?.current;
    if (open !== undefined && this.#isOf(open, detected)) {
      this.#goOn(open, detected);
      return;
    }
    this.#close();
    const times = timesOf(detected.start, this.#options.toEpoch);
    const appraisal = this.#options.appraiser.appraise('start', detected, times.minute);
    const continues = this.#last?.detected === detected.continues ? this.#last?.stored : undefined;
    const current = begun(this.#options.camera.id, detected, times, { ...appraisal, source: 'hub', continues });
    current.stored = withWitnesses(current.stored, current.from, this.#witnesses);
    current.seen = true;
    this.#current = current;
    this.#say('start', current, appraisal);
    current.media = this.#make(current);
  }

  /** What begins to be seen is of an event that was open. */
  #isOf({ from, rungAt, claims }: Current, detected: DetectedEvent): boolean {
    const visitor = rungAt !== undefined && isOfVisitor(detected, { from, press: rungAt }, this.#visit);
    const until = detected.continues === undefined ? claimedUntil(claims) : undefined;
    return visitor || (until !== undefined && isOfEvent(detected.start, { from, end: until }));
  }

  /** Who has rung is seen, or seen again. */
  #goOn(current: Current, detected: DetectedEvent): void {
    this.#open?.cancel();
    this.#open = undefined;
    this.#current = current;
    current.stored = agreed(current.stored, 'hub');
    if (current.seen) {
      current.before = current.stored;
      this.#update(current, 'start', detected);
      return;
    }
    const appraisal = this.#options.appraiser.appraise('start', detected, current.minute);
    this.#change(current, detected, appraisal, 'ongoing');
    current.stored = { ...current.stored, detectedAt: Math.round(current.toEpoch(detected.detectedAt)) };
    current.seen = true;
    this.#say('start', current, appraisal);
    current.media?.update(detected);
  }

  #update(current: Current, phase: Phase, detected: DetectedEvent): void {
    const appraisal = this.#appraise(current, phase, detected);
    this.#change(current, detected, appraisal, 'ongoing');
    this.#say('update', current, appraisal);
    current.media?.update(detected);
  }

  /** The detector's event is over; one with a ring stays open. */
  #end(current: Current, detected: DetectedEvent, state: 'ended' | 'interrupted'): void {
    this.#current = undefined;
    this.#last = { detected: detected.id, stored: current.stored.id };
    if (state === 'ended' && this.#openFor(current) > 0) {
      this.#update(current, 'end', detected);
      this.#stayOpen(current);
      return;
    }
    const appraisal = this.#appraise(current, 'end', detected);
    this.#change(current, detected, appraisal, state);
    this.#over(current, appraisal.alert);
  }

  #stayOpen(current: Current): void {
    const { after = timer } = this.#options;
    this.#open?.cancel();
    const wait = this.#openFor(current) + (current.claims.size === 0 ? LATE : 0);
    const cancel = after(wait, () => {
      this.#close();
    });
    this.#open = { current, cancel };
  }

  #openFor({ rungAt, claims }: Current): number {
    const now = this.#now();
    return Math.max(openFor(rungAt, this.#visit, now), (claimedUntil(claims) ?? now) - now);
  }

  /** Nobody is waited for any more. */
  #close(): void {
    const open = this.#open;
    if (open === undefined) return;
    open.cancel();
    this.#open = undefined;
    const { current } = open;
    current.stored = { ...current.stored, state: 'ended' };
    // What nobody has seen counts for who is alerted next all the same.
    if (current.claims.size > 0 && current.before === undefined) this.#appraise(current, 'end', current.detected);
    this.#over(current, false);
  }

  #over(current: Current, alert: boolean): void {
    this.#ended = current;
    if (current.seen) this.#say('end', current, { alert });
    else this.#writes?.event(current.stored, false);
    current.media?.end(current.detected);
  }

  /** Of a visitor who is seen anew, nobody is alerted anew. */
  #appraise(current: Current, phase: Phase, detected: DetectedEvent): Appraisal {
    const appraisal = this.#options.appraiser.appraise(phase, detected, current.minute);
    const alerted = current.before !== undefined && current.before.heldBack === undefined;
    return alerted ? { ...appraisal, heldBack: undefined, alert: false } : appraisal;
  }

  #change(current: Current, detected: DetectedEvent, appraisal: Appraisal, state: EventState): void {
    current.stored = changed(current, detected, appraisal, state);
    current.detected = detected;
  }

  /** The event that a press belongs to. */
  #visited(press: number): Current | undefined {
    const [ongoing, ended] = [this.#current ?? this.#open?.current, this.#ended];
    if (ongoing && hasRung(press, { from: ongoing.from, end: undefined }, this.#visit)) return ongoing;
    return ended && hasRung(press, { from: ended.from, end: ended.detected.end }, this.#visit) ? ended : undefined;
  }

  /** The event that somebody has seen, too. */
  #witnessed(witness: Witness): Current | undefined {
    const [ongoing, ended] = [this.#current ?? this.#open?.current, this.#ended];
    if (ongoing && isSameAs(witness, { from: ongoing.from, end: undefined })) return ongoing;
    return ended && isSameAs(witness, { from: ended.from, end: ended.detected.end }) ? ended : undefined;
  }

  /** An event that nobody has seen but who is trusted. */
  #claimed({ at, source }: Witness, claim: Claim): Current {
    this.#close();
    const detected = asDetected(at, claim);
    const times = timesOf(at, this.#options.toEpoch);
    const appraisal = this.#options.appraiser.appraise('start', detected, times.minute);
    const current = begun(this.#options.camera.id, detected, times, { ...appraisal, source, continues: undefined });
    current.stored = { ...withWitnesses(current.stored, at, this.#witnesses), category: claim.category };
    current.claims = claimedBy(NO_CLAIMS, claim.by, claim.until);
    current.seen = true;
    this.#say('start', current, appraisal);
    current.media = this.#make(current);
    this.#stayOpen(current);
    return current;
  }

  #goesOn(current: Current, at: number, { by, until }: Claim): void {
    current.claims = claimedBy(current.claims, by, until);
    if (current !== this.#open?.current) return;
    if (current.before === undefined) {
      current.detected = { ...current.detected, end: Math.max(current.detected.end, at) };
      const end = Math.max(current.stored.end, Math.round(current.toEpoch(at)));
      if (end !== current.stored.end) current.stored = { ...current.stored, end };
    }
    this.#stayOpen(current);
  }

  /** An event of a ring alone: nobody is seen so far. */
  #attend({ at, source, heldBack }: Ring): Current {
    this.#close();
    return begun(this.#options.camera.id, unseen(at), timesOf(at, this.#options.toEpoch), {
      ...{ importance: NO_IMPORTANCE, heldBack, source },
      continues: undefined,
    });
  }

  #make(current: Current): MediaInProgress | undefined {
    return this.#options.media?.begin(current.stored, current.detected, (files) => {
      current.stored = { ...current.stored, media: files };
      this.#writes?.event(current.stored, false);
      this.#tell((listener) => listener.media?.(current.stored));
    });
  }

  #say(phase: Phase, { stored }: Current, { alert }: Pick<Appraisal, 'alert'>): void {
    this.#writes?.event(stored, phase === 'start' && stored.rings.length === 0);
    this.#tell((listener) => listener.event?.(phase, stored, alert));
  }

  #tell(message: (listener: EventListener) => void): void {
    for (const listener of [...this.#listeners]) message(listener);
  }
}
