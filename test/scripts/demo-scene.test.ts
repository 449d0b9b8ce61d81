import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Probe {
  streams: {
    codec_name: string;
    profile: string;
    has_b_frames?: number;
    width?: number;
    height?: number;
    avg_frame_rate: string;
  }[];
  packets: { pts_time: string; size: string; flags: string }[];
}

/** The pixels of a strip above the path in which only somebody who walks by is seen, as the middle of the picture has it. */
const STRIP = { filter: 'crop=200:40:560:400,scale=20:4,format=gray', bytes: 80 };
const FPS = 20;

describe('the demonstration scene', () => {
  let file: string;

  beforeAll(async () => {
    const { stdout } = await run(process.execPath, ['scripts/demo-scene.mjs']);
    file = stdout.trim().split('\n').at(-1) ?? '';
  }, 180_000);

  const probe = async (...args: string[]) =>
    JSON.parse((await run('ffprobe', ['-v', 'error', '-of', 'json', ...args, file])).stdout) as Probe;

  it('is what a camera sends', async () => {
    const { streams } = await probe('-show_streams');
    expect(streams).toMatchObject([
      { codec_name: 'h264', profile: 'Main', has_b_frames: 0, width: 1280, height: 720, avg_frame_rate: `${FPS}/1` },
      { codec_name: 'aac', profile: 'LC' },
    ]);
  });

  it('has a keyframe every 2 s and at most 2 Mbit/s in each GOP', async () => {
    const { packets } = await probe('-select_streams', 'v', '-show_packets');
    expect(packets).toHaveLength(60 * FPS);
    const keyframes = packets.flatMap(({ flags }, index) => (flags.startsWith('K') ? [index] : []));
    expect(keyframes).toEqual(Array.from({ length: 30 }, (_, index) => index * 2 * FPS));
    for (const first of keyframes) {
      const bytes = packets.slice(first, first + 2 * FPS).reduce((sum, { size }) => sum + Number(size), 0);
      expect((bytes * 8) / 2).toBeLessThan(2_000_000);
    }
  });

  it('shows somebody passing the middle three times a minute, is empty in between, and loops', async () => {
    const { stdout } = await run(
      'ffmpeg',
      ['-v', 'error', '-i', file, '-vf', STRIP.filter, '-f', 'rawvideo', 'pipe:1'],
      {
        encoding: 'buffer',
        maxBuffer: 2 ** 24,
      },
    );
    const strips = Array.from({ length: 60 * FPS }, (_, index) =>
      stdout.subarray(index * STRIP.bytes, (index + 1) * STRIP.bytes),
    );
    const empty = strips[0] ?? Buffer.alloc(0);
    const seen = strips.map(
      (strip) => strip.filter((level, index) => Math.abs(level - (empty[index] ?? 0)) > 25).length > 3,
    );
    const passes = seen.flatMap((now, index) => (now && seen[index - 1] !== true ? [index / FPS] : []));
    expect(passes).toEqual([expect.closeTo(7.3, 0), expect.closeTo(27.3, 0), expect.closeTo(47.3, 0)]);
    expect(seen.filter(Boolean).length / FPS).toBeLessThan(9);

    const last = strips.at(-1) ?? Buffer.alloc(0);
    expect(Math.max(...last.map((level, index) => Math.abs(level - (empty[index] ?? 0))))).toBeLessThan(8);
  }, 60_000);
});
