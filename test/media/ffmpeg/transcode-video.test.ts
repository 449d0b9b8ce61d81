import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFfmpeg, type Ffmpeg } from '../../../src/media/ffmpeg/capabilities.js';
import { h264Encoders, type H264Encoder } from '../../../src/media/ffmpeg/encoders.js';
import { maskFilter } from '../../../src/media/ffmpeg/mask-filter.js';
import { startVideoTranscoder, type VideoTranscoderOptions } from '../../../src/media/ffmpeg/transcode-video.js';
import { isSps, nalType, toAnnexB } from '../../../src/media/h26x/nal.js';
import { parseSps } from '../../../src/media/h26x/sps.js';
import type { VideoPacket } from '../../../src/media/packet.js';
import { ffmpeg as run } from '../nut/ffmpeg.js';
import { clip, type Clip } from './pictures.js';
import { noChildren } from './processes.js';

let ffmpeg: Ffmpeg;
let encoder: H264Encoder;
let moving: Clip;
let life: AbortController;

beforeAll(async () => {
  ffmpeg = await findFfmpeg();
  const [first] = await h264Encoders(ffmpeg);
  if (first === undefined) throw new Error('no encoder');
  encoder = first;
  moving = await clip({ gop: 2, seconds: 8, width: 640, height: 360, bitrate: 1_000_000 });
}, 120_000);
beforeEach(() => {
  life = new AbortController();
});
afterEach(async () => {
  life.abort();
  await noChildren();
});

interface Running {
  readonly out: VideoPacket[];
  readonly ended: string[];
  readonly transcoder: ReturnType<typeof startVideoTranscoder>;
  /** Pushes pictures, each when the one before has come out. */
  readonly feed: (packets: readonly VideoPacket[]) => Promise<void>;
  readonly arrival: (condition: (out: readonly VideoPacket[]) => boolean) => Promise<void>;
}

const OUTPUT = { width: 320, height: 180, bitrate: 300_000, profile: 'main' } as const;

function start(options: Partial<VideoTranscoderOptions> = {}): Running {
  const out: VideoPacket[] = [];
  const ended: string[] = [];
  const waiting = new Set<() => void>();
  const transcoder = startVideoTranscoder({
    ...{ ffmpeg, encoder, input: moving.format, fps: 20, output: OUTPUT, backlog: [], signal: life.signal },
    onPacket: (packet) => {
      out.push(packet);
      for (const check of waiting) check();
    },
    onEnd: (reason) => void ended.push(reason),
    ...options,
  });
  const arrival: Running['arrival'] = (condition) =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!condition(out)) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return {
    ...{ out, ended, transcoder, arrival },
    feed: async (packets) => {
      for (const packet of packets) {
        transcoder.push(packet);
        await arrival((all) => (all.at(-1)?.time ?? -1) >= packet.time - 0.02);
      }
    },
  };
}

const times = (packets: readonly VideoPacket[]): number[] => packets.map(({ time }) => Math.round(time));

it('gives each picture as it comes, in the size asked for, at its own time', async () => {
  const { out, feed, ended } = start();
  const pictures = moving.packets.slice(0, 60).map((packet) => ({ ...packet, time: packet.time + 123_456.78 }));
  await feed(pictures);
  expect(out).toHaveLength(60);
  for (const [at, { time }] of out.entries()) expect(time).toBeCloseTo(pictures[at]?.time ?? NaN, 1);
  expect(out[0]?.keyframe).toBe(true);
  const sps = parseSps('h264', out[0]?.units.find((unit) => isSps('h264', unit)) ?? Buffer.alloc(0));
  expect(sps).toMatchObject({ width: 320, height: 180, profile: 'main', reorderFrames: 0 });
  expect(out.every(({ units, bytes }) => bytes === units.reduce((sum, unit) => sum + unit.length, 0))).toBe(true);
  expect(out.some(({ units }) => units.some((unit) => nalType('h264', unit) === 9))).toBe(false);
  const decoded = await run(
    ['-f', 'h264', '-i', 'pipe:0', '-f', 'framemd5', 'pipe:1'],
    toAnnexB(out.flatMap(({ units }) => units)),
  );
  expect(
    decoded
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('0,')),
  ).toHaveLength(60);
  expect(ended).toEqual([]);
});

