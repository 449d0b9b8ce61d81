import { performance } from 'node:perf_hooks';
import { NutReader } from '../nut/reader.js';
import { NutWriter, type NutVideo } from '../nut/writer.js';
import type { Ffmpeg } from './capabilities.js';
import { markedTime, selectMarked } from './picture-marks.js';
import { startFfmpeg, type FfmpegExit, type FfmpegProcess } from './process.js';

export type DecodeFailure =
  /** There is no decoder for such pictures. */
  | 'unsupported'
  | 'corrupt'
  /** No picture came in time. */
  | 'timed-out'
  /** ffmpeg does not run. */
  | 'no-decoder'
  /** The decoder was told to end, or the request was taken back. */
  | 'ended';

export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  constructor(
    readonly failure: DecodeFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface StandingDecoderOptions {
  readonly ffmpeg: Pick<Ffmpeg, 'path' | 'passthrough'>;
  readonly input: Omit<NutVideo, 'kind'>;
  /** A filter that blacks out what must not be seen: there is no picture without it. */
  readonly mask?: string | undefined;
  /** Ends the decoder and its process. */
  readonly signal: AbortSignal;
  /** Milliseconds that a picture may take; the first one of a process may take `cold`. {@link ON_THE_WAY} is added. */
  readonly patience?: { readonly warm: number; readonly cold: number };
}

/** A picture takes 5 to 50 ms, more on a small machine that is busy. */
const PATIENCE = { warm: 1000, cold: 4000 };
/** What each picture that is decoded on the way to the wanted one may take, ms: 4K on a small machine. */
const ON_THE_WAY = 100;
/** Wider pictures are made smaller: no viewer of HomeKit asks for more. */
const MAX_WIDTH = 1920;
/** Between attempts to start a program that ends by itself, ms; doubled each time. */
const RETRY = { first: 1000, most: 30_000 };
/** A program that has stood by for as long, ms, was started well. */
const STANDS = 1000;
/** Requests are known by their pictures' times, this far apart, ms. */
const STEP = 40;

type Outcome = Buffer | 'lost' | Exclude<DecodeFailure, 'unsupported'>;

/**
 * An ffmpeg that stands by, is fed a keyframe, or a keyframe and what follows it, and gives the last as JPEG; one request
 * at a time. It is replaced at once when it dies or has got stuck; a request that it took along is made once more.
 */
export class StandingDecoder {
  private process: DecoderProcess | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private fault = '';
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;

  constructor(private readonly options: StandingDecoderOptions) {
    options.signal.addEventListener('abort', () => {
      clearTimeout(this.retry);
    });
    this.start();
  }

  /**
   * @param pictures a keyframe with everything that a decoder needs for it, and what follows up to the wanted picture
   * @throws DecodeError
   */
  jpeg(pictures: readonly Buffer[], signal?: AbortSignal): Promise<Buffer> {
    const answer = this.queue.then(() => {
      if (signal?.aborted === true) throw new DecodeError('ended', 'the picture is not needed any more');
      return this.attempt(pictures);
    });
    this.queue = answer.catch(() => undefined);
    return answer;
  }

  private async attempt(pictures: readonly Buffer[], again = true): Promise<Buffer> {
    const process = this.process;
    const outcome = process === undefined ? 'no-decoder' : await process.decode(pictures);
    if (typeof outcome !== 'string') return outcome;
    if (process !== undefined) this.replace(process);
    if (outcome === 'lost' && again && !this.options.signal.aborted) return this.attempt(pictures, false);
    throw this.options.signal.aborted ? failed('ended', '') : failed(outcome, process?.words() ?? this.fault);
  }

  private start(): void {
    if (this.options.signal.aborted) return;
    const process = new DecoderProcess(this.options);
    this.process = process;
    void process.exited.then(() => {
      this.replace(process);
    });
  }

  private replace(process: DecoderProcess): void {
    if (this.process !== process) return;
    this.process = undefined;
    process.kill();
    if (!process.failedToStart()) {
      this.failures = 0;
      this.start();
    } else if (!this.options.signal.aborted) {
      this.fault = process.words();
      const wait = Math.min(RETRY.first * 2 ** this.failures++, RETRY.most);
      this.retry = setTimeout(() => {
        this.start();
      }, wait);
    }
  }
}

function failed(failure: Exclude<Outcome, Buffer>, words: string): DecodeError {
  const because = words === '' ? '' : `: ${words.slice(-300)}`;
  switch (failure) {
    case 'corrupt':
      return new DecodeError('corrupt', `a keyframe is damaged${because}`);
    case 'timed-out':
      return new DecodeError('timed-out', `a keyframe was not decoded in time${because}`);
    case 'ended':
      return new DecodeError('ended', 'the decoder has been ended');
    case 'lost':
    case 'no-decoder':
      return new DecodeError('no-decoder', `ffmpeg, which decodes keyframes, does not run${because}`);
  }
}

/** One life of the program. */
class DecoderProcess {
  readonly exited: Promise<FfmpegExit>;
  private readonly startedAt = performance.now();
  private readonly process: FfmpegProcess;
  private readonly writer: NutWriter;
  private readonly patience: { readonly warm: number; readonly cold: number };
  private ended: FfmpegExit | undefined;
  private asked: { readonly time: number; readonly settle: (outcome: Outcome) => void } | undefined;
  private time = 0;
  private warm = false;
  private readonly said: string[] = [];

  constructor({ ffmpeg, input, mask, signal, patience = PATIENCE }: StandingDecoderOptions) {
    this.patience = patience;
    this.process = startFfmpeg({
      path: ffmpeg.path,
      args: decoderArguments(ffmpeg.passthrough, mask),
      signal,
      stdin: true,
      onStderr: (line) => {
        if (this.said.push(line) > 4) this.said.shift();
      },
    });
    this.writer = new NutWriter([{ kind: 'video', ...input }]);
    const reader = new NutReader({
      onFormats: () => undefined,
      onPacket: ({ time, data }) => {
        if (this.asked === undefined || Math.abs(time - this.asked.time) >= STEP / 2) return;
        this.warm = true;
        this.asked.settle(data);
      },
    });
    this.process.stdout.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch {
        this.kill();
      }
    });
    this.process.stdin.write(this.writer.header);
    this.exited = this.process.exited.then((exit) => {
      this.ended = exit;
      // It leaves by itself at the first fault in a picture; whoever killed it did not mean the picture.
      this.asked?.settle(exit.code === null ? 'lost' : 'corrupt');
      return exit;
    });
  }

  /** One at a time. */
  decode(pictures: readonly Buffer[]): Promise<Outcome> {
    if (this.ended !== undefined) return Promise.resolve('lost');
    const hidden = pictures.length - 1;
    const time = this.time + STEP * pictures.length;
    return new Promise((resolve) => {
      const settle = (outcome: Outcome): void => {
        clearTimeout(timer);
        this.asked = undefined;
        resolve(outcome);
      };
      const limit = (this.warm ? this.patience.warm : this.patience.cold) + ON_THE_WAY * hidden;
      const asked = { time, settle };
      const timer = setTimeout(() => {
        // Where the hub itself stood still, what came meanwhile is read first.
        setImmediate(() => {
          if (this.asked === asked) settle('timed-out');
        });
      }, limit);
      this.asked = asked;
      for (const [at, data] of pictures.entries()) {
        const marked = markedTime((this.time += STEP), at < hidden ? 'hide' : 'show');
        this.process.stdin.write(this.writer.frame({ stream: 0, time: marked, keyframe: at === 0, data }));
      }
    });
  }

  /** It ended by itself before it was of any use. */
  failedToStart(): boolean {
    if (this.ended === undefined || this.warm) return false;
    return this.ended.error !== undefined || (this.time === 0 && performance.now() - this.startedAt < STANDS);
  }

  /** The last lines that it said. */
  words(): string {
    return this.ended?.error?.message ?? this.said.join('; ');
  }

  kill(): void {
    this.process.kill();
  }
}

