import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { startFfmpeg } from './process.js';

/** An ffmpeg that was run and found to be able to do what a camera needs. */
export interface Ffmpeg {
  readonly path: string;
  /** As it says itself, for example `5.1.9-0+deb12u1`. */
  readonly version: string;
  readonly encoders: ReadonlySet<string>;
  /** RTSP's option for the time-out of its socket, µs: `timeout` since 5.0, `stimeout` before, where `timeout` means listening. */
  readonly rtspTimeout: 'timeout' | 'stimeout';
  /** Whether an input and its options can be given as an ffconcat script (since 5.0): so no address stands in an argument. */
  readonly scriptedInput: boolean;
  /** Options that let pictures through at the times they have: `-fps_mode` since 5.1. */
  readonly passthrough: readonly string[];
  /** What is wrong with those that would have come first, each as "PATH (from …) …"; for the admin who named one. */
  readonly passedOver: readonly string[];
}

export class FfmpegError extends Error {
  override readonly name = 'FfmpegError';
}

export interface FfmpegSearch {
  /** The path from the settings. */
  readonly configured?: string | undefined;
  /** The binary that came with the plugin; undefined where its download failed. */
  readonly bundled?: () => Promise<string | undefined>;
  /** Default: the environment's PATH. */
  readonly searchPath?: string | undefined;
}

/**
 * The first ffmpeg that can do what is needed: the settings', the bundled one, the one on the PATH.
 * @throws FfmpegError says what was tried, what was wrong with it, and what to install
 */
export async function findFfmpeg(search: FfmpegSearch = {}): Promise<Ffmpeg> {
  const faults: string[] = [];
  for (const { path, origin } of await candidates(search)) {
    const found = await examine(path);
    if (typeof found !== 'string') return { ...found, passedOver: faults };
    faults.push(`${path} (${origin}) ${found}`);
  }
  const tried = faults.length === 0 ? 'none was found' : faults.join('; ');
  throw new FfmpegError(
    `No ffmpeg works here: ${tried}. Install one (Debian: apt-get install ffmpeg, macOS: brew install ffmpeg), ` +
      'or set "ffmpeg" to the path of one.',
  );
}

async function candidates({ configured, bundled = bundledFfmpeg, searchPath = process.env['PATH'] }: FfmpegSearch) {
  const own = await bundled();
  const installed = onPath('ffmpeg', searchPath ?? '');
  return [
    { path: configured, origin: 'from the settings' },
    { path: own, origin: 'from ffmpeg-for-homebridge' },
    { path: installed, origin: 'on the PATH' },
  ].filter((candidate): candidate is { path: string; origin: string } => candidate.path !== undefined);
}

/** Not a literal: where the optional package is missing, there are no types either. */
const BUNDLE = 'ffmpeg-for-homebridge' as string;

/** Its download may have failed: then the export is undefined, or the file is not there, or the package is not. */
async function bundledFfmpeg(): Promise<string | undefined> {
  try {
    const { default: path } = (await import(BUNDLE)) as { default?: unknown };
    return typeof path === 'string' && isExecutable(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

const onPath = (name: string, searchPath: string): string | undefined =>
  searchPath
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, process.platform === 'win32' ? `${name}.exe` : name))
    .find(isExecutable);

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What every camera needs, and what goes without it. */
const NEEDED: readonly { list: keyof Lists; name: string; use: string }[] = [
  { list: 'muxers', name: 'nut', use: 'hand over packets' },
  { list: 'demuxers', name: 'nut', use: 'take packets' },
  { list: 'demuxers', name: 'rtsp', use: 'read cameras' },
  { list: 'encoders', name: 'mjpeg', use: 'make pictures' },
];

interface Lists {
  readonly encoders: ReadonlySet<string>;
  readonly muxers: ReadonlySet<string>;
  readonly demuxers: ReadonlySet<string>;
}

/** An older one does not know the last line; a newer one only misses the file. */
async function takesScripts(path: string): Promise<boolean> {
  const script = "ffconcat version 1.0\nfile 'missing'\noption probesize 32\n";
  const args = ['-hide_banner', '-nostdin', '-f', 'concat', '-safe', '0', '-i', 'pipe:0'];
  const child = startFfmpeg({ path, args, signal: AbortSignal.timeout(ANSWER_TIMEOUT), stdin: true });
  child.stdin.end(script);
  child.stdout.resume();
  const { stderr } = await child.exited;
  return stderr.includes('Impossible to open') && !stderr.includes('unknown keyword');
}

/** @returns what is wrong with it, where it cannot be used */
async function examine(path: string): Promise<Omit<Ffmpeg, 'passedOver'> | string> {
  const scripted = takesScripts(path);
  const [version, encoders, muxers, demuxers, rtsp, help] = await Promise.all(
    [['-version'], ['-encoders'], ['-muxers'], ['-demuxers'], ['-h', 'demuxer=rtsp'], ['-h', 'long']].map((args) =>
      ask(path, args),
    ),
  );
  const [, name] = /^ffmpeg version (\S+)/.exec(version?.text ?? '') ?? [];
  if (name === undefined) return version?.fault ?? 'is no ffmpeg';
  const lists = { encoders: namesIn(encoders?.text), muxers: namesIn(muxers?.text), demuxers: namesIn(demuxers?.text) };
  const lacking = NEEDED.find((needed) => !lists[needed.list].has(needed.name));
  if (lacking !== undefined)
    return `(version ${name}) lacks the ${lacking.name} ${lacking.list.slice(0, -1)} to ${lacking.use}`;
  return {
    path,
    version: name,
    encoders: lists.encoders,
    scriptedInput: await scripted,
    rtspTimeout: /^\s*-stimeout\b/m.test(rtsp?.text ?? '') ? 'stimeout' : 'timeout',
    passthrough: [/^\s*-fps_mode\b/m.test(help?.text ?? '') ? '-fps_mode' : '-vsync', 'passthrough'],
  };
}

/** A broken binary may hang; a Raspberry Pi under load takes a second. */
const ANSWER_TIMEOUT = 10_000;

async function ask(path: string, args: readonly string[]): Promise<{ text: string; fault: string | undefined }> {
  const child = startFfmpeg({ path, args: ['-hide_banner', ...args], signal: AbortSignal.timeout(ANSWER_TIMEOUT) });
  const [output, { code, error, stderr }] = await Promise.all([readAll(child.stdout), child.exited]);
  const [complaint = `exit code ${String(code)}`] = stderr.split('\n').filter((line) => line !== '');
  const fault = error?.message ?? (code === 0 ? undefined : `fails: ${complaint}`);
  return { text: output.toString(), fault };
}

/** What a process writes to the end; less where its pipe breaks. */
export async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => stream.once('close', resolve));
  return Buffer.concat(chunks);
}

/** Names in a list as `ffmpeg -encoders` prints it: ` V....D libx264   libx264 H.264 …`, several by commas. */
export function namesIn(list = ''): Set<string> {
  const names = new Set<string>();
  for (const line of list.split('\n')) {
    const [, joined = ''] = /^ [A-Z. ]{2,6} ([\w,.-]+)\s+\S/.exec(line) ?? [];
    for (const name of joined.split(',')) if (name !== '') names.add(name);
  }
  return names;
}
