import type { ClipEnding, ClipFeed } from '../../camera/clips/clip-options.js';
import { aacFormat, type Coders, type Codings } from '../../camera/clips/coding.js';
import type { WholeGop } from '../../camera/clips/gop-cutter.js';
import { Recorder } from '../../camera/clips/recorder.js';
import type { Feed } from '../../camera/feed/feed.js';
import { Fragmenter, type FragmentFormats } from '../../media/fmp4/fragmenter.js';
import type { AudioPacket } from '../../media/packet.js';
import { fits, isFull, MOST_BETWEEN, waitBefore } from './pacing.js';
import type { Selection } from './selection.js';
import { SilenceFiller } from './silence.js';

export interface SessionOptions {
  readonly feed: ClipFeed & Pick<Feed, 'subscribe' | 'watch'>;
  readonly coders: Coders;
  readonly codings: Codings;
  readonly selection: Selection;
  /** On the hub's clock, ms: the recording begins with the last keyframe at or before it. */
  readonly from: number;
  /** When it is to end, ms, asked at each picture; given when its first one was taken. */
  readonly until: (start: number) => number;
  /** Whether sound of a time may be recorded. */
  readonly isHeard: (time: number) => boolean;
  readonly now: () => number;
  /** What comes out of an encoder at first may come so much later, ms; default 2000: hubs wait some seconds. */
  readonly startGrace?: number;
}

/**
 * Why a recording ended: as a clip does; or the hub has closed it, the camera has gone, no whole fragment came in time,
 * or recording was switched off.
 */
export type SessionEnding = ClipEnding | 'closed' | 'camera-lost' | 'late' | 'switched-off';

export interface RecordingPart {
  /** Never empty. */
  readonly data: Buffer;
  readonly isLast: boolean;
}

/** There is nothing to send, or nothing to mark as the last. */
export class NothingLeft extends Error {
  override readonly name = 'NothingLeft';
  constructor(
    readonly ending: SessionEnding,
    readonly detail: string | undefined,
  ) {
    super(`A recording has ended without a last fragment (${ending}).`);
  }
}

interface Gop extends WholeGop {
  readonly from: number;
}

type Coming = { readonly gop: Gop | undefined } | 'nothing-yet' | 'closed';

/** Where sound comes later than this, a fragment goes out with silence, ms. */
const SOUND_GRACE = 400;
/** Encoders start slowly on a small computer, ms. */
const ENCODER_START = 2_000;

/** One recording for a hub, from its opening to its end. */
export class RecordingSession {
  /** When the last picture that was sent ends, ms. */
  end: number | undefined;
  private readonly closed = new AbortController();
  /** No more is taken; what is there is still sent. */
  private readonly over = new AbortController();
  private why: SessionEnding | undefined;
  private sentAt: number | undefined;
  private start: number | undefined;

  constructor(private readonly options: SessionOptions) {}

  /** The hub wants nothing more, not even what is there. */
  close(): void {
    this.finish('closed');
    this.closed.abort();
  }

  /** Ends with what is there. */
  finish(why: SessionEnding): void {
    this.why ??= why;
    this.over.abort();
  }

  /** Undefined as long as it goes on. */
  get ending(): SessionEnding | undefined {
    return this.why;
  }

