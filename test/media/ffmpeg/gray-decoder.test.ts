import { constants, getPriority } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { findFfmpeg, type Ffmpeg } from '../../../src/media/ffmpeg/capabilities.js';
import { codedFormat, codedPicture, type CodedPicture } from '../../../src/media/ffmpeg/coded-picture.js';
import { GrayDecoder, type GrayDecoderOptions, type GrayPicture } from '../../../src/media/ffmpeg/gray-decoder.js';
import { processTree } from '../../e2e/harness/process-tree.js';
import { COUNTER_BITS, COUNTER_SQUARE } from '../../peers/footage.js';
import { clip, type Clip } from './pictures.js';

const WIDTH = 160;
const HEIGHT = 90;
const SMALL = { width: 640, height: 360, gop: 1, seconds: 3 } as const;
/** A machine that stalls for a while is no process that has got stuck, ms. */
const PATIENT = 25_000;
/** Milliseconds from picture to picture of the footage. */
const STEP = 50;

describe('GrayDecoder', () => {
  let ffmpeg: Ffmpeg;
  let life: AbortController;
  beforeAll(async () => {
    ffmpeg = await findFfmpeg();
  });
  beforeEach(() => {
    life = new AbortController();
  });
  afterEach(async () => {
    life.abort();
    await until(() => children().length === 0);
  });

  const children = (): number[] =>
    processTree(process.pid).flatMap(({ pid, command }) => (isDecoder(command) ? pid : []));
  const only = (): number => first(children());

  /** A decoder of a clip, with what it has shown and why it ended. */
  function decoderOf({ format, packets }: Clip, options: Partial<GrayDecoderOptions> = {}) {
    const described = codedFormat(format);
    if (described === undefined) throw new Error(`there is no decoder for ${format.codec}`);
    const shown: GrayPicture[] = [];
    const ends: string[] = [];
    const decoder = new GrayDecoder({
      ffmpeg,
      format: described,
      width: WIDTH,
      height: HEIGHT,
      every: 175,
      patience: PATIENT,
      signal: life.signal,
      onPicture: (picture) => shown.push({ ...picture, pixels: Buffer.from(picture.pixels) }),
      onEnd: (reason) => ends.push(reason),
      ...options,
    });
    const coded = packets.map((packet) => codedPicture(format, packet)).filter((picture) => picture !== undefined);
    return { decoder, coded, shown, ends };
  }

  const keyframesOf = (pictures: readonly CodedPicture[]) => pictures.filter(({ keyframe }) => keyframe);
  const times = (pictures: readonly { time: number }[]) => pictures.map(({ time }) => Math.round(time));

  it.each(['h264', 'hevc', 'mjpeg'] as const)('shows every picture of %s with its own time', async (codec) => {
    const { decoder, coded, shown, ends } = decoderOf(await clip({ ...SMALL, codec }), { every: 0 });
    decoder.push(coded);
    await decoder.settled();
    expect(times(shown)).toEqual(times(coded));
    expect(shown.map(countOf)).toEqual(coded.map((_, at) => at));
    expect(shown.map(({ keyframe }) => keyframe)).toEqual(coded.map(({ keyframe }) => keyframe));
    expect(ends).toEqual([]);
  });

  it('gives way to whatever else the hub does', async () => {
    const { decoder, coded } = decoderOf(await clip(SMALL));
    decoder.push(coded);
    await decoder.settled();
    // A hub that gives way itself has nothing to give.
    expect(getPriority(only())).toBe(Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL));
  });

  it.each(['h264', 'hevc', 'mjpeg'] as const)('shows one picture of %s in 200 ms', async (codec) => {
    const { decoder, coded, shown } = decoderOf(await clip({ ...SMALL, codec }));
    decoder.push(coded);
    await decoder.settled();
    expect(times(shown)).toEqual(Array.from({ length: 15 }, (_, at) => at * 4 * STEP));
    expect(shown.map(countOf)).toEqual(shown.map((_, at) => at * 4));
  });

  it.each(['h264', 'hevc'] as const)('shows keyframes of %s alone, each before the next one comes', async (codec) => {
    const { decoder, coded, shown } = decoderOf(await clip({ ...SMALL, codec, bFrames: 3 }));
    for (const [at, keyframe] of keyframesOf(coded).entries()) {
      decoder.push([keyframe]);
      await decoder.settled();
      expect([shown.length, countOf(last(shown))]).toEqual([at + 1, at * 20]);
    }
  });

  it.each(['h264', 'hevc', 'mjpeg'] as const)('goes back in time in %s, again and again', async (codec) => {
    const { decoder, coded, shown } = decoderOf(await clip({ ...SMALL, codec }));
    const expected: number[] = [];
    for (let round = 0; round < 20; round++) {
      const from = (round % 3) * 20;
      decoder.jump();
      decoder.push(coded.slice(from, from + 20));
      expected.push(...[0, 4, 8, 12, 16].map((at) => (from + at) * STEP));
    }
    await decoder.settled();
    expect(times(shown)).toEqual(expected);
    expect(shown.map(countOf)).toEqual(expected.map((time) => time / STEP));
  });

  it('leaves out what follows no keyframe after a jump', async () => {
    const { decoder, coded, shown } = decoderOf(await clip(SMALL));
    decoder.push(coded.slice(5, 24));
    decoder.jump();
    decoder.push(coded.slice(38, 44));
    await decoder.settled();
    expect(times(shown)).toEqual([20 * STEP, 40 * STEP]);
  });

  it.each(['h264', 'hevc'] as const)('holds nothing back of %s with B-frames, which are not shown', async (codec) => {
    const { decoder, coded, shown, ends } = decoderOf(await clip({ ...SMALL, codec, bFrames: 3 }), { every: 0 });
    for (const picture of coded) {
      decoder.push([picture]);
      await decoder.settled();
    }
    const forward = coded.filter(({ time }, at) => coded.slice(0, at).every((before) => before.time < time));
    expect(forward.length).toBeLessThan(coded.length);
    expect(times(shown)).toEqual(times(forward));
    const start = first(coded).time;
    expect(shown.map(countOf)).toEqual(forward.map(({ time }) => Math.round((time - start) / STEP)));
    expect(ends).toEqual([]);
  });

  it('shows all that it was fed when nothing more comes, and is gone then', async () => {
    const { decoder, coded, shown, ends } = decoderOf(await clip(SMALL));
    decoder.push(coded);
    await decoder.finish();
    decoder.push(coded);
    await decoder.finish();
    expect(times(shown)).toEqual(Array.from({ length: 15 }, (_, at) => at * 4 * STEP));
    expect(children()).toEqual([]);
    expect(ends).toEqual([]);
  });

  it.each(['h264', 'hevc', 'mjpeg'] as const)('goes on after a corrupt packet of %s', async (codec) => {
    const { decoder, coded, shown, ends } = decoderOf(await clip({ ...SMALL, codec }));
    const corrupt = coded.map((picture, at) =>
      at > 24 && at < 30
        ? { ...picture, data: picture.data.map((byte, place) => (place < 40 ? byte : 0x55)) }
        : picture,
    );
    for (const picture of corrupt) decoder.push([picture]);
    await decoder.settled();
    expect(countOf(last(shown))).toBe(56);
    expect(times(shown).filter((time) => time >= 40 * STEP)).toEqual([40, 44, 48, 52, 56].map((at) => at * STEP));
    expect(ends).toEqual([]);
  });

  it('says once that its process has been killed, and takes no more', async () => {
    const { decoder, coded, ends } = decoderOf(await clip(SMALL));
    decoder.push(coded.slice(0, 20));
    await decoder.settled();
    process.kill(only(), 'SIGSTOP');
    decoder.push(coded.slice(20, 40));
    const settled = decoder.settled();
    process.kill(only(), 'SIGKILL');
    await settled;
    await decoder.exited;
    decoder.push(coded.slice(40));
    await decoder.settled();
    expect(ends).toEqual(['without a word']);
  });

  it('ends a process that has got stuck', async () => {
    const { decoder, coded, ends } = decoderOf(await clip(SMALL), { patience: 4000 });
    decoder.push(coded.slice(0, 20));
    await decoder.settled();
    process.kill(only(), 'SIGSTOP');
    decoder.push(coded.slice(20, 40));
    await decoder.settled();
    await decoder.exited;
    expect(ends).toHaveLength(1);
    expect(children()).toEqual([]);
  });

  it('says what is wrong where ffmpeg does not run', async () => {
    const { decoder, ends } = decoderOf(await clip(SMALL), { ffmpeg: { ...ffmpeg, path: '/nowhere/ffmpeg' } });
    await decoder.exited;
    await until(() => ends.length > 0);
    expect(ends).toEqual([expect.stringMatching(/\/nowhere\/ffmpeg could not be started: there is no such program/)]);
  });

  it('leaves packets out up to a keyframe where the process does not keep up', async () => {
    const { decoder, coded, shown } = decoderOf(await clip(SMALL));
    decoder.push(coded.slice(0, 1));
    await decoder.settled();
    process.kill(only(), 'SIGSTOP');
    // Padding after a slice, as cameras with a constant bitrate send it: valid, and it is a lot.
    const large = coded.slice(20, 40).map((picture) => ({
      ...picture,
      data: Buffer.concat([picture.data, Buffer.alloc(2 * 1024 * 1024)]),
    }));
    for (const picture of large) decoder.push([picture]);
    expect(decoder.overloaded).toBe(true);
    process.kill(only(), 'SIGCONT');
    await decoder.settled();
    expect(decoder.overloaded).toBe(true);
    // It is fed neither all that came nor anything before the next keyframe.
    expect(shown.length).toBeLessThan(5);
    const before = shown.length;
    decoder.push(coded.slice(36, 45));
    await decoder.settled();
    expect(decoder.overloaded).toBe(false);
    expect(times(shown.slice(before))).toEqual([40 * STEP, 44 * STEP]);
    expect(shown.slice(before).map(countOf)).toEqual([40, 44]);
  });

  it('is silent and gone after its end', async () => {
    const { decoder, coded, ends } = decoderOf(await clip(SMALL));
    decoder.push(coded);
    const settled = decoder.settled();
    life.abort();
    await settled;
    await decoder.exited;
    expect(children()).toEqual([]);
    expect(ends).toEqual([]);
  });
});

const isDecoder = (command: string): boolean => command.includes('rawvideo') && command.includes('pipe:0');

/** What the squares along the footage's upper edge count. */
function countOf({ pixels }: GrayPicture): number {
  const side = WIDTH * COUNTER_SQUARE;
  const bits = Array.from({ length: COUNTER_BITS }, (_, bit) => {
    const value = pixels[Math.floor(side / 2) * WIDTH + Math.floor((bit + 0.5) * side)] ?? 0;
    return value > 128 ? 2 ** bit : 0;
  });
  return bits.reduce((sum, value) => sum + value, 0);
}

function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error('there is none');
  return item;
}

const last = <T>(items: readonly T[]): T => first(items.slice(-1));

async function until(holds: () => boolean, limit = 5000): Promise<void> {
  const end = performance.now() + limit;
  while (!holds()) {
    if (performance.now() > end) throw new Error('it did not come to hold in time');
    await pause(10);
  }
}
