import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { NutReader, type NutPacket, type NutStream } from '../../../src/media/nut/reader.js';

const run = promisify(execFile);

/** Runs ffmpeg, with `input` on its stdin, and gives what it wrote to stdout. */
export async function ffmpeg(args: readonly string[], input?: Buffer): Promise<Buffer> {
  const child = run('ffmpeg', ['-hide_banner', '-v', 'error', ...args], {
    encoding: 'buffer',
    maxBuffer: 256 * 1024 * 1024,
  });
  child.child.stdin?.on('error', () => undefined);
  child.child.stdin?.end(input);
  return (await child).stdout;
}

/** A moving picture as a coder in NUT makes it. */
export function picture(coder: readonly string[], { seconds = 1, size = '320x240' } = {}): Promise<Buffer> {
  const source = ['-f', 'lavfi', '-i', `testsrc2=duration=${seconds}:size=${size}:rate=20`];
  return ffmpeg([...source, '-threads', '1', ...coder, '-f', 'nut', 'pipe:1']);
}

export function sound(coder: readonly string[], { seconds = 1, rate = 48_000 } = {}): Promise<Buffer> {
  const source = ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}:sample_rate=${rate}`];
  return ffmpeg([...source, ...coder, '-f', 'nut', 'pipe:1']);
}

export interface Demuxed {
  readonly streams: readonly NutStream[];
  readonly packets: readonly NutPacket[];
}

/** Reads it whole, in chunks of `chunkSize`. */
export function demux(data: Buffer, chunkSize = 65_536): Demuxed {
  const streams: NutStream[] = [];
  const packets: NutPacket[] = [];
  const reader = new NutReader({
    onFormats: (all) => void streams.push(...all),
    onPacket: (packet) => void packets.push(packet),
  });
  for (let at = 0; at < data.length; at += chunkSize) reader.push(data.subarray(at, at + chunkSize));
  return { streams, packets };
}

/** Times in ms, keyframe flags and sizes as ffprobe sees them, in the order of the file. */
export async function probe(
  data: Buffer,
): Promise<{ stream: number; time: number; keyframe: boolean; size: number }[]> {
  const child = spawn('ffprobe', ['-v', 'error', '-f', 'nut', '-show_packets', '-of', 'json', 'pipe:0']);
  child.stdin.on('error', () => undefined);
  child.stdin.end(data);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(child, 'close');
  const { packets } = JSON.parse(text) as {
    packets: { stream_index: number; pts_time: string; flags: string; size: string }[];
  };
  return packets.map(({ stream_index, pts_time, flags, size }) => ({
    stream: stream_index,
    time: Number(pts_time) * 1000,
    keyframe: flags.startsWith('K'),
    size: Number(size),
  }));
}