/**
 * `-copyts`: the times by which requests are known come back as they are.
 * `-threads 1` on the decoder and the encoder, else both hold pictures back; no `nobuffer`, which drops the first.
 * `explode` and `-xerror`: it ends at the first damaged picture rather than give a gray one.
 * Pictures on the way to the wanted one are left out before anything is made of them.
 * `iw*sar`: the picture as it is meant to be seen, of square pixels. Quality 4 of 2 to 31: 0.06 bytes a pixel.
 */
function decoderArguments(passthrough: readonly string[], mask: string | undefined): string[] {
  const filters = [
    `select='${selectMarked(undefined)}'`,
    ...(mask === undefined ? [] : [mask]),
    `scale=w=round(min(${MAX_WIDTH}\\,iw*sar)):h=round(ow/dar)`,
  ];
  return [
    ...['-v', 'error', '-nostdin', '-xerror', '-copyts'],
    ...['-threads', '1', '-err_detect', 'explode', '-probesize', '32', '-analyzeduration', '0'],
    ...['-f', 'nut', '-i', 'pipe:0', '-map', '0:v:0', '-filter_threads', '1'],
    ...['-vf', filters.join(','), ...passthrough],
    ...['-enc_time_base', '1:1000000', '-threads', '1', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p', '-q:v', '4'],
    ...['-f', 'nut', '-write_index', '0', '-flush_packets', '1', 'pipe:1'],
  ];
}
