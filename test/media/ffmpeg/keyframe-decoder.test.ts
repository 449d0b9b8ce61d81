import { execFile } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { nextTick } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import fc from 'fast-check';
import sharp from 'sharp';
import { findFfmpeg, type Ffmpeg } from '../../../src/media/ffmpeg/capabilities.js';
import {
  DecodeError,
  KeyframeDecoders,
  type KeyframeDecodersOptions,
} from '../../../src/media/ffmpeg/keyframe-decoder.js';
import { maskFilter, type Polygon } from '../../../src/media/ffmpeg/mask-filter.js';
import type { VideoFormat, VideoPacket } from '../../../src/media/packet.js';
import { processTree } from '../../e2e/harness/process-tree.js';
import { frameCount, keyframe, keyframesOf, type Keyframes } from './keyframes.js';
import { clip as packetsOf, type Clip } from './pictures.js';

const run = promisify(execFile);

describe('KeyframeDecoders', () => {
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
    processTree(process.pid)
      .filter(({ command }) => command.includes('mjpeg'))
      .map(({ pid }) => pid);

  const decoders = (options: Partial<KeyframeDecodersOptions> = {}) =>
    new KeyframeDecoders({ ffmpeg, signal: life.signal, patience: PATIENT, ...options });

  it.each([
    ['h264', 1280, 720, 1280, 720],
    ['hevc', 1280, 720, 1280, 720],
    ['h264', 640, 360, 640, 360],
    ['hevc', 640, 480, 640, 480],
    ['h264', 1920, 1080, 1920, 1080],
    ['hevc', 2560, 1440, 1920, 1080],
    ['h264', 854, 482, 854, 482],
    ['hevc', 322, 242, 322, 242],
  ] as const)('decodes %s of %i×%i to %i×%i', async (codec, width, height, shownWidth, shownHeight) => {
    const { format, keyframes } = await keyframesOf({ codec, width, height });
    const pool = decoders();
    for (const each of keyframes)
      expect(await sizeOf(await pool.jpeg(format, each))).toEqual([shownWidth, shownHeight]);
  });

  it.each(['h264', 'hevc'] as const)(
    'gives the %s keyframe it was asked for, also where B-frames hold pictures back',
    async (codec) => {
      const { format, keyframes } = await keyframesOf({ codec, bFrames: 3 });
      const pool = decoders();
      const counts: number[] = [];
      for (const each of keyframes) counts.push(await frameCount(await pool.jpeg(format, each)));
      expect(counts).toEqual([0, 5, 10, 15]);
    },
  );

  it('shares a decoder among pictures of one size and has another for other sizes', async () => {
    const [large, small] = await Promise.all([keyframesOf(), keyframesOf({ width: 640, height: 360 })]);
    const pool = decoders();
    const ask = ({ format, keyframes }: Keyframes) => keyframes.map((each) => pool.jpeg(format, each));
    const jpegs = await Promise.all([...ask(large), ...ask(small), ...ask(large)]);
    const sizes = await Promise.all(jpegs.map(sizeOf));
    const of = (size: [number, number]) => Array.from({ length: 4 }, () => size);
    expect(sizes).toEqual([...of([1280, 720]), ...of([640, 360]), ...of([1280, 720])]);
    expect(await Promise.all(jpegs.map(frameCount))).toEqual([0, 5, 10, 15, 0, 5, 10, 15, 0, 5, 10, 15]);
    expect(children()).toHaveLength(2);
  });

  it('takes HEVC keyframes in any order, also one and the same', async () => {
    const { format, keyframes } = await keyframesOf({ codec: 'hevc' });
    const pool = decoders();
    const counts: number[] = [];
    for (const at of [1, 1, 3, 2, 2]) {
      counts.push(await frameCount(await pool.jpeg(format, first(keyframes.slice(at)))));
    }
    expect(counts).toEqual([5, 5, 15, 10, 10]);
  });

  it('does not trouble its process with what is no keyframe', async () => {
    const { format, keyframes } = await keyframesOf();
    const pool = decoders();
    await pool.jpeg(format, first(keyframes));
    const before = children();
    for (const units of [[], [Buffer.from([0x41, 0x9a, 0x24])]]) {
      await expect(pool.jpeg(format, keyframe(units))).rejects.toThrow('what the camera calls a keyframe is none');
    }
    await pool.jpeg(format, first(keyframes));
    expect(children()).toEqual(before);
  });

  it('shows square pixels', async () => {
    const { format, keyframes } = await keyframesOf({ width: 704, height: 576, sar: '12/11' });
    expect(await sizeOf(await decoders().jpeg(format, first(keyframes)))).toEqual([768, 576]);
  });

  describe('with a damaged keyframe', () => {
    let clip: Keyframes;
    beforeAll(async () => {
      clip = await keyframesOf({ slices: 4 });
    });
    const damaged = (change: (units: readonly Buffer[]) => readonly Buffer[]) =>
      keyframe(change(first(clip.keyframes).units));

    it.each<[string, (units: readonly Buffer[]) => readonly Buffer[], string]>([
      ['cut short', (units) => units.map((unit) => unit.subarray(0, unit.length / 2)), 'corrupt'],
      [
        'overwritten',
        (units) => units.map((unit) => Buffer.concat([unit.subarray(0, 20), Buffer.alloc(500, 0x55)])),
        'corrupt',
      ],
      ['without one of its slices', (units) => units.toSpliced(1, 1), 'corrupt'],
      ['of slice heads only', (units) => units.map((unit) => unit.subarray(0, 3)), 'corrupt'],
      ['that is empty', () => [], 'corrupt'],
      [
        'that is no keyframe',
        (units) => units.map((unit) => Buffer.concat([Buffer.from([0x41]), unit.subarray(1)])),
        'corrupt',
      ],
    ])('%s: says so, and the next one is decoded', async (_, change, failure) => {
      const pool = decoders();
      const { format, keyframes } = clip;
      await pool.jpeg(format, first(keyframes));
      await expect(pool.jpeg(format, damaged(change))).rejects.toMatchObject({ name: 'DecodeError', failure });
      expect(await frameCount(await pool.jpeg(format, first(keyframes.slice(1))))).toBe(5);
    });

    it('never fails otherwise than by its own errors, and always recovers', async () => {
      const pool = decoders({ patience: { warm: 5000, cold: 5000 } });
      const { format, keyframes } = clip;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 30 }),
          async (flips) => {
            const bytes = Buffer.concat(first(keyframes).units.slice(0, 1));
            for (const [at, mask] of flips)
              bytes.writeUInt8(bytes.readUInt8(at % bytes.length) ^ mask, at % bytes.length);
            const outcome = await pool.jpeg(format, keyframe([bytes])).catch((error: unknown) => error);
            if (!(outcome instanceof DecodeError)) expect(await sizeOf(outcome as Buffer)).toEqual([1280, 720]);
          },
        ),
        { numRuns: 10 },
      );
      expect(await frameCount(await pool.jpeg(format, first(keyframes.slice(1))))).toBe(5);
    });
  });

  it('answers after its process was killed, at rest and at work', async () => {
    const { format, keyframes } = await keyframesOf();
    const pool = decoders();
    pool.prepare(format);
    await pool.jpeg(format, first(keyframes));
    const [before] = children();
    process.kill(before ?? 0, 'SIGKILL');
    expect(await sizeOf(await pool.jpeg(format, first(keyframes)))).toEqual([1280, 720]);
    const [after] = children();
    expect(after).not.toBe(before);

    process.kill(after ?? 0, 'SIGSTOP');
    const answer = pool.jpeg(format, first(keyframes));
    await pause(50);
    process.kill(after ?? 0, 'SIGKILL');
    expect(await sizeOf(await answer)).toEqual([1280, 720]);
  });

  it('replaces a killed process at once, also while nobody asks', async () => {
    const { format } = await keyframesOf();
    decoders().prepare(format);
    await until(() => children().length === 1);
    const [before] = children();
    await pause(STANDS_BY);
    // Whoever waited before trying again would wait for ever.
    jest.useFakeTimers({ doNotFake: ['performance', 'nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      process.kill(before ?? 0, 'SIGKILL');
      await until(() => {
        const now = children();
        return now.length === 1 && now[0] !== before;
      });
    } finally {
      jest.useRealTimers();
    }
  });

  it('gives up on a process that is stuck, and goes on with another', async () => {
    const { format, keyframes } = await keyframesOf();
    const pool = decoders({ patience: { warm: 300, cold: 10_000 } });
    await pool.jpeg(format, first(keyframes));
    const [stuck] = children();
    process.kill(stuck ?? 0, 'SIGSTOP');
    await expect(pool.jpeg(format, first(keyframes))).rejects.toMatchObject({ failure: 'timed-out' });
    expect(await sizeOf(await pool.jpeg(format, first(keyframes)))).toEqual([1280, 720]);
    await until(() => !children().includes(stuck ?? 0));
  });

  it('does not take a hub that stood still for a process that is stuck', async () => {
    const { format, keyframes } = await keyframesOf({ width: 322, height: 242 });
    const pool = decoders({ patience: { warm: 1000, cold: 20_000 } });
    const [one, other] = keyframes;
    if (one === undefined || other === undefined) throw new Error('there are no keyframes');
    await pool.jpeg(format, one);
    const before = children();
    const asked = pool.jpeg(format, other);
    // It has been asked when nothing is to be done at once any more.
    await new Promise<void>((resolve) => {
      nextTick(resolve);
    });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500);
    expect(await frameCount(await asked)).toBe(5);
    expect(children()).toEqual(before);
  });

  it('stands by from the moment that a format is known until nobody needs it', async () => {
    const { format, keyframes } = await keyframesOf();
    const pool = decoders({ linger: 50 });
    const [one, other] = [pool.prepare(format), pool.prepare(format)];
    await until(() => children().length === 1);
    one();
    one();
    await pause(150);
    expect(children()).toHaveLength(1);
    other();
    await until(() => children().length === 0);
    expect(await sizeOf(await pool.jpeg(format, first(keyframes)))).toEqual([1280, 720]);
    await until(() => children().length === 0);
  });

  it('has nothing stand by for a request that was taken back before', async () => {
    const { format, keyframes } = await keyframesOf();
    const pool = decoders();
    const ended = pool.jpeg(format, first(keyframes), { signal: AbortSignal.abort() });
    await expect(ended).rejects.toMatchObject({ failure: 'ended' });
    expect(children()).toHaveLength(0);

    const before = pool.jpeg(format, first(keyframes));
    pool.forget(format);
    await expect(pool.jpeg(format, first(keyframes), { signal: AbortSignal.abort() })).rejects.toThrow();
    await before;
    await until(() => children().length === 0);
  });

  it('says what is wrong where ffmpeg does not run', async () => {
    const { format, keyframes } = await keyframesOf();
    const pool = decoders({ ffmpeg: { ...ffmpeg, path: '/nowhere/ffmpeg' } });
    await expect(pool.jpeg(format, first(keyframes))).rejects.toThrow(
      /ffmpeg, which decodes keyframes, does not run: .*\/nowhere\/ffmpeg could not be started: there is no such program/,
    );
  });

  it('passes over a request that was taken back, and refuses all after its end', async () => {
    const { format, keyframes } = await keyframesOf();
    const pool = decoders();
    const answers = [
      pool.jpeg(format, first(keyframes)),
      pool.jpeg(format, first(keyframes), { signal: AbortSignal.abort() }),
    ];
    expect(await sizeOf(await first(answers))).toEqual([1280, 720]);
    await expect(answers[1]).rejects.toMatchObject({ failure: 'ended' });
    const last = pool.jpeg(format, first(keyframes));
    life.abort();
    await expect(last).rejects.toMatchObject({ failure: 'ended' });
    await expect(pool.jpeg(format, first(keyframes))).rejects.toMatchObject({ failure: 'ended' });
  });

  it('decodes what is neither H.264 nor HEVC, and hands over what is JPEG already', async () => {
    const pool = decoders();
    const { stdout } = await run(
      'ffmpeg',
      [
        ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=352x288'],
        ...['-frames:v', '1', '-c:v', 'mpeg4', '-f', 'm4v', '-'],
      ],
      { encoding: 'buffer' },
    );
    const mpeg4: VideoFormat = {
      kind: 'video',
      codec: 'mpeg4',
      width: 352,
      height: 288,
      parameterSets: [],
      extradata: Buffer.alloc(0),
    };
    expect(await sizeOf(await pool.jpeg(mpeg4, keyframe([stdout])))).toEqual([352, 288]);

    const jpeg = await sharp({ create: { width: 32, height: 16, channels: 3, background: 'red' } })
      .jpeg()
      .toBuffer();
    expect(await pool.jpeg({ ...mpeg4, codec: 'mjpeg' }, keyframe([jpeg]))).toEqual(jpeg);
    for (const garbage of [Buffer.from('x'), Buffer.from('no picture')]) {
      await expect(pool.jpeg({ ...mpeg4, codec: 'mjpeg' }, keyframe([garbage]))).rejects.toMatchObject({
        failure: 'corrupt',
      });
    }
    await expect(pool.jpeg({ ...mpeg4, codec: 'theora' }, keyframe([jpeg]))).rejects.toMatchObject({
      failure: 'unsupported',
    });
  });

  describe('between keyframes', () => {
    const SMALL = { width: 640, height: 360, gop: 1, seconds: 3 } as const;
    /** From the keyframe before it. */
    const upTo = ({ packets }: Clip, at: number): VideoPacket[] => packets.slice(at - (at % 20), at + 1);

    it('remembers nothing where it is told to forget, unless somebody else needs it', async () => {
      const clip = await packetsOf({ ...SMALL, codec: 'h264' });
      const pool = decoders();
      const [one, other] = [pool.prepare(clip.format), pool.prepare(clip.format)];
      await pool.jpeg(clip.format, upTo(clip, 0));
      await pool.jpeg(clip.format, upTo(clip, 2));
      expect(children()).toHaveLength(2);
      one();
      pool.forget(clip.format);
      await until(() => children().length === 1);
      const answer = pool.jpeg(clip.format, upTo(clip, 0));
      other();
      pool.forget(clip.format);
      await expect(answer).resolves.toBeInstanceOf(Buffer);
      await until(() => children().length === 0);
    });

    it.each(['h264', 'hevc', 'mjpeg'] as const)('gives the %s picture that was asked for', async (codec) => {
      const clip = await packetsOf({ ...SMALL, codec });
      const pool = decoders();
      const asked = [5, 19, 20, 21, 39, 21, 2, 59, 0];
      const counts: number[] = [];
      for (const at of asked) counts.push(await frameCount(await pool.jpeg(clip.format, upTo(clip, at))));
      expect(counts).toEqual(asked);
    });

    it('begins at the last keyframe of what it is given', async () => {
      const { format, packets } = await packetsOf(SMALL);
      const pool = decoders();
      expect(await frameCount(await pool.jpeg(format, packets.slice(0, 46)))).toBe(45);
      expect(await frameCount(await pool.jpeg(format, packets.slice(17, 25)))).toBe(24);
      await expect(pool.jpeg(format, packets.slice(17, 19))).rejects.toMatchObject({ failure: 'corrupt' });
      await expect(pool.jpeg(format, [])).rejects.toMatchObject({ failure: 'corrupt' });
    });

    it.each(['h264', 'hevc'] as const)('gives the keyframe of %s where pictures are reordered', async (codec) => {
      const clip = await packetsOf({ ...SMALL, codec, bFrames: 3 });
      const pool = decoders();
      const reordered = clip.packets.slice(0, 20).findIndex(({ time }, at) => time < (clip.packets[at - 1]?.time ?? 0));
      expect(reordered).toBeGreaterThan(1);
      expect(await frameCount(await pool.jpeg(clip.format, upTo(clip, reordered)))).toBe(0);
      // The picture before it is the first that was promised for later.
      const early = upTo(clip, reordered - 1);
      const shown = Math.round((early.at(-1)?.time ?? 0) / 50) - Math.round((early[0]?.time ?? 0) / 50);
      expect(await frameCount(await pool.jpeg(clip.format, early))).toBe(shown);
    });

    it('keeps those who want a keyframe from waiting', async () => {
      const { format, packets } = await packetsOf(SMALL);
      const pool = decoders();
      await pool.jpeg(format, packets.slice(0, 2));
      const [busy = 0] = children();
      process.kill(busy, 'SIGSTOP');
      const many = pool.jpeg(format, packets.slice(0, 20));
      expect(await frameCount(await pool.jpeg(format, packets.slice(0, 1)))).toBe(0);
      process.kill(busy, 'SIGCONT');
      expect(await frameCount(await many)).toBe(19);
      expect(children()).toHaveLength(2);
    });

    it('allows for pictures on the way', async () => {
      const { format, packets } = await packetsOf({ ...SMALL, gop: 10, seconds: 10 });
      const pool = decoders({ patience: { warm: 1, cold: 10_000 } });
      await pool.jpeg(format, packets.slice(0, 2));
      expect(await frameCount(await pool.jpeg(format, packets.slice(0, 150)))).toBe(149);
    });
  });

  describe('with a mask', () => {
    const LEFT: Polygon = [
      [0, 0],
      [0.4, 0],
      [0.5, 1],
      [0, 1],
    ];
    const mask = maskFilter([LEFT]);
    const SMALL = { width: 640, height: 360, gop: 1, seconds: 2 } as const;

    it.each(['h264', 'hevc', 'mjpeg'] as const)('blacks %s out', async (codec) => {
      const { format, packets } = await packetsOf({ ...SMALL, codec });
      const pool = decoders();
      for (const pictures of [first(packets), packets.slice(0, 8)]) {
        expect(await levels(await pool.jpeg(format, pictures, { mask }))).toEqual({ masked: 'black', open: 'bright' });
        expect(await levels(await pool.jpeg(format, pictures))).toEqual({ masked: 'bright', open: 'bright' });
      }
    });

    it('leaves MJPEG without a mask as it is', async () => {
      const { format, packets } = await packetsOf({ ...SMALL, codec: 'mjpeg' });
      const pool = decoders();
      pool.prepare(format);
      expect(await pool.jpeg(format, packets.slice(0, 3))).toEqual(packets[2]?.units[0]);
      expect(children()).toEqual([]);
    });

    it('goes by the size that each JPEG has, whatever the stream says', async () => {
      const pool = decoders();
      const { format } = await packetsOf({ ...SMALL, codec: 'mjpeg' });
      for (const [width, height] of [
        [640, 360],
        [320, 240],
        [640, 360],
      ] as const) {
        const create = { width, height, channels: 3, background: 'white' } as const;
        const jpeg = await pool.jpeg(
          { ...format, width: 0, height: 0 },
          keyframe([await sharp({ create }).jpeg().toBuffer()]),
          { mask },
        );
        expect(await sizeOf(jpeg)).toEqual([width, height]);
        expect(await levels(jpeg)).toEqual({ masked: 'black', open: 'bright' });
      }
    });

    it('has a decoder for each mask', async () => {
      const { format, packets } = await packetsOf(SMALL);
      const pool = decoders();
      pool.prepare(format, mask);
      await Promise.all([
        pool.jpeg(format, first(packets), { mask }),
        pool.jpeg(format, first(packets), { mask }),
        pool.jpeg(format, first(packets)),
      ]);
      expect(children()).toHaveLength(2);
    });

    it.each(['h264', 'mjpeg'] as const)('gives no %s picture where it cannot be masked', async (codec) => {
      const { format, packets } = await packetsOf({ ...SMALL, codec });
      const asked = decoders().jpeg(format, first(packets), { mask: 'nosuchfilter=1' });
      await expect(asked).rejects.toThrow(/nosuchfilter/);
      const damaged = keyframe(first(packets).units.map((unit) => unit.subarray(0, unit.length / 2)));
      await expect(decoders().jpeg(format, damaged, { mask })).rejects.toMatchObject({ failure: 'corrupt' });
    });
  });

  it.each([
    ['h264', 1280, 720],
    ['hevc', 1280, 720],
    ['h264', 640, 360],
    ['h264', 1920, 1080],
  ] as const)('figures: %s %i×%i', async (codec, width, height) => {
    const { format, keyframes } = await keyframesOf({ codec, width, height });
    const pool = decoders();
    const times: number[] = [];
    for (let round = 0; round < 30; round++) {
      const start = performance.now();
      await pool.jpeg(format, keyframes[round % keyframes.length] ?? first(keyframes));
      times.push(performance.now() - start);
    }
    const [cold = 0, ...warm] = times;
    warm.sort((a, b) => a - b);
    const at = (part: number) => (warm[Math.floor(warm.length * part)] ?? 0).toFixed(1);
    process.stdout.write(
      `decode ${codec} ${width}x${height}: first ${cold.toFixed(0)} ms, median ${at(0.5)} ms, p95 ${at(0.95)} ms\n`,
    );
    expect(warm).toHaveLength(29);
  });
});

