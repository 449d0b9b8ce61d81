import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { NutReader } from '../nut/reader.js';
import { SourceError, type ReadGate, type Source, type SourceSink } from '../source.js';
import type { Ffmpeg } from './capabilities.js';
import { Delivery } from './delivery.js';
import { readingFailure } from './failure.js';
import { openHttp } from './http.js';
import { startFfmpeg } from './process.js';
import { reading, SOCKET_PATIENCE, type Input } from './reading.js';

export interface FfmpegSourceOptions {
  readonly ffmpeg: Ffmpeg;
  /** With credentials, percent-encoded; or the path of a file, which is played in a loop. */
  readonly url: string;
  readonly kind: 'rtsp' | 'rtsps' | 'http' | 'https' | 'file';
  readonly transport: 'tcp' | 'udp';
  /** Whether to read the sound, where there is some. */
  readonly audio: boolean;
  /** Takes secrets out of a text. */
  readonly mask?: (text: string) => string;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** Reads whatever ffmpeg reads, without decoding, as NUT: about one picture later than a camera sends. */
export function ffmpegSource(options: FfmpegSourceOptions): Source {
  return async (sink, gate, signal) => {
    if (signal.aborted) return;
    // Whatever is opened here ends with this source, also where it fails.
    const life = new AbortController();
    const end = (): void => {
      life.abort();
    };
    signal.addEventListener('abort', end, { once: true });
    try {
      await read(options, sink, gate, life.signal);
    } catch (error) {
      if (!wasAborted(signal)) throw error;
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  };
}

/** TypeScript takes it for settled by the check at the start. */
const wasAborted = (signal: AbortSignal): boolean => signal.aborted;

/** What an input is, and the stream where it does not come by ffmpeg. */
async function open({ kind, url, transport }: FfmpegSourceOptions, signal: AbortSignal): Promise<Opened> {
  switch (kind) {
    case 'file':
      return { input: { kind, path: url } };
    case 'rtsp':
    case 'rtsps':
      return { input: { kind: 'rtsp', url, transport: kind === 'rtsps' ? 'tcp' : transport } };
    case 'http':
    case 'https': {
      const answer = await openHttp(url, signal);
      return answer.content === 'recording'
        ? { input: { kind: 'paced', url: answer.url } }
        : { input: { kind: 'body', parts: answer.content === 'parts' }, body: answer.body };
    }
  }
}

interface Opened {
  readonly input: Input;
  readonly body?: Readable;
}

async function read(
  options: FfmpegSourceOptions,
  sink: SourceSink,
  gate: ReadGate,
  signal: AbortSignal,
): Promise<void> {
  const { ffmpeg, audio, url, kind, mask = (text: string) => text, now = () => performance.now() } = options;
  const { input, body } = await open(options, signal);
  const { args, script } = reading(ffmpeg, input, audio);
  const begun = now();
  const process = startFfmpeg({ path: ffmpeg.path, args, signal, stdin: body !== undefined || script !== undefined });
  if (script !== undefined) process.stdin.end(script);
  if (body !== undefined) feed(body, process.stdin, signal);

  const delivery = new Delivery(sink);
  const reader = new NutReader(delivery);
  let garbage: SourceError | undefined;
  let passing: NodeJS.Immediate | undefined;
  let turnBytes = 0;
  process.stdout.on('data', (chunk: Buffer) => {
    if (signal.aborted || garbage !== undefined) return;
    try {
      reader.push(chunk);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      garbage = new SourceError('garbage', `What ffmpeg hands over cannot be read: ${reason}.`, { cause: error });
      process.kill();
      return;
    }
    turnBytes += chunk.length;
    passing ??= setImmediate(() => {
      passing = undefined;
      // A pipe that was full has held ffmpeg up: it is held back only when it has caught up.
      if (turnBytes < FULL_PIPE) gate.afterRead(process.stdout);
      turnBytes = 0;
    });
  });
  const { error, stderr } = await process.exited;
  await drained(process.stdout);
  if (signal.aborted) return;
  const host = kind === 'file' ? undefined : hostOf(url);
  const { delivered } = delivery;
  const ending = { host, stderr: mask(stderr), delivered, lasted: now() - begun, patience: SOCKET_PATIENCE };
  throw garbage ?? error ?? readingFailure(ending);
}

/** A pipe holds 64 KiB on Linux: one of these each 200 ms would be 2.6 Mbit/s, less than many cameras send. */
const FULL_PIPE = 32 * 1024;

/** Lets a stream flow into a process until one of them ends. */
function feed(body: Readable, stdin: NodeJS.WritableStream, signal: AbortSignal): void {
  const end = (): void => {
    body.destroy();
  };
  signal.addEventListener('abort', end, { once: true });
  stdin.once('close', end);
  body.once('close', () => {
    signal.removeEventListener('abort', end);
    stdin.end();
  });
  body.pipe(stdin);
}

/** What a process that has ended may have left to be read is read within this time, ms; a gate may hold it a while. */
const LEFTOVERS = 500;

async function drained(stream: Readable): Promise<void> {
  if (!stream.closed) await once(stream, 'close', { signal: AbortSignal.timeout(LEFTOVERS) }).catch(() => undefined);
  stream.destroy();
}

/** Host and port. */
const hostOf = (url: string): string => /^[a-z]+:\/\/(?:[^/@]*@)?([^/?#]+)/i.exec(url)?.[1] ?? 'this address';
