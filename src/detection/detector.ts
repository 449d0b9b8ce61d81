import type { Adaptation, Period } from './adapt.js';
import { adapt, periodOf, UNADAPTED } from './adapt.js';
import { Candidate } from './candidate.js';
import { EventJoiner } from './events.js';
import { judgeJump, judgeUpheaval } from './judge.js';
import { emptyMask } from './mask.js';
import type { WatchMode } from './mode.js';
import { movingOf } from './moving.js';
import type { Glance } from './scene.js';
import { Scene } from './scene.js';
import type { Weights } from './score.js';
import type { CandidateSource, Finding, GrayFrame, Reason } from './types.js';
import { PacketTrigger, WATCH_THRESHOLD } from './watch.js';
import { WEIGHTS } from './weights.js';
import type { Zone } from './zones.js';
import { blackOut, maskedPixels, prepareZones, zonesOf } from './zones.js';

export interface DetectorOptions {
  readonly mode?: WatchMode;
  readonly zones?: readonly Zone[];
  /** What an earlier detector of the same camera had learned. */
  readonly adaptation?: Adaptation;
  readonly weights?: Weights;
}

/** The first 12 s are looked at in full, so that the background is known before windows rest on it. */
const START = 12_000;
const BEFORE = 4_000;
const AFTER = 2_000;
/** A jump in packet sizes is no older than that, and says less. */
const PACKETS_BEFORE = 2_000;
const PACKETS_AFTER = 1_000;
/** After a window in vain packets are not heard for this long: keyframes are watched all the same. */
const PACKETS_PAUSE = 20_000;
/** A track that is an event keeps the window open, one that may become one keeps it open a little. */
const HOLD = 4_000;
const PROMISING = 1_000;
/** Windows grow by steps of at least this, so that not every frame says so. */
const EXTEND = 400;
/** A jump of the light by this many gray levels between two frames is no cloud. */
const JUMP = 12;
/** Non-events of one reason are said once in this time. */
const REPEAT = 30_000;

interface Window {
  readonly from: number;
  until: number;
  readonly source: CandidateSource;
  event: boolean;
}

/**
 * Gray frames in, events and non-events out. Knows no clock but the frames' and packets' times, owns nothing that must be
 * closed, and gives the same findings for the same frames.
 */
export class Detector {
  readonly #scene: Scene;
  #mode: WatchMode;
  readonly #joiner: EventJoiner;
  readonly #masked: Uint8Array | undefined;
  readonly #packets = new PacketTrigger();
  readonly #said = new Map<Reason, number>();
  #adaptation: Adaptation;
  #period: Period | undefined;
  #window: Window | undefined;
  #candidate: Candidate | undefined;
  #lightBefore: number | undefined;
  /** Newest moment heard of; a window that begins in the past is seen at this moment. */
  #now = -Infinity;
  #looked = -Infinity;
  #watched = -Infinity;
  #deafUntil = -Infinity;

  constructor(options: DetectorOptions = {}) {
    const zones = options.zones ?? [];
    const prepared = prepareZones(zones);
    this.#masked = maskedPixels(zones);
    this.#mode = options.mode ?? 'always';
    this.#adaptation = options.adaptation ?? UNADAPTED;
    this.#joiner = new EventJoiner((mask) => zonesOf(mask, prepared));
    this.#scene = new Scene(options.weights ?? WEIGHTS, this.#masked);
  }

  /** To be kept over a restart. */
  get adaptation(): Adaptation {
    return this.#adaptation;
  }

  resetAdaptation(): void {
    this.#adaptation = UNADAPTED;
  }

  /** Changes the way of watching; what is known of the scene stays. */
  watchBy(mode: WatchMode): void {
    this.#mode = mode;
  }

