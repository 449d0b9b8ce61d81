import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Size of the gray pictures here. */
export const LOOK = { width: 160, height: 90 } as const;

export interface ClipFacts {
  /** Codec, profile, level, size, pixel format, or rate and channels, of each stream. */
  readonly coding: readonly string[];
  /** Of each picture as decoded, in the order in which they are shown. */
  readonly checksums: readonly string[];
  /** What the decoder complained of. */
  readonly complaints: string;
}

/** What is in a file, of which every picture is decoded. */
export async function clipFacts(file: string): Promise<ClipFacts> {
  const entries = 'stream=codec_name,profile,level,width,height,pix_fmt,sample_rate,channels';
  const probe = ['-v', 'error', '-show_entries', entries, '-of', 'compact=p=0:nk=0', file];
  const decode = ['-v', 'warning', '-nostdin', '-i', file, '-map', '0:v', '-fps_mode', 'passthrough'];
  const [probed, decoded] = await Promise.all([
    run('ffprobe', probe),
    run('ffmpeg', [...decode, '-f', 'framemd5', 'pipe:1'], { maxBuffer: 2 ** 26 }),
  ]);
  const lines = decoded.stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return {
    coding: probed.stdout.trim().split('\n').sort(),
    checksums: lines.map((line) => line.split(',').at(-1)?.trim() ?? ''),
    complaints: decoded.stderr,
  };
}

/** The picture that a film shows at a time, or a JPEG at 0; gray, of {@link LOOK}. */
export async function grayAt(file: string, seconds: number): Promise<Buffer> {
  // A JPEG has no other place.
  const place = seconds > 0 ? ['-ss', seconds.toFixed(3)] : [];
  const scale = `scale=${LOOK.width}:${LOOK.height}:flags=area`;
  const { stdout } = await run(
    'ffmpeg',
    [
      ...['-v', 'error', '-nostdin', ...place, '-i', file, '-frames:v', '1', '-vf', scale],
      ...['-pix_fmt', 'gray', '-f', 'rawvideo', 'pipe:1'],
    ],
    { encoding: 'buffer' },
  );
  if (stdout.length !== LOOK.width * LOOK.height) throw new Error(`${file} shows nothing at ${seconds} s`);
  return stdout;
}

/** A part of the picture: left, top, width and height in fractions. */
export type Part = readonly [number, number, number, number];

/** Of the pixels inside of a part of the picture, how many differ by more than `least`, 0 to 1. */
export function differing(one: Buffer, other: Buffer, [left, top, width, height]: Part, least = 25): number {
  let [inside, differ] = [0, 0];
  for (const [at, luma] of one.entries()) {
    const x = ((at % LOOK.width) + 0.5) / LOOK.width;
    const y = (Math.floor(at / LOOK.width) + 0.5) / LOOK.height;
    if (x < left || x > left + width || y < top || y > top + height) continue;
    inside++;
    if (Math.abs(luma - (other[at] ?? 0)) > least) differ++;
  }
  return inside === 0 ? 0 : differ / inside;
}
