import { NutReader } from '../nut/reader.js';
import { NutWriter } from '../nut/writer.js';
import type { Ffmpeg } from './capabilities.js';
import type { CodedFormat, CodedPicture } from './coded-picture.js';
import { markedTime, selectMarked, unmarkedTime } from './picture-marks.js';
import { startFfmpeg, type FfmpegProcess } from './process.js';

/** A small gray picture. */
export interface GrayPicture {
  /** As it was fed, ms. */
  readonly time: number;
  /** One byte a pixel, row by row, black 0 to white 255. */
  readonly pixels: Uint8Array;
  readonly keyframe: boolean;
}

export interface GrayDecoderOptions {
  readonly ffmpeg: Pick<Ffmpeg, 'path' | 'passthrough'>;
  readonly format: CodedFormat;
  readonly width: number;
  readonly height: number;
  /** Least time from picture to picture, ms, a bit less for jitter; the rest is decoded only. */
  readonly every: number;
  /** A picture that takes longer, ms, does not come; default 4,000. */
  readonly patience?: number;
  readonly signal: AbortSignal;
  readonly onPicture: (picture: GrayPicture) => void;
  /** The process ended by itself, or has got stuck and was ended; with what it said last. */
  readonly onEnd: (reason: string) => void;
}

/**
 * What may wait in front of the process, bytes; beyond, packets are left out up to the next keyframe. Ten seconds from the
 * past of a large stream (12 Mbit/s) fit.
 */
const MAX_WAITING = 16 * 1024 * 1024;
/** From the last picture before a jump back in time to the first after it, ms, on the decoder's own clock. */
const GAP = 1_000;
/** Times come back rounded, ms. */
const ROUNDING = 0.1;
/** A small machine that is busy takes one second for its first picture. */
const PATIENCE = 4_000;

/** Pictures that were fed one after the other: what is added to their times. */
interface Run {
  /** On the decoder's clock. */
  readonly from: number;
  readonly offset: number;
}

/**
 * An ffmpeg that stands by, is fed a stream's packets or its keyframes alone, and gives small gray pictures at a low rate.
 * It may be taken back in time to an earlier keyframe. One life of the program: when it has ended, another is made.
 */
export class GrayDecoder {
  private readonly process: FfmpegProcess;
  private readonly writer: NutWriter;
  private runs: Run[] = [];
  /** Newest time fed, and newest shown, on the decoder's clock. */
  private fed = 0;
  private lastShown = -Infinity;
  private lastOut = -Infinity;
  private keyframes: number[] = [];
  private awaited: number[] = [];
  private jumped = true;
  private dropping = false;
  private overdue: NodeJS.Timeout | undefined;
  private ended = false;
  private finishing = false;
  private waiters: { readonly most: number; readonly resolve: () => void }[] = [];

