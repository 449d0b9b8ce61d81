import { once } from 'node:events';
import { UNADAPTED, type Adaptation } from '../../detection/adapt.js';
import type { AnalysisThread } from '../../detection/thread.js';
import type { CandidateSource } from '../../detection/types.js';
import type { QuietHours, UsualPaths } from '../../detection/weigh.js';
import type { StoredEvent } from '../../events/event.js';
import type { Ffmpeg } from '../../media/ffmpeg/capabilities.js';
import type { DetectSettings } from '../../settings/settings.js';
import { Appraiser } from '../events/appraiser.js';
import { EventKeeper, type EventListener, type EventMediaMaker, type Ring } from '../events/keeper.js';
import type { DetectionStore } from '../events/late-archive.js';
import { LearnedFile } from '../events/learned-file.js';
import type { Witness } from '../events/witness.js';
import type { Feed } from '../feed/feed.js';
import type { Log } from '../log.js';
import { Verdicts } from './verdicts.js';
import { Watch } from './watch.js';
import type { WatchPlan } from './watch-plan.js';

export interface DetectionOptions {
  readonly camera: { readonly id: string; readonly name: string };
  readonly settings: DetectSettings;
  readonly quiet: readonly QuietHours[];
  readonly main: Feed;
  readonly sub: Feed | undefined;
  readonly thread: AnalysisThread;
  readonly ffmpeg: Pick<Ffmpeg, 'path' | 'passthrough'>;
  /** `lookout`, below Homebridge's storage folder. */
  readonly folder: string;
  readonly store: DetectionStore;
  /** Makes what is kept of events beside their records, each time detection begins. */
  readonly media: () => EventMediaMaker;
  /** See {@link EventKeeperOptions.visit}, ms. */
  readonly visit: number;
  readonly log: Log;
  /** Monotonic milliseconds, on the clock of the feeds. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wallclock: () => number;
}

/** What happens before one camera: wires what looks, what it means, and what is kept of it. */
export class Detection {
  private readonly listeners = new Set<EventListener>();
  private readonly changes = new Set<() => void>();
  private watch: Watch | undefined;
  private appraiser: Appraiser | undefined;
  private adaptation: Adaptation = UNADAPTED;
  private verdicts: Verdicts | undefined;
  /** While pictures are looked at … */
  private keeper: EventKeeper | undefined;
  /** … and while they are not, from the first ring on. */
  private alone: EventKeeper | undefined;

  constructor(private readonly options: DetectionOptions) {}

  /** Pictures are looked at: what moves would be found. */
  get active(): boolean {
    return this.watch?.active ?? false;
  }

  /** Told when {@link active} has changed. @returns ends the subscription */
  subscribe(listener: () => void): () => void {
    this.changes.add(listener);
    return () => void this.changes.delete(listener);
  }

  /** What happens, as it happens. */
  readonly events = {
    subscribe: (listener: EventListener): (() => void) => {
      this.listeners.add(listener);
      return () => void this.listeners.delete(listener);
    },
  };

  /** Somebody else says that something may have begun. @param at ms on the hub's monotonic clock */
  candidate(at: number, source: CandidateSource): void {
    this.watch?.candidate(at, source);
  }

  /** What is looked at, and why; undefined while nothing is. */
  get plan(): WatchPlan | undefined {
    return this.watch?.plan;
  }

  /** How much more than usual it takes to be an event around this time of day, as people called some wrong; see doubt.ts. */
  get doubt(): number {
    return this.verdicts?.doubt ?? 0;
  }

  /** Somebody rings, whether anything is looked at or not. @returns the event that the ring belongs to */
  ring(ring: Ring): StoredEvent {
    return this.anyKeeper().ring(ring);
  }

  /**
   * Somebody else sees something. Who is trusted is believed whether anything is looked at or not.
   *
   * @returns the event that it belongs to; undefined where it has to be seen first
   */
  witness(witness: Witness): StoredEvent | undefined {
    const keeper = witness.claim === undefined ? this.keeper : this.anyKeeper();
    return keeper?.witness(witness);
  }