  /**
   * `ftyp` and `moov`, then a fragment about every `selection.fragment` ms, each beginning with a keyframe.
   * @throws {NothingLeft}
   */
  async *parts(): AsyncGenerator<RecordingPart, void> {
    const { feed, coders, codings, from, until, selection, now, isHeard, startGrace = ENCODER_START } = this.options;
    const unwatch = feed.watch();
    const unsubscribe = feed.subscribe({
      state: ({ kind }) => {
        if (kind === 'online') return;
        if (kind === 'off') this.finish('camera-lost');
        this.why ??= 'camera-lost';
        recorder.sourceEnded();
      },
    });
    const recorder = new Recorder(feed, {
      ...{ from, coders, codings, signal: this.over.signal, grace: SOUND_GRACE },
      startGrace,
      until: () => until(this.start ?? from),
    });
    try {
      const begin = ({ video, audio }: FragmentFormats): Fragmenter =>
        new Fragmenter({ video, audio: audio ?? aacFormat(selection.sound) });
      let fragmenter = recorder.knownFormats && begin(recorder.knownFormats);
      if (fragmenter !== undefined) yield { data: fragmenter.init, isLast: false };
      const silence = new SilenceFiller(selection.sound);
      for await (const gops of this.groups(recorder)) {
        const [first] = gops.gops;
        if (first === undefined) continue;
        if (fragmenter === undefined) {
          fragmenter = begin(recorder.formats(first));
          yield { data: fragmenter.init, isLast: false };
        }
        const packets = gops.gops.flatMap((gop) => gop.packets);
        const end = gops.gops.at(-1)?.until ?? first.until;
        const sounds = packets.filter(
          (packet): packet is AudioPacket => packet.kind === 'audio' && isHeard(packet.time),
        );
        const pictures = packets.filter(({ kind }) => kind === 'video');
        const data = fragmenter.fragment([...pictures, ...silence.fill(sounds, first.from, end)], end);
        if (data === undefined) continue;
        await pause(waitBefore(this.sentAt, now()), this.closed.signal);
        if (this.closed.signal.aborted) return;
        this.sentAt = now();
        this.end = end;
        yield { data, isLast: gops.isLast };
        if (gops.isLast) return;
      }
      if (this.closed.signal.aborted) return;
      const { ending, detail } = await recorder.ended;
      throw new NothingLeft(this.why ?? ending, detail);
    } finally {
      recorder.abandon();
      const { ending } = await recorder.ended;
      this.why ??= ending;
      unsubscribe();
      unwatch();
    }
  }

  /** The GOPs of one fragment after the other. */
  private async *groups(
    recorder: Recorder,
  ): AsyncGenerator<{ readonly gops: readonly Gop[]; readonly isLast: boolean }> {
    const { fragment } = this.options.selection;
    let gops: Gop[] = [];
    let next = this.next(recorder);
    while (!this.closed.signal.aborted) {
      const isReady = gops.length > 0 && (this.sentAt === undefined || isFull(gops, fragment));
      const coming = await this.coming(next, isReady);
      if (coming === 'closed') return;
      if (coming === 'nothing-yet') {
        if (gops.length === 0) this.finish('late');
        else yield { gops, isLast: false };
        gops = [];
        continue;
      }
      const { gop } = coming;
      if (gop === undefined) {
        if (gops.length > 0) yield { gops, isLast: true };
        return;
      }
      next = this.next(recorder);
      if (gops.length > 0 && !fits(gops, gop, fragment)) {
        yield { gops, isLast: false };
        gops = [];
      }
      gops.push(gop);
    }
  }

  private async next(recorder: Recorder): Promise<{ readonly gop: Gop | undefined }> {
    const gop = await recorder.next();
    if (gop === undefined) return { gop };
    const from = gop.packets[0]?.time ?? gop.until;
    this.start ??= from;
    return { gop: { ...gop, from } };
  }

  /** Waits for the next GOP: not at all where a fragment is ready, and not longer than hubs wait for a fragment. */
  private coming(next: Promise<{ readonly gop: Gop | undefined }>, isReady: boolean): Promise<Coming> {
    return new Promise((resolve) => {
      const { signal } = this.closed;
      const settle = (coming: Coming): void => {
        clearTimeout(late);
        clearImmediate(atOnce);
        signal.removeEventListener('abort', close);
        resolve(coming);
      };
      const close = (): void => {
        settle('closed');
      };
      const nothing = (): void => {
        settle('nothing-yet');
      };
      const atOnce = isReady ? setImmediate(nothing) : undefined;
      const waits = this.sentAt !== undefined && !this.over.signal.aborted && !isReady;
      const left = Math.max(0, (this.sentAt ?? 0) + MOST_BETWEEN - this.options.now());
      const late = waits ? setTimeout(nothing, left) : undefined;
      signal.addEventListener('abort', close, { once: true });
      if (signal.aborted) close();
      void next.then(settle);
    });
  }
}

/** Waits, or less where `signal` is aborted. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
  });
}
