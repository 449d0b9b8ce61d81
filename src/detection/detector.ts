import type { Adaptation, Period } from './adapt.js';
import { adapt, periodOf, UNADAPTED } from './adapt.js';
import { Budget } from './budget.js';
import { Candidate } from './candidate.js';
import { EventJoiner } from './events.js';
import { judgeJump, judgeUpheaval } from './judge.js';
import type { WatchMode } from './mode.js';
import { movingOf } from './moving.js';
import type { Glance } from './scene.js';
import { Scene } from './scene.js';
import type { Weights } from './score.js';
import type { Demands } from './sensitivity.js';
import { demandsOf, USUAL } from './sensitivity.js';
import type { CandidateSource, Finding, GrayFrame, Reason } from './types.js';
import type { LiveTrack } from './tracks.js';
import { PacketTrigger, SUSPICION, WATCH_THRESHOLD } from './watch.js';
import { WEIGHTS } from './weights.js';
import type { Zone } from './zones.js';
import { blackOut, maskedPixels, prepareZones, zonesOf } from './zones.js';

export interface DetectorOptions {
  readonly mode?: WatchMode;
  readonly zones?: readonly Zone[];
  /** What an earlier detector of the same camera had learned. */
  readonly adaptation?: Adaptation;
  readonly weights?: Weights;
  /** 0 only large and certain things, 50 (as without it) the usual, 100 whatever moves. */
  readonly sensitivity?: number;
  /** See {@link Detector.doubtBy}; 0 where it is left out. */
  readonly doubt?: number;
}

/** The first 6 s are looked at in full, so that the background is known before windows rest on it. */
const START = 6_000;
/** For so long, ms, nothing is known of the scene, and why something is no event would be a guess. */
const UNKNOWN = 2_000;
/** A window reaches back to the keyframe before, within these bounds: what it finds was not to be seen there. */
const BEFORE = 2_000;
const MOST_BEFORE = 4_000;
const AFTER = 2_000;
/** What is suspected only costs no decoding of the past that it can do without. */
const SUSPECTED_AFTER = 1_000;
/** A jump in packet sizes is no older than that, and is looked at from the last keyframe on, which showed nothing. */
const PACKETS_BEFORE = 2_000;
/** A track that is an event keeps the window open, one that may become one, or is new and no speck, keeps it open a little. */
const HOLD = 4_000;
const PROMISING = 1_000;
const YOUNG = 600;
const YOUNG_HITS = 3;
const YOUNG_AREA = 40;
/** Windows grow by steps of at least this, so that not every frame says so. */
const EXTEND = 400;
/** A jump of the light by this many gray levels between two frames is no cloud. */
const JUMP = 12;
/** Non-events of one reason are said once in this time. */
const REPEAT = 30_000;

const isYoung = (track: LiveTrack): boolean =>
  track.hits < YOUNG_HITS && track.blob !== undefined && track.area >= YOUNG_AREA;

interface Window {
  readonly from: number;
  until: number;
  readonly source: CandidateSource;
  /** Opened on a suspicion, which the budget pays for. */
  readonly suspected: boolean;
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
  readonly #demands: Demands;
  readonly #weights: Weights;
  #doubt: number;
  readonly #packets = new PacketTrigger();
  readonly #budget = new Budget();
  readonly #said = new Map<Reason, number>();
  #adaptation: Adaptation;
  #period: Period | undefined;
  #window: Window | undefined;
  #candidate: Candidate | undefined;
  #lightBefore: number | undefined;
  /** Newest moment heard of; a window that begins in the past is seen at this moment. */
  #now = -Infinity;
  #began: number | undefined;
  #looked = -Infinity;
  #watched = -Infinity;

  constructor(options: DetectorOptions = {}) {
    const zones = options.zones ?? [];
    const prepared = prepareZones(zones);
    this.#masked = maskedPixels(zones);
    this.#mode = options.mode ?? 'always';
    this.#adaptation = options.adaptation ?? UNADAPTED;
    this.#joiner = new EventJoiner((mask) => zonesOf(mask, prepared));
    this.#demands = demandsOf(options.sensitivity ?? USUAL);
    this.#weights = options.weights ?? WEIGHTS;
    this.#doubt = options.doubt ?? 0;
    this.#scene = new Scene(this.#demanding(), this.#masked, this.#demands.area);
  }

  /** To be kept over a restart. */
  get adaptation(): Adaptation {
    return this.#adaptation;
  }

  resetAdaptation(): void {
    this.#adaptation = UNADAPTED;
  }