it.each(['hevc', 'mjpeg'] as const)('reads %s', async (codec) => {
  const { format, packets } = await clip({ codec, seconds: 2, width: 640, height: 360 });
  const { out, feed } = start({ input: format });
  await feed(packets.slice(0, 20));
  expect(times(out)).toEqual(times(packets.slice(0, 20)));
});

it('shows pictures in their order where they come in another', async () => {
  const { format, packets } = await clip({ bFrames: 2, seconds: 2, width: 640, height: 360 });
  const { out, transcoder, arrival } = start({ input: format });
  for (const packet of packets) transcoder.push(packet);
  await arrival(({ length }) => length >= 30);
  const sorted = times(packets).sort((a, b) => a - b);
  expect(times(out)).toEqual(sorted.slice(0, out.length));
});

it.each(['h264', 'hevc', 'mjpeg'] as const)('blacks out of %s what is masked, in every picture', async (codec) => {
  const { format, packets } = await clip({ codec, seconds: 2, width: 640, height: 360 });
  const mask = maskFilter([
    [
      [0.1, 0],
      [0.4, 0],
      [0.5, 1],
      [0.1, 1],
    ],
  ]);
  for (const output of [{ ...OUTPUT, mask }, OUTPUT]) {
    const { out, feed, arrival } = start({ input: format, output, backlog: packets.slice(0, 10) });
    await arrival(({ length }) => length === 2);
    await feed(packets.slice(10, 20));
    const gray = await run(
      ['-f', 'h264', '-i', 'pipe:0', '-vf', 'format=gray', '-f', 'rawvideo', 'pipe:1'],
      toAnnexB(out.flatMap(({ units }) => units)),
    );
    expect(gray).toHaveLength(out.length * 320 * 180);
    const brightest = (from: number, to: number): number =>
      gray.reduce((most, level, at) => (at % 320 >= from && at % 320 < to ? Math.max(most, level) : most), 0);
    expect(brightest(36, 124) <= 24).toBe(output !== OUTPUT);
    expect(brightest(170, 320)).toBeGreaterThan(200);
  }
});

it('makes the next picture a keyframe on demand, with its parameter sets', async () => {
  const { out, feed, transcoder } = start();
  const demanded = [7, 8, 30, 100];
  for (const [at, packet] of moving.packets.slice(0, 120).entries()) {
    if (demanded.includes(at)) transcoder.requestKeyframe();
    await feed([packet]);
  }
  const keyframes = out.flatMap(({ keyframe }, at) => (keyframe ? [at] : []));
  // Two in a row are one: the second picture differs by nothing from the first.
  expect(keyframes).toEqual([0, 7, 30, 100]);
  for (const at of keyframes)
    expect(out[at]?.units.map((unit) => nalType('h264', unit))).toEqual(expect.arrayContaining([5, 7, 8]));
});

it('makes a keyframe every 4 s', async () => {
  const { out, feed } = start();
  await feed(moving.packets.slice(0, 100));
  expect(out.flatMap(({ keyframe, time }) => (keyframe ? [Math.round(time)] : []))).toEqual([0, 4000]);
});

it('shows of a backlog the first and the newest, close together, and then everything', async () => {
  const long = await clip({ gop: 10, seconds: 20, width: 640, height: 360 });
  const backlog = long.packets.slice(0, 150);
  const next = long.packets.slice(150, 155);
  const { out, feed, arrival } = start({ input: long.format, backlog });
  await arrival(({ length }) => length === 2);
  const newest = backlog.at(-1)?.time ?? NaN;
  expect(times(out)).toEqual([newest - 149, newest].map(Math.round));
  await feed(next);
  expect(times(out.slice(2))).toEqual(times(next));
});

it('leaves out pictures beyond the rate asked for, evenly', async () => {
  const { out, transcoder, arrival } = start({ output: { ...OUTPUT, maxFps: 10 } });
  const wavering = moving.packets.map((packet, at) => ({ ...packet, time: packet.time + ((at * 7) % 11) - 5 + 10 }));
  for (const packet of wavering) transcoder.push(packet);
  await arrival((all) => (all.at(-1)?.time ?? 0) > 7_800);
  const steps = out.slice(1).map(({ time }, at) => time - (out[at]?.time ?? 0));
  expect(out.length).toBeGreaterThanOrEqual(78);
  expect(out.length).toBeLessThanOrEqual(81);
  expect(Math.max(...steps)).toBeLessThan(165);
  expect(Math.min(...steps)).toBeGreaterThan(35);
});

