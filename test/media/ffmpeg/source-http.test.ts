import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFfmpeg, type Ffmpeg } from '../../../src/media/ffmpeg/capabilities.js';
import { ffmpegSource } from '../../../src/media/ffmpeg/source.js';
import type { Packet } from '../../../src/media/packet.js';
import { footage } from '../../peers/footage.js';
import { audioCount, collect, videoCount } from '../rtsp/collect.js';
import { startHttpCamera } from './http-camera.js';
import { noChildren } from './processes.js';

const run = promisify(execFile);
const small = { width: 640, height: 360, seconds: 4, gop: 1 };
let ffmpeg: Ffmpeg;
let file: string;

beforeAll(async () => {
  ffmpeg = await findFfmpeg();
  file = await footage(small);
}, 60_000);
afterEach(noChildren);

const source = (url: string, audio = true) => ffmpegSource({ ffmpeg, url, kind: 'http', transport: 'tcp', audio });

const timesOf = (packets: readonly Packet[], kind: Packet['kind']): number[] =>
  packets.filter((packet) => packet.kind === kind).map(({ time }) => time);

const steps = (times: readonly number[]): number[] => times.slice(1).map((time, at) => time - (times[at] ?? 0));

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

it.each(['/live.ts', '/live.flv', '/live.mp4', '/redirect'])('reads %s on one connection', async (path) => {
  await using camera = await startHttpCamera({ file });
  const enough = (got: { packets: Packet[] }): boolean => videoCount({ formats: [], ...got }) >= 60;
  const { error, formats, packets } = await collect(source(`${camera.origin}${path}`), enough);
  expect(error).toBeUndefined();
  expect(formats.at(-1)).toMatchObject({
    video: { codec: 'h264', width: 640, height: 360 },
    audio: { codec: 'aac', sampleRate: 48_000, channels: 1 },
  });
  const { audio, video } = formats.at(-1) ?? {};
  expect(video?.parameterSets).toHaveLength(2);
  // AAC-LC, 48 kHz, mono.
  expect(audio?.extradata.subarray(0, 2)).toEqual(Buffer.from([0x11, 0x88]));
  const pictures = packets.flatMap((packet) => (packet.kind === 'video' ? [packet] : []));
  expect(pictures.filter(({ keyframe }) => keyframe).length).toBeGreaterThanOrEqual(3);
  expect(mean(steps(timesOf(packets, 'video')))).toBeCloseTo(50, 0);
  expect(mean(steps(timesOf(packets, 'audio')))).toBeCloseTo(1024 / 48, 0);
  const sounds = packets.flatMap((packet) => (packet.kind === 'audio' ? [packet.data] : []));
  expect(sounds.some((data) => data[0] === 0xff && ((data[1] ?? 0) & 0xf0) === 0xf0)).toBe(false);
  expect(camera.requests.filter((one) => one.startsWith('/live'))).toHaveLength(1);
});

it('reads MJPEG with the times at which it comes', async () => {
  await using camera = await startHttpCamera({ file });
  const { error, formats, packets } = await collect(
    source(`${camera.origin}/live.mjpg`),
    (got) => videoCount(got) >= 30,
  );
  expect(error).toBeUndefined();
  expect(formats).toHaveLength(1);
  expect(formats[0]).toMatchObject({ video: { codec: 'mjpeg', width: 640, height: 360 }, audio: undefined });
  const pictures = packets.flatMap((packet) => (packet.kind === 'video' ? [packet] : []));
  expect(pictures.every(({ keyframe }) => keyframe)).toBe(true);
  expect(pictures.every(({ units: [jpeg] }) => jpeg?.readUInt16BE(0) === 0xffd8)).toBe(true);
  // Most of them: a machine that stands still for once makes one long step.
  const usual = steps(timesOf(packets, 'video').slice(3)).filter((step) => step > 70 && step < 130);
  expect(usual.length).toBeGreaterThan(15);
});

it('reads a recording at its own pace', async () => {
  await using camera = await startHttpCamera({ file });
  const begun = performance.now();
  const { error, packets } = await collect(source(`${camera.origin}/file.mp4`), () => false);
  expect(error).toMatchObject({ failure: 'closed', message: expect.stringMatching(/ended the stream/) as string });
  expect(videoCount({ formats: [], packets })).toBe(80);
  expect(performance.now() - begun).toBeGreaterThan(3_500);
});

