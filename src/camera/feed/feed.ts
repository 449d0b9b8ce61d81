import type { Formats, Packet } from '../../media/packet.js';
import { SourceError, type Source, type SourceFailure } from '../../media/source.js';
import type { FeedGate } from './read-batches.js';
import { patience, reconnectDelay } from './reconnect.js';
import { Ring, type RingLimits } from './ring.js';
import { describeStream, type StreamInfo } from './stream-info.js';
import { Timeline } from './timeline.js';

export type FeedState =
  /** Somebody has switched the camera off: nothing connects to it. */
  | { readonly kind: 'off'; readonly since: number }
  | { readonly kind: 'connecting'; readonly since: number }
  | { readonly kind: 'online'; readonly since: number }
  | { readonly kind: 'offline'; readonly since: number; readonly failure: SourceFailure; readonly reason: string };

/** Hears of a feed's packets; what is not needed may be left out. */
export interface FeedListener {
  packet?(packet: Packet): void;
  /** A new connection: the stream does not continue what came before. The next packet is a keyframe. */
  interrupted?(): void;
  /** Before the first packet in the new format. */
  formats?(formats: Formats): void;
  state?(state: FeedState): void;
}

export interface FeedOptions {
  /** Opens the source to be tried next, given how the last attempt ended. */
  readonly open: (last: SourceError | undefined) => Source;
  readonly gate: FeedGate;
  readonly ring: RingLimits;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wallclock: () => number;
  readonly random: () => number;
}

interface Attempt {
  readonly error: SourceError | undefined;
  readonly delivered: boolean;
}

/** The standing connection to one stream of a camera: reconnects for as long as it lives, and remembers the last seconds. */
export class Feed {
  readonly ring: Ring;
  private readonly listeners = new Set<FeedListener>();
  private readonly timeline = new Timeline();
  private current: FeedState;
  private streamFormats: Formats | undefined;
  private interval: number | undefined;
  private lastPicture: { readonly time: number } | undefined;

  constructor(private readonly options: FeedOptions) {
    this.ring = new Ring(options.ring);
    this.current = { kind: 'connecting', since: options.wallclock() };
  }

  /** `since` is in milliseconds since the epoch. */
  get state(): FeedState {
    return this.current;
  }

  /** Undefined until the source has told them. */
  get formats(): Formats | undefined {
    return this.streamFormats;
  }

  get info(): StreamInfo | undefined {
    return describeStream(this.ring.all);
  }

  /** @returns ends the subscription */
  subscribe(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Packets are read as they come, not in batches, until the returned function is called. */
  watch(): () => void {
    return this.options.gate.watch();
  }

  /**
   * The camera was switched off, which has ended {@link run}: nothing that it sent is remembered. On again is who runs.
   * @param since milliseconds since the epoch
   */
  switchOff(since: number): void {
    this.ring.clear();
    this.streamFormats = undefined;
    this.interval = undefined;
    this.lastPicture = undefined;
    this.change({ kind: 'off', since });
  }

  /** Keeps the connection until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.current.kind === 'off') this.change({ kind: 'connecting', since: this.options.wallclock() });
    let last: SourceError | undefined;
    let attempts = 0;
    let downSince = this.options.now();
    while (!signal.aborted) {
      const { error, delivered } = await this.attempt(this.options.open(last), signal);
      if (error === undefined) return;
      last = error;
      if (delivered) {
        attempts = 0;
        downSince = this.options.now();
      }
      attempts++;
      this.fail(last, attempts);
      if (last.failure === 'absent') return;
      const lasted = this.options.now() - downSince;
      await pause(reconnectDelay({ failure: last.failure, attempts, lasted }, this.options.random()), signal);
    }
  }

  /** @returns how the connection ended, undefined when it was told to; and whether pictures had come */
  private async attempt(source: Source, signal: AbortSignal): Promise<Attempt> {
    const stop = new AbortController();
    const abort = (): void => {
      stop.abort();
    };
    signal.addEventListener('abort', abort, { once: true });
    const unwatch = this.options.gate.watch();
    let stall: SourceError | undefined;
    let fresh = true;
    let timer: NodeJS.Timeout | undefined;
    const watchdog = (): void => {
      clearTimeout(timer);
      const wait = patience(fresh ? undefined : this.interval);
      timer = setTimeout(() => {
        stall = new SourceError('timed-out', `no picture came for ${Math.round(wait / 1000)} s`);
        stop.abort();
      }, wait);
    };
    watchdog();
    try {
      await source(
        {
          formats: (formats) => {
            if (stop.signal.aborted) return;
            this.streamFormats = formats;
            this.tell((listener) => listener.formats?.(formats));
          },
          packet: (packet) => {
            if (stop.signal.aborted) return;
            if (fresh) {
              if (packet.kind === 'audio' || !packet.keyframe) return;
              fresh = false;
              this.timeline.restart();
              this.ring.clear();
              this.lastPicture = undefined;
              this.tell((listener) => listener.interrupted?.());
              unwatch();
              this.change({ kind: 'online', since: this.options.wallclock() });
            }
            this.take(packet);
            if (packet.kind === 'video') watchdog();
          },
        },
        this.options.gate,
        stop.signal,
      );
      return { error: signal.aborted ? undefined : stall, delivered: !fresh };
    } catch (error) {
      if (signal.aborted) return { error: undefined, delivered: !fresh };
      const failure =
        error instanceof SourceError ? error : new SourceError('garbage', String(error), { cause: error });
      return { error: stall ?? failure, delivered: !fresh };
    } finally {
      clearTimeout(timer);
      unwatch();
      signal.removeEventListener('abort', abort);
    }
  }

  private take(packet: Packet): void {
    const formats = this.streamFormats;
    if (formats === undefined) return;
    const now = this.options.now();
    const time = this.timeline.place(packet.kind, packet.time, now);
    const placed = { ...packet, time };
    if (placed.kind === 'video') {
      const step = this.lastPicture && time - this.lastPicture.time;
      if (step !== undefined && step > 0) this.interval = (this.interval ?? step) * 0.9 + step * 0.1;
      this.lastPicture = placed;
    }
    this.ring.push(placed, formats, now);
    this.tell((listener) => listener.packet?.(placed));
  }

  private fail(error: SourceError, attempts: number): void {
    // Another kind of source may read it: not yet news for anybody.
    if (error.failure === 'unsupported' && attempts === 1) return;
    const since = this.current.kind === 'offline' ? this.current.since : this.options.wallclock();
    this.change({ kind: 'offline', since, failure: error.failure, reason: error.message });
  }

  private change(state: FeedState): void {
    this.current = state;
    this.tell((listener) => listener.state?.(state));
  }

  private tell(message: (listener: FeedListener) => void): void {
    for (const listener of [...this.listeners]) message(listener);
  }
}

/** Waits, or less where `signal` is aborted. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
