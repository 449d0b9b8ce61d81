import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { NutWriter, type NutAudio, type NutVideo } from '../../../src/media/nut/writer.js';
import type { NutStream } from '../../../src/media/nut/reader.js';
import { demux, ffmpeg, picture, sound, type Demuxed } from './ffmpeg.js';

const run = promisify(execFile);

const READ = ['-probesize', '32', '-analyzeduration', '0', '-f', 'nut', '-i', 'pipe:0'];

describe('what was read and is written again', () => {
  const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];

  it.each<[string, () => Promise<Buffer>]>([
    ['H.264', () => picture([...h264, '-bf', '0'])],
    ['H.264 with B-frames', () => picture([...h264, '-preset', 'fast', '-bf', '2'])],
    ['HEVC', () => picture(['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none'])],
    ['MJPEG', () => picture(['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'])],
    ['MPEG-4', () => picture(['-c:v', 'mpeg4'])],
    ['a tag that is not in our table', () => picture(['-c:v', 'ffv1'])],
    ['AAC', () => sound(['-c:a', 'aac'])],
    ['Opus', () => sound(['-c:a', 'libopus'])],
    ['µ-law', () => sound(['-c:a', 'pcm_mulaw'], { rate: 8000 })],
    ['A-law', () => sound(['-c:a', 'pcm_alaw'], { rate: 8000 })],
    ['linear PCM', () => sound(['-c:a', 'pcm_s16le'], { rate: 16_000 })],
    ['big-endian PCM', () => sound(['-c:a', 'pcm_s16be'], { rate: 16_000 })],
  ])('decodes to the same: %s', async (_, make) => {
    const file = await make();
    const again = rewrite(demux(file));
    const [before, after] = await Promise.all([file, again].map((data) => md5(data)));
    expect(before).toHaveLength(after?.length ?? 0);
    expect(after).toEqual(before);
    expect(demux(again).packets.map(({ data }) => data)).toEqual(demux(file).packets.map(({ data }) => data));
  });
});

it('is decoded frame by frame, each as soon as it was written, over more than the distance of two syncpoints', async () => {
  const { streams, packets } = demux(
    await picture(['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-bf', '0', '-qp', '5'], {
      seconds: 2,
    }),
  );
  expect(packets.reduce((sum, { data }) => sum + data.length, 0)).toBeGreaterThan(200_000);
  const writer = new NutWriter(streams.map(describeStream));
  const child = spawn('ffmpeg', [
    ...['-v', 'error', '-threads', '1', ...READ, '-map', '0:v', '-fps_mode', 'passthrough', '-c:v', 'rawvideo'],
    ...['-threads', '1', '-f', 'rawvideo', '-flush_packets', '1', 'pipe:1'],
  ]);
  const bytes = (320 * 240 * 3) / 2;
  let received = 0;
  const waiting = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    received += chunk.length;
    for (const check of waiting) check();
  });
  const frames = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (received >= count * bytes) resolve();
      };
      waiting.add(check);
      check();
    });
  child.stdin.write(writer.header);
  for (const [at, { time, keyframe, data }] of packets.entries()) {
    child.stdin.write(writer.frame({ stream: 0, time: time * 1000, keyframe, data }));
    await frames(at + 1);
  }
  child.stdin.end();
  await once(child, 'close');
  expect(received).toBe(packets.length * bytes);
});

it('carries times of weeks, gaps of hours and fractions of a millisecond', async () => {
  const writer = new NutWriter([video]);
  const times = [0, 50, 3 * 3600 * 1000, 40 * 86_400 * 1000, 40 * 86_400 * 1000 + 0.033];
  const file = Buffer.concat([
    writer.header,
    ...times.map((time) => writer.frame({ stream: 0, time: time * 1000, keyframe: true, data: Buffer.alloc(3) })),
  ]);
  expect(demux(file).packets.map(({ time }) => time)).toEqual(times);
  const list = (
    await ffmpeg([...READ, '-map', '0', '-c', 'copy', '-copyts', '-f', 'framemd5', 'pipe:1'], file)
  ).toString();
  const read = list
    .split('\n')
    .filter((line) => line.startsWith('0,'))
    .map((line) => Number(line.split(',')[2]));
  expect(read).toEqual(times.map((time) => Math.round(time * 1000)));
});

it('says how many pictures a second there are', async () => {
  const writer = new NutWriter([{ ...video, fps: 12.5 }]);
  const frame = writer.frame({ stream: 0, time: 0, keyframe: true, data: Buffer.alloc(3) });
  const child = run('ffprobe', [
    '-v',
    'quiet',
    '-show_entries',
    'stream=r_frame_rate',
    '-of',
    'csv',
    '-f',
    'nut',
    'pipe:0',
  ]);
  child.child.stdin?.end(Buffer.concat([writer.header, frame]));
  expect((await child).stdout.trim()).toBe('stream,12500/1000');
});

it('refuses a codec that has no tag, and a stream that is not there', () => {
  expect(() => new NutWriter([{ ...video, codec: 'nonsense' }])).toThrow(RangeError);
  const writer = new NutWriter([video]);
  expect(() => writer.frame({ stream: 1, time: 0, keyframe: true, data: Buffer.alloc(1) })).toThrow(RangeError);
});

const video: NutVideo = { kind: 'video', codec: 'mjpeg', extradata: Buffer.alloc(0), width: 320, height: 240 };

function describeStream(stream: NutStream): NutVideo | NutAudio {
  const { kind, tag, codec = tag, extradata, width, height, sampleRate, channels, decodeDelay } = stream;
  return kind === 'video'
    ? { kind, codec, extradata, width, height, decodeDelay }
    : { kind: 'audio', codec, extradata, sampleRate, channels };
}

function rewrite({ streams, packets }: Demuxed): Buffer {
  const writer = new NutWriter(streams.map(describeStream));
  return Buffer.concat([
    writer.header,
    ...packets.map(({ stream, time, keyframe, data }) =>
      writer.frame({ stream: stream.index, time: time * 1000, keyframe, data }),
    ),
  ]);
}

/** What the frames decode to. */
async function md5(file: Buffer): Promise<string[]> {
  const list = await ffmpeg(
    ['-f', 'nut', '-i', 'pipe:0', '-map', '0', '-fps_mode', 'passthrough', '-f', 'framemd5', 'pipe:1'],
    file,
  );
  return list
    .toString()
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(',').at(-1)?.trim() ?? '');
}