it('reads HLS at its own pace', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lookout-hls-'));
  try {
    await run('ffmpeg', [
      ...['-v', 'error', '-i', file, '-c', 'copy', '-f', 'hls', '-hls_time', '1', '-hls_list_size', '0'],
      join(folder, 'list.m3u8'),
    ]);
    await using camera = await startHttpCamera({ file, folder });
    const begun = performance.now();
    const { error, formats, packets } = await collect(
      source(`${camera.origin}/hls/list.m3u8`),
      (got) => videoCount(got) >= 60,
    );
    expect(error).toBeUndefined();
    expect(formats.at(-1)).toMatchObject({ video: { codec: 'h264' }, audio: { codec: 'aac' } });
    expect(audioCount({ formats: [], packets })).toBeGreaterThan(50);
    expect(performance.now() - begun).toBeGreaterThan(2_500);
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe('a camera with a login', () => {
  const password = 'p@ss:w/rd#%';

  it.each(['basic', 'digest'] as const)('%s', async (scheme) => {
    await using camera = await startHttpCamera({ file, login: { user: 'admin', password, scheme } });
    const at = (path: string, secret = password): string =>
      `${camera.origin.replace('//', `//admin:${encodeURIComponent(secret)}@`)}${path}`;
    const read = await collect(source(at('/live.ts')), (got) => videoCount(got) >= 5);
    expect(read.error).toBeUndefined();
    const recorded = await collect(source(at('/file.mp4')), (got) => videoCount(got) >= 5);
    expect(recorded.error).toBeUndefined();
    const wrong = await collect(source(at('/live.ts', 'wrong')), () => false);
    expect(wrong.error).toMatchObject({
      failure: 'unauthorized',
      message: expect.stringMatching(/refuses the user/) as string,
    });
    const none = await collect(source(`${camera.origin}/live.ts`), () => false);
    expect(none.error).toMatchObject({
      failure: 'unauthorized',
      message: expect.stringMatching(/wants a user/) as string,
    });
    expect(`${wrong.error?.message ?? ''}${none.error?.message ?? ''}`).not.toMatch(/p@ss|p%40ss|wrong/);
  });
});

it.each([
  ['/other', 'not-found', /no such stream/],
  ['/picture.jpg', 'unsupported', /single picture/],
  ['/page', 'unsupported', /web page/],
  ['/loop', 'not-found', /without end/],
  ['/busy', 'unreachable', /as many viewers/],
  ['/silent', 'timed-out', /does not answer/],
  ['/mute', 'timed-out', /sends nothing/],
  ['/noise', 'garbage', /no video/],
] as const)('says what is wrong with %s', async (path, failure, message) => {
  await using camera = await startHttpCamera({ file });
  const { error } = await collect(source(`${camera.origin}${path}`), () => false);
  expect(error).toMatchObject({ failure, message: expect.stringMatching(message) as string });
  expect(error?.message).toContain('The camera at 127.0.0.1:');
});

it('says that nothing is there, and that it is no HTTP', async () => {
  const { error } = await collect(source('http://127.0.0.1:1/x'), () => false);
  expect(error).toMatchObject({ failure: 'unreachable', message: expect.stringMatching(/check the port/) as string });

  const other = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end('SSH-2.0-camera\r\n'));
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const wrong = await collect(source(`http://127.0.0.1:${port}/`), () => false);
  await new Promise((resolve) => other.close(resolve));
  expect(wrong.error).toMatchObject({ failure: 'garbage', message: expect.stringMatching(/HTTP/) as string });
});

it.each(['/live.ts', '/silent', '/mute'])('ends with %s when it is told to', async (path) => {
  await using camera = await startHttpCamera({ file });
  const stop = new AbortController();
  const ended = source(`${camera.origin}${path}`)(
    { formats: () => undefined, packet: () => undefined },
    { afterRead: () => undefined },
    stop.signal,
  );
  while (camera.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  stop.abort();
  await ended;
});

describe('a file', () => {
  const play = (path: string) => ffmpegSource({ ffmpeg, url: path, kind: 'file', transport: 'tcp', audio: true });

  it('plays in a loop, and times go on over the seam', async () => {
    const short = await footage({ ...small, seconds: 2 });
    const { error, packets } = await collect(play(short), (got) => videoCount(got) >= 70);
    expect(error).toBeUndefined();
    for (const [kind, step] of [
      ['video', 50],
      ['audio', 1024 / 48],
    ] as const) {
      const all = steps(timesOf(packets, kind));
      expect(Math.min(...all)).toBeGreaterThan(0);
      expect(Math.max(...all)).toBeLessThan(step * 3);
    }
    const keyframes = packets.filter((packet) => packet.kind === 'video' && packet.keyframe);
    expect(steps(keyframes.map(({ time }) => Math.round(time / 50) * 50))).toContain(1000);
  });

  it('is not there, or none', async () => {
    const missing = await collect(play('/nowhere/x.mp4'), () => false);
    expect(missing.error).toMatchObject({ failure: 'not-found', message: 'The file is not there: check its path.' });
    const none = await collect(play('/etc/passwd'), () => false);
    expect(none.error).toMatchObject({ failure: 'garbage' });
  });
});