  /** Takes so much from the logit of every track from now on: people say that there are false alarms. See doubt.ts. */
  doubtBy(amount: number): void {
    this.#doubt = amount;
    this.#scene.weights = this.#demanding();
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
    this.#began ??= frame.time;
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
    if (keyframe || !this.#packets.push(time, bytes, this.#factor, this.#joiner.open) || this.#window !== undefined)
      return [];
    const findings: Finding[] = [];
    const from = Math.max(time - PACKETS_BEFORE, this.#watched);
    this.#suspect(from, time, 'packets', findings);
    return findings;
  }

  /** Somebody else says that something may have begun: it is looked at, and answered with an event or a reason. */
  candidate(at: number, source: CandidateSource): Finding[] {
    const findings: Finding[] = [];
    if (this.#mode !== 'always') this.#open(at - MOST_BEFORE, at + AFTER, source, findings);
    this.#candidate ??= new Candidate(at);
    this.#candidate.asked(at);
    return findings;
  }

  /** Ends what is going on, as when the camera is switched off. */
  finish(): Finding[] {
    this.#window = undefined;
    this.#candidate = undefined;
    this.#scene.interrupt();
    return this.#joiner.finish();
  }

  #demanding(): Weights {
    return { ...this.#weights, bias: this.#weights.bias + this.#demands.offset - this.#doubt };
  }

  /** How much more than usual it takes to open a window. */
  get #factor(): number {
    return this.#adaptation[this.#period ?? 'day'].factor * this.#demands.watch;
  }

  #suspect(from: number, time: number, source: CandidateSource, findings: Finding[]): void {
    const until = time + SUSPECTED_AFTER;
    if (this.#budget.affords(time, until - from)) this.#open(from, until, source, findings, true);
  }

  #open(from: number, until: number, source: CandidateSource, findings: Finding[], suspected = false): void {
    const window = this.#window;
    if (window !== undefined) {
      if (until < window.until + EXTEND) return;
      window.until = until;
    } else {
      this.#window = { from: Math.max(from, this.#looked), until, source, suspected, event: false };
      this.#scene.interrupt();
    }
    // What was looked at is not asked for again: a hub that is slow would never catch up.
    findings.push({ type: 'look', from: Math.max(this.#window?.from ?? from, this.#looked), until, source });
  }

  #close(window: Window, time: number, findings: Finding[]): void {
    this.#window = undefined;
    for (const track of this.#scene.interrupt()) this.#candidate?.lost(track);
    findings.push(...this.#joiner.push(time, this.#now, []));
    if (window.suspected) {
      if (!window.event) this.#budget.spend(time, window.until - window.from);
    } else if (window.source === 'keyframe' && (window.event || this.#doubt === 0)) {
      // In doubt, a window without an event may have had one: that is no reason to open fewer.
      const period = this.#period ?? 'day';
      this.#adaptation = adapt(this.#adaptation, period, window.event ? 'event' : 'nothing', time);
    }
    if (!window.event) this.#reject(time, findings);
    this.#candidate = undefined;
  }

  #watch(frame: GrayFrame, findings: Finding[]): void {
    const { time } = frame;
    const before = Math.min(MOST_BEFORE, Math.max(BEFORE, time - this.#watched));
    this.#watched = time;
    this.#period = periodOf(this.#scene.background.brightness, this.#period);
    const threshold = WATCH_THRESHOLD * this.#factor;
    const glance = this.#scene.watch(frame, threshold);
    this.#upheaval(frame, glance, findings);
    if (glance.score > threshold) {
      this.#candidate ??= new Candidate(time);
      this.#open(time - before, time + AFTER, 'keyframe', findings);
    } else if (glance.score > threshold * SUSPICION) this.#suspect(time, time, 'keyframe', findings);
  }

  #look(frame: GrayFrame, findings: Finding[]): void {
    this.#looked = frame.time;
    const glance = this.#scene.look(frame);
    this.#upheaval(frame, glance, findings);
    const tracks = this.#scene.tracker.live;
    const moving = movingOf(tracks, frame.time);
    findings.push(...this.#joiner.push(frame.time, this.#now, moving));
    const window = this.#window;
    if (window !== undefined) {
      if (moving.length > 0) {
        window.event = true;
        this.#open(window.from, frame.time + HOLD, window.source, findings);
      } else if (tracks.some((track) => track.evidence > 0 && !track.confirmed))
        this.#open(window.from, frame.time + PROMISING, window.source, findings);
      else if (tracks.some(isYoung)) this.#open(window.from, frame.time + YOUNG, window.source, findings);
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
    const known = candidate.at - (this.#began ?? candidate.at) >= UNKNOWN;
    if (!known && !candidate.wasAsked) return;
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