it.each([
  [200_000, 320, 180, undefined],
  [800_000, 640, 360, undefined],
  [300_000, 640, 360, 10],
])('keeps to %d bit/s at %d×%d', async (bitrate, width, height, maxFps) => {
  const { out, transcoder, arrival } = start({
    output: { ...OUTPUT, bitrate, width, height, ...(maxFps && { maxFps }) },
  });
  // Somebody loses the picture now and then.
  const pictures = moving.packets.slice(0, 140);
  for (const [at, packet] of pictures.entries()) {
    if (at % 45 === 44) transcoder.requestKeyframe();
    transcoder.push(packet);
  }
  await arrival((all) => (all.at(-1)?.time ?? 0) >= 6_850);
  const measured = out.filter(({ time }) => time >= 500 && time < 6_500);
  const rate = measured.reduce((sum, { bytes }) => sum + bytes * 8, 0) / 6;
  expect(rate).toBeGreaterThan(bitrate * 0.8);
  expect(rate).toBeLessThan(bitrate * 1.2);
});

it.each([
  [10, undefined],
  [40, undefined],
  [20, 10],
])('keeps to its bitrate although it was told %d pictures a second, with at most %s shown', async (fps, maxFps) => {
  const long = await clip({ gop: 2, seconds: 20, width: 640, height: 360, bitrate: 1_000_000 });
  const output = { ...OUTPUT, width: 640, height: 360, ...(maxFps && { maxFps }) };
  const { out, transcoder, ended, arrival } = start({ input: long.format, fps, output });
  for (const packet of long.packets.slice(0, 240)) {
    transcoder.push(packet);
    await new Promise((resolve) => setTimeout(resolve, 40));
    // A transcoder that falls behind leaves pictures out; here, none has to.
    await arrival((all) => (all.at(-1)?.time ?? 0) >= packet.time - 200);
  }
  await arrival((all) => (all.at(-1)?.time ?? 0) > 11_800);
  expect(ended).toEqual([]);
  const shown = times(out);
  const steps = shown.slice(1).map((time, at) => time - (shown[at] ?? 0));
  expect(Math.min(...steps)).toBeGreaterThan(0);
  expect(Math.max(...steps)).toBeLessThanOrEqual(200);
  const measured = out.filter(({ time }) => time >= 7_000 && time < 11_000);
  const rate = measured.reduce((sum, { bytes }) => sum + bytes * 8, 0) / 4;
  expect(rate).toBeGreaterThan(OUTPUT.bitrate * 0.8);
  expect(rate).toBeLessThan(OUTPUT.bitrate * 1.2);
});

it('goes over to one that was told better without a gap, though that takes its time to start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lookout-slow-'));
  const path = join(folder, 'ffmpeg');
  await writeFile(path, `#!/bin/sh\nsleep 1\nexec '${ffmpeg.path}' "$@"\n`, { mode: 0o755 });
  const { out, transcoder, arrival, ended } = start({ ffmpeg: { ...ffmpeg, path }, fps: 10 });
  for (const packet of moving.packets) {
    transcoder.push(packet);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await arrival((all) => (all.at(-1)?.time ?? 0) >= packet.time - 200);
  }
  await rm(folder, { recursive: true });
  expect(ended).toEqual([]);
  // It begins with a keyframe, which the first one would make after 4 s only.
  expect(out.some(({ keyframe, time }) => keyframe && time % 4000 !== 0)).toBe(true);
  expect(times(out)).toEqual(times(moving.packets).slice(0, out.length));
});

it('says why it ended, and heeds nothing afterwards', async () => {
  const { transcoder, ended } = start({ ffmpeg: { ...ffmpeg, path: '/nowhere/ffmpeg' } });
  while (ended.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(ended).toEqual([expect.stringMatching(/no such program/)]);
  for (const packet of moving.packets) transcoder.push(packet);
});
