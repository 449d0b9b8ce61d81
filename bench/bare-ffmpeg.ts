import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a bare ffmpeg needs for the same, measured in the same run: the peer of every figure. */

interface Run {
  /** Milliseconds from the start of the process to its first byte of output. */
  readonly firstByte: number;
  /** CPU seconds of the process. */
  readonly cpu: number;
}

async function run(args: readonly string[], stopAfterFirst: boolean): Promise<Run> {
  const started = performance.now();
  const child = spawn('/usr/bin/env', ['bash', '-c', 'TIMEFORMAT="cpu %U %S"; time "$@"', 'bare', 'ffmpeg', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let firstByte = Number.NaN;
  let said = '';
  child.stdout.on('data', () => {
    if (!Number.isNaN(firstByte)) return;
    firstByte = performance.now() - started;
    if (stopAfterFirst && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  });
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');
  const [, user = '0', system = '0'] = /cpu ([\d.]+) ([\d.]+)/.exec(said) ?? [];
  return { firstByte, cpu: Number(user) + Number(system) };
}

const QUIET = ['-hide_banner', '-v', 'error', '-nostdin'];

/** Milliseconds until an ffmpeg that was started for it has taken a picture from the camera. */
export async function picture(url: string): Promise<number> {
  const args = [
    ...QUIET,
    '-rtsp_transport',
    'tcp',
    '-i',
    url,
    '-frames:v',
    '1',
    '-s',
    '640x360',
    '-f',
    'mjpeg',
    'pipe:1',
  ];
  return (await run(args, true)).firstByte;
}

/** Milliseconds until an ffmpeg that was started for it has the first keyframe of the camera. */
export async function firstKeyframe(url: string): Promise<number> {
  const args = [...QUIET, '-rtsp_transport', 'tcp', '-i', url, '-map', '0:v', '-c', 'copy', '-f', 'h264', 'pipe:1'];
  return (await run(args, true)).firstByte;
}

/** CPU seconds for decoding so many seconds of the camera, and nothing else. */
export async function decode(url: string, seconds: number): Promise<number> {
  const args = [...QUIET, '-threads', '1', '-rtsp_transport', 'tcp', '-i', url, '-t', String(seconds), '-map', '0:v'];
  return (await run([...args, '-f', 'null', '-'], false)).cpu;
}

/** CPU seconds for decoding a file with one thread, and nothing else. */
export async function decodeFile(file: string): Promise<number> {
  return (await run([...QUIET, '-threads', '1', '-i', file, '-map', '0:v', '-f', 'null', '-'], false)).cpu;
}
