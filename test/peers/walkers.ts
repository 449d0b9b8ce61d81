import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface WalkersOptions {
  /** Pixels, default 1280 × 720. */
  readonly width?: number;
  readonly height?: number;
  /** Seconds between keyframes, default 2. */
  readonly gop?: number;
  /** Seconds of the clip, which is played in a loop; default 62. */
  readonly seconds?: number;
  /** From one walker's entry to the next's, seconds; default 15.5, so that they come at all places of a GOP. */
  readonly every?: number;
  /** The first one's entry, seconds; default 5. Beyond the end: nobody comes. */
  readonly first?: number;
  readonly codec?: 'h264' | 'hevc';
  readonly audio?: boolean;
  /** A lamp lights up a part of the picture for 5 s, and is out for 5 s; default: there is none. */
  readonly lamp?: true;
}

/** Seconds from the left edge to the right one. */
export const CROSSING = 6;

type Walkers = Required<Omit<WalkersOptions, 'lamp'>> & Pick<WalkersOptions, 'lamp'>;

const DEFAULTS: Walkers = {
  width: 1280,
  height: 720,
  gop: 2,
  seconds: 62,
  every: 15.5,
  first: 5,
  codec: 'h264',
  audio: true,
};

/** When somebody's first pixel is seen, seconds of the clip. */
export function entriesOf(options: WalkersOptions = {}): number[] {
  const { first, every, seconds } = { ...DEFAULTS, ...options };
  return Array.from({ length: Math.max(0, Math.ceil((seconds - first) / every)) }, (_, nth) => first + nth * every);
}

/**
 * A still, textured picture with a little noise, before which a dark, upright figure walks from the left edge to the
 * right one again and again. 20 pictures a second; made once for each set of options.
 */
export async function walkers(options: WalkersOptions = {}): Promise<string> {
  const all = { ...DEFAULTS, ...options };
  const folder = join(tmpdir(), 'lookout-footage');
  const name = createHash('sha256')
    .update(JSON.stringify([VERSION, Object.entries(all).sort()]))
    .digest('hex')
    .slice(0, 12);
  const file = join(folder, `walkers-${all.width}x${all.height}-${name}.mp4`);
  if (await exists(file)) return file;
  await mkdir(folder, { recursive: true });
  const beside = join(folder, `.${name}-${process.pid}-${String(performance.now())}.mp4`);
  try {
    await run('ffmpeg', [...walkersArguments(all), beside]);
    await rename(beside, file);
  } finally {
    await rm(beside, { force: true });
  }
  return file;
}

const VERSION = 1;
const FPS = 20;
const LAMP = [
  'split[dark][same]',
  `[same]crop=iw*0.4:ih*0.5:iw*0.5:ih*0.3,eq=eval=frame:brightness='0.2*gte(mod(t,10),5)'[lit]`,
  '[dark][lit]overlay=x=main_w*0.5:y=main_h*0.3',
].join(';');

function walkersArguments({ width, height, gop, seconds, every, first, codec, audio, lamp }: Walkers) {
  const [figureWidth, figureHeight] = [Math.round(width / 24), Math.round(height / 4)];
  const still = `mandelbrot=size=${width}x${height}:rate=1:maxiter=400,trim=end_frame=1,loop=-1:1:0,fps=${FPS}`;
  const lit = lamp === true ? `,${LAMP}` : '';
  const background = `${still},eq=saturation=0.4:contrast=0.6${lit},noise=alls=4:allf=t,format=yuv420p`;
  const figure = `color=c=0x2a2c34:size=${figureWidth}x${figureHeight}:rate=${FPS}`;
  const since = `mod(t-${first}+${every},${every})`;
  const seen = `gte(t,${first})*lt(${since},${CROSSING})`;
  const x = `if(${seen},${since}/${CROSSING}*(${width}+${figureWidth})-${figureWidth}+1,-${2 * figureWidth})`;
  const keyframes = String(Math.round(gop * FPS));
  return [
    ...['-v', 'error', '-nostdin', '-y', '-f', 'lavfi', '-i', background, '-f', 'lavfi', '-i', figure],
    ...(audio ? ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=32000'] : []),
    ...['-filter_complex', `[0:v][1:v]overlay=x='${x}':y=${Math.round(height * 0.55)}:eval=frame[v]`],
    ...['-map', '[v]', ...(audio ? ['-map', '2:a', '-c:a', 'aac', '-b:a', '48k'] : [])],
    ...(codec === 'h264'
      ? ['-c:v', 'libx264', '-profile:v', 'main', '-sc_threshold', '0']
      : ['-c:v', 'libx265', '-tag:v', 'hvc1', '-x265-params', 'log-level=error:scenecut=0:bframes=0']),
    ...['-preset', 'veryfast', '-bf', '0', '-g', keyframes, '-keyint_min', keyframes, '-pix_fmt', 'yuv420p'],
    ...['-b:v', '2000k', '-maxrate', '2000k', '-bufsize', '2000k', '-t', String(seconds)],
  ];
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
