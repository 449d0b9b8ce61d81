import { spawnSync } from 'node:child_process';
import { HEIGHT, PIXELS, WIDTH } from '../../src/detection/types.js';
import { RATE } from './clips.js';
import { Random } from './random.js';

const run = (args: readonly string[], input: Uint8Array): Buffer => {
  const { stdout, stderr, status } = spawnSync('ffmpeg', ['-v', 'error', '-threads', '1', ...args], {
    input,
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`ffmpeg: ${stderr.toString()}`);
  return stdout;
};

/**
 * Gray frames as they come back from a camera's small stream: 640×360, a keyframe every 2 s, few bits. 64 to 256 kbit/s at
 * 5 frames a second are what 256 to 1024 kbit/s are at 20.
 */
export function coded(frames: Uint8Array, seed: number): Uint8Array {
  const random = new Random(seed + 1);
  const rate = `${String(Math.round(random.scale(48, 256)))}k`;
  const grain = String(random.whole(0, 8));
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${String(WIDTH)}x${String(HEIGHT)}`, '-r', String(RATE)];
  const encode = ['-c:v', 'libx264', '-profile:v', 'main', '-preset', 'veryfast', '-bf', '0', '-refs', '1', '-g', '10'];
  const few = [
    '-b:v',
    rate,
    '-maxrate',
    rate,
    '-bufsize',
    rate,
    '-threads',
    '1',
    '-x264-params',
    'rc-lookahead=0:mbtree=0',
  ];
  const large = `scale=640:360:flags=bicubic,noise=alls=${grain}:allf=t:all_seed=${String(seed)},format=yuv420p`;
  const stream = run([...raw, '-i', '-', '-vf', large, ...encode, ...few, '-f', 'matroska', '-'], frames);
  const small = `scale=${String(WIDTH)}:${String(HEIGHT)}:flags=area,format=gray`;
  const back = run(['-i', '-', '-vf', small, '-f', 'rawvideo', '-'], stream);
  if (back.length !== frames.length) throw new Error(`${String(back.length / PIXELS)} frames came back`);
  return back;
}
