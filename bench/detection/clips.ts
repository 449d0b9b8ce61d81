import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { promisify } from 'node:util';
import type { GrayFrame } from '../../src/detection/types.js';
import { HEIGHT, PIXELS, WIDTH } from '../../src/detection/types.js';

const run = promisify(execFile);

/** Frames a second that the detector looks at. */
export const RATE = 5;

export interface Interval {
  readonly start: number;
  readonly end: number;
}

export interface Truth {
  readonly clip: string;
  readonly duration_s: number;
  readonly events: readonly (Interval & { readonly label: string })[];
  readonly ignore: readonly Interval[];
}

export interface Clip {
  readonly name: string;
  readonly frames: readonly GrayFrame[];
  readonly packets: readonly Packet[];
  readonly truth: Truth | undefined;
}

export interface Packet {
  /** Milliseconds. */
  readonly time: number;
  readonly bytes: number;
  readonly keyframe: boolean;
}

/** Turns a clip into gray frames at 5 fps, each the newest picture at its moment. Keeps them in `cache`. */
async function decode(file: string, cache: string): Promise<Uint8Array> {
  if (existsSync(cache)) return readFileSync(cache);
  const filter = `fps=${RATE}:round=up,scale=${WIDTH}:${HEIGHT}:flags=area,format=gray`;
  const args = ['-v', 'error', '-threads', '1', '-i', file, '-vf', filter, '-f', 'rawvideo', '-'];
  const { stdout } = await run('ffmpeg', args, { encoding: 'buffer', maxBuffer: 2 ** 30 });
  writeFileSync(cache, stdout);
  return stdout;
}

async function probe(file: string, cache: string): Promise<Packet[]> {
  if (!existsSync(cache)) {
    const args = [
      '-v',
      'error',
      '-select_streams',
      'v:0',
      '-show_entries',
      'packet=pts_time,size,flags',
      '-of',
      'csv=p=0',
      file,
    ];
    const { stdout } = await run('ffprobe', args, { maxBuffer: 2 ** 28 });
    writeFileSync(cache, stdout);
  }
  const packets = readFileSync(cache, 'utf8').split('\n').filter(Boolean);
  return packets.map((line) => {
    const [time = '0', bytes = '0', flags = ''] = line.split(',');
    return { time: Number(time) * 1000, bytes: Number(bytes), keyframe: flags.startsWith('K') };
  });
}

/** Every clip of a folder that has a truth beside it in `truth`. */
export async function readClips(folder: string, truth: string, cache: string): Promise<Clip[]> {
  mkdirSync(cache, { recursive: true });
  const clips: Clip[] = [];
  for (const file of readdirSync(folder).sort()) {
    const name = basename(file, extname(file));
    const truthFile = join(truth, `${name}.gt.json`);
    const pixels = await decode(join(folder, file), join(cache, `${name}.gray`));
    const packets = await probe(join(folder, file), join(cache, `${name}.csv`));
    const keyframes = packets.filter((packet) => packet.keyframe).map((packet) => packet.time);
    const frames: GrayFrame[] = [];
    for (let i = 0; (i + 1) * PIXELS <= pixels.length; i++) {
      const time = (i * 1000) / RATE;
      const keyframe = keyframes.some((at) => at <= time && at > time - 1000 / RATE);
      frames.push({ time, pixels: pixels.subarray(i * PIXELS, (i + 1) * PIXELS), keyframe });
    }
    const known = existsSync(truthFile) ? (JSON.parse(readFileSync(truthFile, 'utf8')) as Truth) : undefined;
    clips.push({ name, frames, packets, truth: known });
  }
  return clips;
}
