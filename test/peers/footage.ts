import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface FootageOptions {
  readonly codec?: 'h264' | 'hevc';
  /** Pixels, default 1280 × 720. */
  readonly width?: number;
  readonly height?: number;
  /** Frames a second, default 20. */
  readonly fps?: number;
  /** Seconds between keyframes, default 2. */
  readonly gop?: number;
  /** Seconds of the clip, which is played in a loop; default 20. Best a multiple of `gop`. */
  readonly seconds?: number;
  /** H.264: `baseline`, `main` or `high`, default `main`. */
  readonly profile?: string;
  /** Bits a second of the picture, default 2,000,000. */
  readonly bitrate?: number;
  /** Consecutive B-frames, default 0. */
  readonly bFrames?: number;
  /** A beep as AAC, in step with the flash; default true. */
  readonly audio?: boolean;
}

/** Where {@link COUNTER_BITS} black or white squares in the first row count frames; least significant bit first. */
export const COUNTER_BITS = 12;
/** Side of such a square, as a fraction of the width. */
export const COUNTER_SQUARE = 1 / 32;

/**
 * A clip in a folder of its own below the system's temporary one, made once for each set of options.
 *
 * The whole picture moves; a clock runs in the middle; squares along the upper edge count the frames ({@link COUNTER_BITS});
 * the lower right quarter is white for the first 100 ms of each second, while a 1 kHz beep sounds, and black else.
 */
export async function footage(options: FootageOptions = {}): Promise<string> {
  const all = { ...DEFAULTS, ...options };
  const folder = join(tmpdir(), 'lookout-footage');
  const name = createHash('sha256')
    .update(JSON.stringify([VERSION, Object.entries(all).sort()]))
    .digest('hex');
  const file = join(folder, `${all.codec}-${all.width}x${all.height}-${name.slice(0, 12)}.mp4`);
  if (await exists(file)) return file;
  await mkdir(folder, { recursive: true });
  const beside = join(folder, `.${name.slice(0, 12)}-${process.pid}-${String(performance.now())}.mp4`);
  try {
    await run('ffmpeg', [...footageArguments(all), beside]);
    await rename(beside, file);
  } finally {
    await rm(beside, { force: true });
  }
  return file;
}

const VERSION = 1;

const DEFAULTS: Required<FootageOptions> = {
  codec: 'h264',
  width: 1280,
  height: 720,
  fps: 20,
  gop: 2,
  seconds: 20,
  profile: 'main',
  bitrate: 2_000_000,
  bFrames: 0,
  audio: true,
};

function footageArguments(options: Required<FootageOptions>): string[] {
  const { codec, width, height, fps, bitrate } = options;
  const square = Math.round(width * COUNTER_SQUARE);
  const bits = Array.from({ length: COUNTER_BITS }, (_, bit) => {
    const box = `drawbox=x=${bit * square}:y=0:w=${square}:h=${square}:t=fill`;
    return `${box}:color=black,${box}:color=white:enable='mod(floor(n/${2 ** bit}),2)'`;
  });
  const flash = `drawbox=x=${width / 2}:y=${height / 2}:w=${width / 2}:h=${height / 2}:t=fill`;
  const scene = [
    `testsrc2=size=${width}x${height}:rate=${fps}`,
    'scroll=h=0.004:v=0.003',
    `${flash}:color=black,${flash}:color=white:enable='lt(mod(t,1),0.0999)'`,
    ...bits,
    `drawtext=text='%{pts\\:hms}':fontsize=${Math.round(height / 10)}:x=(w-tw)/2:y=h/3:fontcolor=white:box=1:boxcolor=black`,
    'format=yuv420p',
  ].join(',');
  const beep = 'aevalsrc=exprs=0.5*sin(2*PI*1000*t)*lt(mod(t\\,1)\\,0.1):sample_rate=48000';
  const keyframes = Math.max(1, Math.round(options.gop * fps));
  const coder =
    codec === 'h264'
      ? ['-c:v', 'libx264', '-profile:v', options.profile, '-sc_threshold', '0']
      : ['-c:v', 'libx265', '-tag:v', 'hvc1', '-x265-params', `log-level=error:scenecut=0:bframes=${options.bFrames}`];
  return [
    ...['-v', 'error', '-nostdin', '-y', '-f', 'lavfi', '-i', scene],
    ...(options.audio ? ['-f', 'lavfi', '-i', beep] : []),
    ...[...coder, '-preset', 'veryfast', '-g', String(keyframes), '-keyint_min', String(keyframes)],
    ...[
      '-bf',
      String(options.bFrames),
      '-b:v',
      String(bitrate),
      '-maxrate',
      String(bitrate),
      '-bufsize',
      String(bitrate),
    ],
    ...(options.audio ? ['-c:a', 'aac', '-b:a', '64k'] : []),
    ...['-t', String(options.seconds)],
  ];
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