  /**
   * Takes a frame. Between windows only keyframes are used; in a window all of its frames, in order. Those of a window
   * that was just asked for may be older than what came before. In mode *always* every frame is in the window.
   * The pixels are not kept; those under a mask are blacked out in place.
   */
  push(frame: GrayFrame): Finding[] {
    if (this.#masked !== undefined) blackOut(frame.pixels, this.#masked);
    this.#now = Math.max(this.#now, frame.time);
    const findings: Finding[] = [];
    if (this.#watched === -Infinity && this.#looked === -Infinity && this.#mode !== 'always')
      this.#open(frame.time, frame.time + START, 'start', findings);
    if (this.#window !== undefined && frame.time > this.#window.until) this.#close(this.#window, frame.time, findings);
    if (this.#mode === 'always' || (this.#window !== undefined && frame.time >= this.#window.from)) {
      if (frame.time > this.#looked) this.#look(frame, findings);
    } else if (frame.keyframe && frame.time > Math.max(this.#watched, this.#looked)) this.#watch(frame, findings);
    return findings;
  }

  /** Takes a packet's size; in mode *always* there is no need to. */
  packet(time: number, bytes: number, keyframe: boolean): Finding[] {
    this.#now = Math.max(this.#now, time);
    if (this.#mode === 'always') return [];
    if (keyframe) this.#packets.keyframe(bytes);
    const { factor } = this.#adaptation[this.#period ?? 'day'];
    if (keyframe || !this.#packets.push(time, bytes, factor)) return [];
    const findings: Finding[] = [];
    if (this.#window === undefined && time >= this.#deafUntil)
      this.#open(time - PACKETS_BEFORE, time + PACKETS_AFTER, 'packets', findings);
    return findings;
  }

  /** Somebody else says that something may have begun: it is looked at, and answered with an event or a reason. */
  candidate(at: number, source: CandidateSource): Finding[] {
    const findings: Finding[] = [];
    if (this.#mode !== 'always') this.#open(at - BEFORE, at + AFTER, source, findings);
    this.#candidate ??= new Candidate(at);
    this.#candidate.asked(at);
    return findings;
  }

  /** Ends what is going on, as when the camera is switched off. */
  finish(): Finding[] {
    return this.#joiner.finish();
  }

  #open(from: number, until: number, source: CandidateSource, findings: Finding[]): void {
    const window = this.#window;
    if (window !== undefined) {
      if (until < window.until + EXTEND) return;
      window.until = until;
    } else {
      this.#window = { from: Math.max(from, this.#looked), until, source, event: false };
      this.#scene.interrupt();
    }
    findings.push({ type: 'look', from: this.#window?.from ?? from, until, source });
  }

  #close(window: Window, time: number, findings: Finding[]): void {
    this.#window = undefined;
    for (const track of this.#scene.interrupt()) this.#candidate?.lost(track);
    findings.push(...this.#joiner.push(time, this.#now, []).findings);
    if (window.source === 'keyframe' || window.source === 'packets') {
      const period = this.#period ?? 'day';
      this.#adaptation = adapt(this.#adaptation, period, window.event ? 'event' : 'nothing', time);
    }
    if (!window.event && window.source === 'packets') this.#deafUntil = time + PACKETS_PAUSE;
    if (!window.event) this.#reject(time, findings);
    this.#candidate = undefined;
  }

  #watch(frame: GrayFrame, findings: Finding[]): void {
    this.#watched = frame.time;
    const glance = this.#scene.watch(frame);
    this.#upheaval(frame, glance, findings);
    this.#period = periodOf(this.#scene.background.brightness, this.#period);
    if (glance.score <= WATCH_THRESHOLD * this.#adaptation[this.#period].factor) return;
    this.#candidate ??= new Candidate(frame.time);
    this.#open(frame.time - BEFORE, frame.time + AFTER, 'keyframe', findings);
  }

  #look(frame: GrayFrame, findings: Finding[]): void {
    this.#looked = frame.time;
    const glance = this.#scene.look(frame);
    this.#upheaval(frame, glance, findings);
    const tracks = this.#scene.tracker.live;
    const moving = movingOf(tracks, frame.time);
    const joined = this.#joiner.push(frame.time, this.#now, moving);
    findings.push(...joined.findings);
    if (joined.cut) for (const track of tracks) track.mask.set(emptyMask());
    const window = this.#window;
    if (window !== undefined) {
      if (moving.length > 0) {
        window.event = true;
        this.#open(window.from, frame.time + HOLD, window.source, findings);
      } else if (tracks.some((track) => track.evidence > 0 && !track.confirmed))
        this.#open(window.from, frame.time + PROMISING, window.source, findings);
    }
    this.#consider(frame.time, glance, moving.length > 0, findings);
  }

  /** Follows what may be a beginning until it is an event, or is over. */
  #consider(time: number, glance: Glance, event: boolean, findings: Finding[]): void {
    if (event) {
      this.#candidate = undefined;
      return;
    }
    if (this.#candidate === undefined && glance.score > WATCH_THRESHOLD && !this.#joiner.open)
      this.#candidate = new Candidate(time);
    const candidate = this.#candidate;
    if (candidate === undefined) return;
    candidate.saw(time, glance, WATCH_THRESHOLD);
    for (const track of glance.lost) candidate.lost(track);
    if (this.#window === undefined && candidate.over(time)) {
      for (const track of this.#scene.tracker.live) candidate.lost(track);
      this.#reject(time, findings);
    }
  }

  #reject(time: number, findings: Finding[]): void {
    const candidate = this.#candidate;
    this.#candidate = undefined;
    if (candidate === undefined) return;
    this.#say(candidate.at, candidate.reason(this.#masked !== undefined), candidate.wasAsked, time, findings);
  }

  #upheaval(frame: GrayFrame, glance: Glance, findings: Finding[]): void {
    const brightness = glance.light.gain * this.#scene.background.brightness + glance.light.offset;
    const jump = this.#lightBefore !== undefined && Math.abs(brightness - this.#lightBefore) > JUMP;
    this.#lightBefore = glance.flooded ? undefined : brightness;
    if (glance.upheaval !== undefined) {
      this.#candidate = undefined;
      this.#lightBefore = undefined;
      this.#say(frame.time, judgeUpheaval(glance.upheaval), false, frame.time, findings);
    } else if (jump && !glance.flooded) this.#say(frame.time, judgeJump(glance.share), false, frame.time, findings);
  }

  #say(at: number, reason: Reason, always: boolean, time: number, findings: Finding[]): void {
    const last = this.#said.get(reason);
    if (!always && last !== undefined && time - last < REPEAT) return;
    this.#said.set(reason, time);
    findings.push({ type: 'non-event', nonEvent: { at, reason } });
  }
}
