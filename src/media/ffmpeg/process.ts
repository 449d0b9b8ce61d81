import { spawn, type ChildProcess } from 'node:child_process';
import { constants, getPriority, setPriority } from 'node:os';
import { Readable, Writable } from 'node:stream';
import { SourceError } from '../source.js';
import { StderrLines } from './stderr-lines.js';

export interface FfmpegStart {
  readonly path: string;
  readonly args: readonly string[];
  /** Ends the process: its pipes are closed and it is told to end; what has not ended after 1 s is killed. */
  readonly signal: AbortSignal;
  /** Whether it is fed by `pipe:0`; default false. */
  readonly stdin?: boolean;
  /** How many outputs there are beside stdout: `pipe:3` and up. Default 0. */
  readonly extraPipes?: number;
  /** Whether it gives way to everything else on a busy hub; default false. */
  readonly background?: boolean;
  /** Each line of what ffmpeg says, cut at 2,000 characters. */
  readonly onStderr?: (line: string) => void;
}

export interface FfmpegExit {
  /** Null where it was ended by a signal, and where it never started. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set where it never started: `no-reader`. */
  readonly error?: SourceError;
  /** The last lines of what it said. */
  readonly stderr: string;
}

export interface FfmpegProcess {
  /** Takes nothing, silently, when the process has ended or has none. */
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly extra: readonly Readable[];
  /** Resolves when the process is gone, or could not be started; never rejects. */
  readonly exited: Promise<FfmpegExit>;
  /** As by the signal. */
  kill(): void;
}

/** From SIGTERM to SIGKILL, ms. */
const GRACE = 1000;
/** How long after its end the rest of what a process said is waited for, ms. */
const LAST_WORDS = 200;

/**
 * Starts ffmpeg and owns the process. No stream of it ever emits an unhandled `error`. Where the hub itself is killed,
 * the process ends by the end of its stdin or by its next write to a pipe that nobody reads.
 */
export function startFfmpeg(start: FfmpegStart): FfmpegProcess {
  const { signal } = start;
  const stdio = [start.stdin === true ? 'pipe' : 'ignore', ...outputs(2 + (start.extraPipes ?? 0))] as const;
  let child: ChildProcess;
  try {
    child = spawn(start.path, start.args, { stdio: [...stdio], windowsHide: true });
  } catch (error) {
    return neverStarted(start, error);
  }
  if (start.background === true) giveWay(child.pid);
  const stdin = quiet(child.stdin ?? closedWritable());
  const [stdout, stderr, ...extra] = Array.from({ length: stdio.length - 1 }, (_, at) => {
    const stream = child.stdio[at + 1];
    return quiet(stream instanceof Readable ? stream : Readable.from([]));
  }) as [Readable, Readable, ...Readable[]];
  const lines = new StderrLines(start.onStderr);
  stderr.on('data', (chunk: Buffer) => {
    lines.push(chunk);
  });
  const said = new Promise<void>((resolve) => stderr.once('close', resolve));

  let killer: NodeJS.Timeout | undefined;
  const kill = (): void => {
    if (killer !== undefined) return;
    killer = setTimeout(() => child.kill('SIGKILL'), GRACE);
    stdin.destroy();
    for (const stream of [stdout, ...extra]) stream.destroy();
    child.kill('SIGTERM');
  };

  const exited = new Promise<FfmpegExit>((resolve) => {
    const end = async (code: number | null, by: NodeJS.Signals | null, error?: Error): Promise<void> => {
      signal.removeEventListener('abort', kill);
      clearTimeout(killer);
      await Promise.race([said, pause(LAST_WORDS)]);
      stderr.destroy();
      stdin.destroy();
      lines.end();
      const exit = { code, signal: by, stderr: lines.tail() };
      resolve(error === undefined ? exit : { ...exit, error: noReader(start.path, error) });
    };
    child.once('exit', (code, by) => void end(code, by));
    // A process that runs may report other errors (a signal that could not be sent): those are not its end.
    child.on('error', (error) => {
      if (child.pid === undefined) void end(null, null, error);
    });
  });

  if (signal.aborted) kill();
  else signal.addEventListener('abort', kill, { once: true });
  return { stdin, stdout, extra, exited, kill };
}

/** It may have ended already, or the system may not allow it: then it runs like any other. */
function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL));
  } catch {
    return;
  }
}

const outputs = (count: number): 'pipe'[] => Array.from({ length: count }, () => 'pipe');

/** Errors of a pipe (EPIPE, ECONNRESET) say that the process has ended, which `exited` tells. */
function quiet<S extends Readable | Writable>(stream: S): S {
  stream.on('error', () => undefined);
  return stream;
}

function closedWritable(): Writable {
  const stream = new Writable();
  stream.destroy();
  return stream;
}

function neverStarted(start: FfmpegStart, error: unknown): FfmpegProcess {
  const cause = error instanceof Error ? error : new Error(String(error));
  return {
    stdin: quiet(closedWritable()),
    stdout: Readable.from([]),
    extra: Array.from({ length: start.extraPipes ?? 0 }, () => Readable.from([])),
    exited: Promise.resolve({ code: null, signal: null, error: noReader(start.path, cause), stderr: '' }),
    kill: () => undefined,
  };
}

function noReader(path: string, cause: NodeJS.ErrnoException): SourceError {
  return new SourceError('no-reader', `ffmpeg at ${path} could not be started: ${reason(cause)}`, { cause });
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such program';
  if (code === 'EACCES') return 'it may not be executed by the user that Homebridge runs as';
  if (code === 'EMFILE' || code === 'ENFILE' || code === 'EAGAIN' || code === 'ENOMEM') {
    return `the machine has run out of processes, files or memory (${code})`;
  }
  return code ?? message;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