  constructor(private readonly options: GrayDecoderOptions) {
    const { ffmpeg, format, width, height, signal } = options;
    this.writer = new NutWriter([{ kind: 'video', ...format, extradata: bufferOf(format.extradata) }]);
    this.process = startFfmpeg({
      path: ffmpeg.path,
      args: decoderArguments(ffmpeg.passthrough, width, height),
      signal,
      stdin: true,
      // Sixteen cameras' keyframes may come at once: whoever looks at a picture does not wait for them.
      background: true,
    });
    const reader = new NutReader({
      onFormats: () => undefined,
      onPacket: ({ time, data }) => {
        if (data.length === width * height) this.take(time, data);
      },
    });
    this.process.stdout.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch {
        this.process.kill();
      }
    });
    this.process.stdin.write(this.writer.header);
    void this.process.exited.then(({ error, stderr }) => {
      this.ended = true;
      clearTimeout(this.overdue);
      this.awaited = [];
      this.wake();
      if (!signal.aborted && !this.finishing) options.onEnd(error?.message ?? (stderr || 'without a word'));
    });
  }

  /** Packets are left out for want of time. */
  get overloaded(): boolean {
    return this.dropping;
  }

  /** The next packet is a keyframe, and may be older than those before it. */
  jump(): void {
    this.jumped = true;
  }

  /** In the order of decoding. */
  push(pictures: readonly CodedPicture[]): void {
    if (this.ended || this.finishing) return;
    const { stdin } = this.process;
    // One call to the system for all of it, and no copy.
    stdin.cork();
    for (const picture of pictures) {
      if (stdin.writableLength > MAX_WAITING) this.dropping = true;
      else if (picture.keyframe) this.dropping = false;
      if (!this.dropping) this.feed(picture);
    }
    stdin.uncork();
  }

  /**
   * Resolves when of the pictures that are to be shown no more than `most` are still to come, when they do not come in
   * time, or when the process has ended.
   */
  settled(most = 0): Promise<void> {
    if (this.awaited.length <= most) return Promise.resolve();
    return new Promise((resolve) => this.waiters.push({ most, resolve }));
  }

  /** Nothing more is fed: resolves when everything has been shown and the process is gone. */
  async finish(): Promise<void> {
    this.finishing = true;
    const { stdin, stdout, exited } = this.process;
    const read = new Promise<unknown>((resolve) => {
      if (stdout.closed) resolve(undefined);
      else stdout.once('close', resolve);
    });
    stdin.end();
    await Promise.all([read, exited]);
  }

  /** Resolves when the process is gone. */
  get exited(): Promise<unknown> {
    return this.process.exited;
  }

  private feed({ time, keyframe, data }: CodedPicture): void {
    if (this.jumped) {
      if (!keyframe) return;
      this.runs.push({ from: this.fed + GAP, offset: this.fed + GAP - time });
      this.lastShown = -Infinity;
      this.jumped = false;
    }
    const at = time + (this.runs.at(-1)?.offset ?? 0);
    // What comes after a later picture (a B-frame) cannot be shown any more.
    const shown = at > this.fed && at - this.lastShown >= this.options.every;
    this.fed = Math.max(this.fed, at);
    if (shown) this.expect(at);
    if (shown && keyframe) this.keyframes.push(at);
    const marked = markedTime(at, shown ? 'show' : 'hide');
    const bytes = bufferOf(data);
    this.process.stdin.write(this.writer.head({ stream: 0, time: marked, keyframe, data: bytes }));
    this.process.stdin.write(bytes);
  }

  private expect(at: number): void {
    this.lastShown = at;
    this.awaited.push(at);
    this.overdue ??= this.alarm();
  }

  private alarm(): NodeJS.Timeout {
    return setTimeout(() => {
      this.process.kill();
    }, this.options.patience ?? PATIENCE);
  }

  private take(marked: number, pixels: Buffer): void {
    const at = unmarkedTime(marked);
    if (at <= this.lastOut) return;
    this.lastOut = at;
    clearTimeout(this.overdue);
    this.overdue = undefined;
    this.awaited = this.awaited.filter((time) => time > at + ROUNDING);
    const keyframe = this.keyframes.some((time) => Math.abs(time - at) < ROUNDING);
    this.keyframes = this.keyframes.filter((time) => time > at + ROUNDING);
    const run = this.runs.findLast(({ from }) => at > from - ROUNDING);
    if (run !== undefined) {
      this.runs = this.runs.slice(this.runs.indexOf(run));
      this.options.onPicture({ time: at - run.offset, pixels, keyframe });
    }
    if (this.awaited.length > 0 && !this.ended) this.overdue = this.alarm();
    this.wake();
  }

  private wake(): void {
    const { length } = this.awaited;
    for (const { most, resolve } of this.waiters) if (length <= most) resolve();
    this.waiters = this.waiters.filter(({ most }) => length > most);
  }
}

const bufferOf = (data: Uint8Array): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

/**
 * `-copyts`: the times come back as they are. `-threads 1`: else pictures are held back. `area`: each small pixel is the
 * mean of what it stands for, without which noise is no less than in the large picture. Without the loop filter decoding
 * costs a quarter less; small pictures differ by less than half a gray level in the mean, at GOPs of 2 s.
 */
function decoderArguments(passthrough: readonly string[], width: number, height: number): string[] {
  return [
    ...['-v', 'error', '-nostdin', '-copyts', '-threads', '1', '-skip_loop_filter', 'all'],
    ...['-probesize', '32', '-analyzeduration', '0', '-f', 'nut', '-i', 'pipe:0', '-map', '0:v:0'],
    ...['-filter_threads', '1'],
    ...['-vf', `select='${selectMarked(undefined)}',scale=${width}:${height}:flags=area,format=gray`, ...passthrough],
    ...['-enc_time_base', '1:1000000', '-threads', '1', '-c:v', 'rawvideo', '-pix_fmt', 'gray'],
    ...['-f', 'nut', '-write_index', '0', '-flush_packets', '1', 'pipe:1'],
  ];
}