  /** See {@link EventKeeper.unclaim}. */
  unclaim(at: number, by: string): void {
    (this.keeper ?? this.alone)?.unclaim(at, by);
  }

  /** Ends what rings have begun while nothing was looked at, and resolves when it is written down. */
  async close(): Promise<void> {
    const { alone } = this;
    this.alone = undefined;
    await alone?.close();
  }

  /** Looks until `signal` is aborted; then ends what is going on, and resolves when it is written down. */
  async run(signal: AbortSignal): Promise<void> {
    const { camera, settings, folder, store, log, now, wallclock, main, sub, thread, ffmpeg } = this.options;
    if (!settings.enabled) return;
    let since = wallclock();
    const verdicts = new Verdicts({
      ...{ camera, store, wallclock, log, signal },
      since: () => since,
      onDoubt: (doubt) => this.watch?.doubtBy(doubt),
    });
    const file = new LearnedFile({
      ...{ folder, camera, toEpoch: this.toEpoch, now, log },
      current: () => this.appraiser && { paths: this.appraiser.paths, adaptation: this.adaptation, since },
      onReset: () => {
        this.appraiser?.forget();
        this.watch?.forget();
        this.adaptation = UNADAPTED;
        since = wallclock();
        void verdicts.look();
      },
    });
    const learned = await file.open();
    since = learned?.since ?? since;
    if (signal.aborted) return file.close();
    this.adaptation = learned?.adaptation ?? UNADAPTED;
    const appraiser = this.newAppraiser(learned?.paths);
    this.appraiser = appraiser;
    const keeper = this.newKeeper(appraiser);
    this.keeper = keeper;
    void this.close();
    const ended = once(signal, 'abort');
    this.watch = new Watch({
      ...{ main, sub, thread, ffmpeg },
      name: camera.name,
      zones: settings.zones,
      sensitivity: settings.sensitivity,
      adaptation: this.adaptation,
      log,
      wallclock,
      onFinding: (finding) => {
        if (!signal.aborted) keeper.hear(finding);
      },
      onLearned: (adaptation) => {
        this.adaptation = adaptation;
      },
      onLost: () => {
        keeper.interrupt();
      },
      signal,
    });
    this.watch.subscribe(() => {
      this.tellChange();
    });
    if (this.watch.active) this.tellChange();
    this.verdicts = verdicts;
    void verdicts.run();
    await ended;
    this.watch = undefined;
    this.keeper = undefined;
    this.verdicts = undefined;
    this.tellChange();
    await Promise.all([keeper.close(), file.close()]);
  }

  private readonly toEpoch = (time: number): number => this.options.wallclock() - this.options.now() + time;

  private anyKeeper(): EventKeeper {
    return this.keeper ?? (this.alone ??= this.newKeeper(this.newAppraiser()));
  }

  private newAppraiser(paths?: UsualPaths): Appraiser {
    const { settings, quiet } = this.options;
    const window = settings.alertWindow * 1000;
    return new Appraiser({ zones: settings.zones, window, quiet, ...(paths && { paths }) });
  }

  private newKeeper(appraiser: Appraiser): EventKeeper {
    const { camera, store, media, log, visit, now } = this.options;
    const archive = { store };
    const keeper = new EventKeeper({
      ...{ camera, archive, appraiser, toEpoch: this.toEpoch, media: media(), log, visit, now },
    });
    keeper.subscribe(this.passOn());
    return keeper;
  }

  private tellChange(): void {
    for (const changed of [...this.changes]) changed();
  }

  private passOn(): EventListener {
    const tell = (message: (listener: EventListener) => void): void => {
      for (const listener of [...this.listeners]) message(listener);
    };
    return {
      event: (phase, event, alert) => {
        tell((listener) => listener.event?.(phase, event, alert));
      },
      media: (event) => {
        tell((listener) => listener.media?.(event));
      },
      nonEvent: (nonEvent) => {
        tell((listener) => listener.nonEvent?.(nonEvent));
      },
      ring: (event, at) => {
        tell((listener) => listener.ring?.(event, at));
      },
    };
  }
}
