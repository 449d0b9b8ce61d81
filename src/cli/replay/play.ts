import { performance } from 'node:perf_hooks';
import { describeStream } from '../../camera/feed/stream-info.js';
import { Ring } from '../../camera/feed/ring.js';
import { chooseWatch, type WatchPlan } from '../../camera/detection/watch-plan.js';
import { Analysis } from '../../detection/analysis.js';
import { Feeder, goingOn, joined } from '../../detection/feeder.js';
import type { Portion } from '../../detection/messages.js';
import type { Finding } from '../../detection/types.js';
import type { Zone } from '../../detection/zones.js';
import type { Ffmpeg } from '../../media/ffmpeg/capabilities.js';
import { readRecording, type RecordedPacket } from '../../media/ffmpeg/recording.js';

export interface PlayOptions {
  readonly ffmpeg: Ffmpeg;
  readonly path: string;
  /** Which of a camera's streams it is: the smaller one is always looked at. */
  readonly stream: 'main' | 'sub';
  readonly zones: readonly Zone[];
  /** 0 to 100. */
  readonly sensitivity: number;
  readonly onFinding: (finding: Finding) => void;
  readonly signal: AbortSignal;
}

export interface Played {
  /** Seconds of the recording. */
  readonly videoSeconds: number;
  readonly keyframes: number;
  /** Pictures that the detector looked at. */
  readonly framesLooked: number;
  /** Pictures that were decoded for that. */
  readonly framesDecoded: number;
  /** Seconds of the recording that were looked at in full. */
  readonly windowSeconds: number;
  readonly mode: WatchPlan['mode'];
  readonly why: string;
}

/** As the hub remembers. */
const MEMORY = { span: 10_000, bytes: 48 * 1024 * 1024 };
/** As the hub reads while nobody looks, ms. */
const BATCH = 200;
/** A picture is shown after this long at the soonest, ms. */
const PACE = 175;
/** Measures of the stream are looked at again after this long, ms. */
const REPLAN = 1_000;
/** Pictures that may be on their way through the decoder where nothing depends on when they come. */
const IN_FLIGHT = 8;

/** Plays a recording to the analysis, as a hub would live it but without waiting. The clock is the recording's. */
export class Player {
  private readonly ring = new Ring(MEMORY);
  private readonly life = new AbortController();
  private readonly feeder: Feeder;
  private readonly analysis: Analysis;
  private plan: WatchPlan;
  private plannedAt = -Infinity;
  private pending: Portion[] = [];
  private flushedAt = -Infinity;
  private from: number | undefined;
  private now = 0;
  private keyframes = 0;
  private decoded = 0;
  private windows = 0;
  private open: { from: number; until: number } | undefined;
  private failure: string | undefined;

  constructor(private readonly options: PlayOptions) {
    const { ffmpeg, zones, sensitivity, onFinding, signal } = options;
    this.plan = this.choose();
    const { mode } = this.plan;
    this.feeder = new Feeder({ mode, memory: () => this.ring.all });
    this.analysis = new Analysis({
      settings: { ffmpeg, mode, zones, sensitivity, adaptation: undefined, doubt: 0 },
      signal: AbortSignal.any([signal, this.life.signal]),
      now: () => performance.now(),
      onNews: (news) => {
        if (news.type === 'trouble') this.failure ??= news.reason;
        if (news.type !== 'finding') return;
        if (news.finding.type === 'look') this.look(news.finding.from, news.finding.until);
        else {
          if (news.finding.type === 'event') this.feeder.event(goingOn(news.finding));
          onFinding(news.finding);
        }
      },
    });
  }

  /** @throws {SourceError | Error} */
  async run(): Promise<Played> {
    const { ffmpeg, path, signal } = this.options;
    try {
      for await (const read of readRecording(ffmpeg, path, signal)) await this.take(read);
      await this.drain();
      this.analysis.finish();
    } finally {
      this.life.abort();
      await this.analysis.ended;
    }
    signal.throwIfAborted();
    if (this.failure !== undefined) throw new Error(this.failure);
    const seconds = (this.now - (this.from ?? 0)) / 1000;
    const { mode, why } = this.plan;
    return {
      videoSeconds: seconds,
      keyframes: this.keyframes,
      framesLooked: this.analysis.looked,
      framesDecoded: this.decoded,
      windowSeconds: mode === 'always' ? seconds : this.windows + this.lengthOf(this.open),
      mode,
      why,
    };
  }

  private async take({ packet, formats }: RecordedPacket): Promise<void> {
    if (packet.kind === 'audio') return;
    this.ring.push(packet, formats, packet.time);
    if (this.ring.newest === undefined) return;
    this.from ??= packet.time;
    this.now = Math.max(this.now, packet.time);
    if (packet.keyframe) {
      this.keyframes++;
      await this.replan(packet.time);
    }
    this.give(this.feeder.packet(packet, formats.video));
    if (this.isTime(packet.keyframe)) await this.flush(this.plan.mode === 'always' ? IN_FLIGHT : 0);
  }

  /** Nothing is found in what is decoded on the way only: it is fed together with the picture that is shown next. */
  private isTime(keyframe: boolean): boolean {
    const since = this.now - this.flushedAt;
    if (this.plan.mode === 'always') return since >= BATCH;
    return keyframe || since >= PACE || !this.pending.some(({ type }) => type === 'coded');
  }

  /** What is found on the way may ask for more. */
  private async flush(most: number): Promise<void> {
    if (this.pending.some(({ type }) => type === 'coded')) this.flushedAt = this.now;
    while (this.pending.length > 0) {
      const portions = joined(this.pending);
      this.pending = [];
      this.analysis.take(portions);
      if (portions.some(({ type }) => type === 'coded')) await this.analysis.settled(most);
    }
  }

  /** As at the end of the recording: everything is looked at, and what is found on the way may ask for more. */
  private async drain(): Promise<void> {
    do {
      await this.flush(Infinity);
      await this.analysis.drained();
    } while (this.pending.length > 0);
  }

  private give(portions: readonly Portion[]): void {
    for (const portion of portions) if (portion.type === 'coded') this.decoded += portion.pictures.length;
    this.pending.push(...portions);
  }

  private look(from: number, until: number): void {
    if (this.open !== undefined && from > this.open.until) {
      this.windows += this.lengthOf(this.open);
      this.open = undefined;
    }
    this.open = { from: Math.max(this.from ?? 0, this.open?.from ?? from), until };
    this.give(this.feeder.look(from, until));
  }

  private lengthOf(window: { from: number; until: number } | undefined): number {
    return window === undefined ? 0 : Math.max(0, Math.min(window.until, this.now) - window.from) / 1000;
  }

  private async replan(time: number): Promise<void> {
    if (time - this.plannedAt < REPLAN) return;
    this.plannedAt = time;
    const { mode } = this.plan;
    this.plan = this.choose();
    if (this.plan.mode === mode) return;
    await this.flush(0);
    await this.analysis.settled();
    this.feeder.watchBy(this.plan.mode);
    this.analysis.watchBy(this.plan.mode);
  }

  private choose(): WatchPlan {
    const online = { kind: 'online', since: 0 } as const;
    const stream = { state: online, info: describeStream(this.ring.all) };
    return this.options.stream === 'sub'
      ? chooseWatch({ state: online, info: undefined }, stream, this.now)
      : chooseWatch(stream, undefined, this.now);
  }
}