/** A machine that stalls for a while is no process that has got stuck, ms. */
const PATIENT = { warm: 20_000, cold: 25_000 };
/** A process that has stood by for as long, ms, was started well. */
const STANDS_BY = 1200;

function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error('there is none');
  return item;
}

async function sizeOf(jpeg: Buffer): Promise<[number, number]> {
  const { info } = await sharp(jpeg, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
  return [info.width, info.height];
}

/** What a JPEG shows where the mask of these tests is and where it is not. */
async function levels(jpeg: Buffer): Promise<Record<'masked' | 'open', string>> {
  const { data, info } = await sharp(jpeg).grayscale().raw().toBuffer({ resolveWithObject: true });
  const brightest = (from: number, to: number): string => {
    let most = 0;
    for (let y = 0; y < info.height; y++) {
      for (let x = Math.ceil(from * info.width); x < to * info.width; x++)
        most = Math.max(most, data[y * info.width + x] ?? 0);
    }
    return most <= 24 ? 'black' : 'bright';
  };
  return { masked: brightest(0, 0.39), open: brightest(0.53, 1) };
}

async function until(holds: () => boolean, limit = 5000): Promise<void> {
  const end = performance.now() + limit;
  while (!holds()) {
    if (performance.now() > end) throw new Error('it did not come to hold in time');
    await pause(10);
  }
}
