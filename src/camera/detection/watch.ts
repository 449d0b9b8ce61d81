import type { Adaptation } from '../../detection/adapt.js';
import { Feeder, goingOn, joined } from '../../detection/feeder.js';
import type { News, Portion } from '../../detection/messages.js';
import type { AnalysisThread, Analyst } from '../../detection/thread.js';
import type { CandidateSource, Finding } from '../../detection/types.js';
import type { Zone } from '../../detection/zones.js';
import type { Ffmpeg } from '../../media/ffmpeg/capabilities.js';
import type { Packet } from '../../media/packet.js';
import type { Feed } from '../feed/feed.js';
import type { Log } from '../log.js';
import { chooseWatch, type StreamName, type WatchPlan } from './watch-plan.js';

/** What the watch needs of a feed. */
export interface WatchedFeed extends Pick<Feed, 'state' | 'info' | 'formats' | 'subscribe'> {
  readonly ring: Pick<Feed['ring'], 'all'>;
}

export interface WatchOptions {
  /** The camera's, for the log. */
  readonly name: string;
  readonly main: WatchedFeed;
  readonly sub: WatchedFeed | undefined;
  readonly thread: Pick<AnalysisThread, 'open'>;
  readonly ffmpeg: Pick<Ffmpeg, 'path' | 'passthrough'>;
  readonly zones: readonly Zone[];
  /** 0 to 100. */
  readonly sensitivity: number;
  readonly adaptation: Adaptation | undefined;
  readonly log: Log;
  /** Milliseconds since the epoch, as in the feeds' states. */
  readonly wallclock: () => number;
  /** Its times are on the hub's monotonic clock. */
  readonly onFinding: (finding: Finding) => void;
  readonly onLearned: (adaptation: Adaptation) => void;
  /** The analysis died: what was going on will not be told an end. */
  readonly onLost: () => void;
  readonly signal: AbortSignal;
}

/** How often what was measured of the streams is looked at anew, at keyframes, ms. */
const REPLAN = 1_000;

/** Has one camera looked at: chooses the stream and the way of watching, feeds the analysis, and passes on what it finds. */
export class Watch {
  private readonly analyst: Analyst;
  private readonly feeder: Feeder;
  private readonly listeners = new Set<() => void>();
  private chosen: WatchPlan | undefined;
  private announced = '';
  private plannedAt = -Infinity;
  private blind = false;
  private isActive = false;
  private pending: Portion[] = [];
  private flushing: NodeJS.Immediate | undefined;

  constructor(private readonly options: WatchOptions) {
    const { main, sub, thread, ffmpeg, zones, sensitivity, adaptation, signal } = options;
    this.feeder = this.newFeeder();
    this.analyst = thread.open({
      settings: {
        ffmpeg: { path: ffmpeg.path, passthrough: ffmpeg.passthrough },
        mode: 'keyframes',
        zones,
        sensitivity,
        adaptation,
        doubt: 0,
      },
      onNews: (news) => {
        this.hear(news);
      },
      onLost: () => {
        this.options.onLost();
        this.blind = true;
        this.show();
      },
      onBack: () => {
        this.feeder.forget();
        this.blind = false;
        this.show();
      },
    });
    const ends = [this.follow('main', main), ...(sub === undefined ? [] : [this.follow('sub', sub)])];
    signal.addEventListener(
      'abort',
      () => {
        for (const end of ends) end();
        clearImmediate(this.flushing);
        this.analyst.close();
      },
      { once: true },
    );
    this.replan();
  }

  /** Pictures are looked at: what moves would be found. */
  get active(): boolean {
    return this.isActive;
  }

  /** What is looked at, and why. */
  get plan(): WatchPlan | undefined {
    return this.chosen;
  }

  /** Told when {@link active} has changed. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Somebody else says that something may have begun. @param at ms on the hub's monotonic clock */
  candidate(at: number, source: CandidateSource): void {
    this.analyst.candidate(at, source);
  }

  /** How much more it takes to be an event; see doubt.ts. */
  doubtBy(amount: number): void {
    this.analyst.doubtBy(amount);
  }

  /** Forgets what was learned. */
  forget(): void {
    this.analyst.forget();
  }

  private newFeeder(): Feeder {
    return new Feeder({
      mode: 'keyframes',
      memory: () => this.feed?.ring.all ?? [],
    });
  }

  private get feed(): WatchedFeed | undefined {
    return this.chosen?.stream === 'sub' ? this.options.sub : this.options.main;
  }

  private follow(stream: StreamName, feed: WatchedFeed): () => void {
    const watched = (): boolean => this.chosen?.stream === stream;
    return feed.subscribe({
      packet: (packet) => {
        if (packet.kind === 'video' && packet.keyframe && packet.time - this.plannedAt >= REPLAN) {
          this.plannedAt = packet.time;
          this.replan();
        }
        if (watched()) this.take(feed, packet);
      },
      interrupted: () => {
        if (watched()) this.give(this.feeder.interrupted());
      },
      state: ({ kind }) => {
        if (kind === 'offline' && watched()) this.give(this.feeder.interrupted());
        this.replan();
      },
    });
  }

  private take(feed: WatchedFeed, packet: Packet): void {
    const format = feed.formats?.video;
    if (packet.kind === 'video' && format !== undefined) this.give(this.feeder.packet(packet, format));
  }

  /** What is read at once is handed over at once. */
  private give(portions: readonly Portion[]): void {
    this.pending.push(...portions);
    if (this.pending.length === 0) return;
    this.flushing ??= setImmediate(() => {
      this.flushing = undefined;
      const all = joined(this.pending);
      this.pending = [];
      if (!this.options.signal.aborted) this.analyst.feed(all);
    });
  }

  private replan(): void {
    const { main, sub, name, log, wallclock } = this.options;
    const state = (feed: WatchedFeed) => ({ state: feed.state, info: feed.info });
    const plan = chooseWatch(state(main), sub && state(sub), wallclock());
    const { chosen: before } = this;
    this.chosen = plan;
    if (before !== undefined && before.stream !== plan.stream) this.give(this.feeder.interrupted());
    if (before?.mode !== plan.mode) {
      this.feeder.watchBy(plan.mode);
      this.analyst.watchBy(plan.mode);
    }
    if (plan.settled && plan.why !== this.announced) {
      this.announced = plan.why;
      log.info(`${name}: ${plan.why}`);
    }
    this.show();
  }

  private hear(news: News): void {
    switch (news.type) {
      case 'finding':
        if (news.finding.type === 'look') this.give(this.feeder.look(news.finding.from, news.finding.until));
        else {
          if (news.finding.type === 'event') this.feeder.event(goingOn(news.finding));
          this.options.onFinding(news.finding);
        }
        break;
      case 'learned':
        this.options.onLearned(news.adaptation);
        break;
      case 'trouble':
        this.tell(news.reason, news.blind);
        break;
    }
  }

  private tell(reason: string | undefined, blind: boolean): void {
    const { name, log } = this.options;
    this.blind = blind;
    const what = blind ? 'nothing is detected for now' : 'detection has gaps';
    if (reason !== undefined) log.warn(`${name}: ${what}: ${reason.replace(/\.$/, '')}.`);
    else log.info(`${name}: detection goes on.`);
    this.show();
  }

  private show(): void {
    const active = !this.blind && this.feed?.state.kind === 'online';
    if (active === this.isActive) return;
    this.isActive = active;
    for (const listener of [...this.listeners]) listener();
  }
}
