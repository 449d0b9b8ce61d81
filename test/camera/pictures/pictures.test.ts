import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import { jest } from '@jest/globals';
import sharp from 'sharp';
import type { Drawing } from '../../../src/camera/pictures/draw.js';
import type { Decoders } from '../../../src/camera/pictures/picture-stream.js';
import { Pictures, type PicturesOptions } from '../../../src/camera/pictures/pictures.js';
import { shelved } from '../../../src/camera/pictures/shelf.js';
import type { Size } from '../../../src/camera/pictures/size.js';
import { DecodeError } from '../../../src/media/ffmpeg/keyframe-decoder.js';
import type { VideoFormat, VideoPacket } from '../../../src/media/packet.js';
import { TestFeed } from './feed.js';

const formatOf = (width: number, height: number): VideoFormat => ({
  kind: 'video',
  codec: 'h264',
  width,
  height,
  parameterSets: [],
  extradata: Buffer.alloc(0),
});

/** A keyframe whose picture is plain gray of that level. */
const gray = (level: number): VideoPacket => ({
  kind: 'video',
  time: level,
  keyframe: true,
  units: [Buffer.from([level])],
  bytes: 1,
});
const BROKEN = 255;

/** Decoders that make plain gray of a keyframe, and tell what they were asked for. */
class TestDecoders implements Decoders {
  readonly decoded: number[] = [];
  needs = 0;
  /** The widths of pictures whose decoders were to forget them. */
  readonly forgotten: number[] = [];
  fault = new DecodeError('corrupt', 'a keyframe is damaged');
  /** What a decoder waits for before it answers. */
  hold: Promise<void> = Promise.resolve();

  prepare(): () => void {
    this.needs++;
    let needed = true;
    return () => {
      if (needed) this.needs--;
      needed = false;
    };
  }

  forget({ width }: VideoFormat): void {
    this.forgotten.push(width);
  }

  async jpeg({ width, height }: VideoFormat, keyframe: VideoPacket): Promise<Buffer> {
    const level = keyframe.time;
    this.decoded.push(level);
    await this.hold;
    if (level === BROKEN) throw this.fault;
    return sharp({ create: { width, height, channels: 3, background: { r: level, g: level, b: level } } })
      .jpeg()
      .toBuffer();
  }
}

/** What a JPEG shows: its size and its level of gray. */
async function shown(jpeg: Buffer): Promise<{ width: number; height: number; level: number }> {
  const { data, info } = await sharp(jpeg, { failOn: 'warning' })
    .grayscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, level: data[0] ?? -1 };
}

const TILE: Size = { width: 640, height: 360 };
const WALLCLOCK = new Date(2026, 10, 23, 15, 0).getTime();

describe('Pictures', () => {
  let clock: number;
  let life: AbortController;
  let main: TestFeed;
  let sub: TestFeed;
  let decoders: TestDecoders;
  let drawings: Drawing[];
  beforeEach(() => {
    // No answer is late because the machine is: time passes where a test lets it.
    jest.useFakeTimers({ doNotFake: ['Date', 'performance', 'nextTick', 'setImmediate', 'queueMicrotask'] });
    clock = 1_000_000;
    life = new AbortController();
    main = new TestFeed(() => clock);
    sub = new TestFeed(() => clock);
    decoders = new TestDecoders();
    drawings = [];
  });
  afterEach(() => {
    life.abort();
    jest.useRealTimers();
  });

  const DRAWN = Buffer.from('drawn');
  const camera = (options: Partial<PicturesOptions> = {}) =>
    new Pictures({
      name: 'Porch',
      main,
      sub: undefined,
      decoders,
      signal: life.signal,
      now: () => clock,
      wallclock: () => WALLCLOCK,
      draw: (drawing) => {
        drawings.push(drawing);
        return Promise.resolve(DRAWN);
      },
      ...options,
    });

  it('shows the newest keyframe, inside the size asked for and never larger than it is', async () => {
    const pictures = camera();
    main.connect(formatOf(1280, 720), gray(10));
    expect(await shown(await pictures.picture(TILE))).toEqual({ ...TILE, level: 10 });
    clock += 2000;
    main.send(gray(20));
    expect(await shown(await pictures.picture({ width: 320, height: 320 }))).toEqual({
      width: 320,
      height: 180,
      level: 20,
    });
    for (const asked of [
      { width: 0, height: 0 },
      { width: 4000, height: 3000 },
      { width: NaN, height: -1 },
    ]) {
      expect(await shown(await pictures.picture(asked))).toEqual({ width: 1280, height: 720, level: 20 });
    }
  });

  it('answers fifty at once with one decoded picture', async () => {
    const pictures = camera();
    main.connect(formatOf(1280, 720), gray(10));
    const answers = await Promise.all(Array.from({ length: 50 }, () => pictures.picture(TILE)));
    expect(decoders.decoded).toEqual([10]);
    expect(new Set(answers).size).toBe(1);
    expect(await pictures.picture(TILE)).toBe(answers[0]);
  });

  it('decodes the first keyframe of a connection, then nothing that nobody asks for', async () => {
    const pictures = camera();
    main.connect(formatOf(640, 360), gray(10));
    for (const level of [20, 30]) {
      clock += 2000;
      main.send(gray(level));
    }
    await turn();
    expect(decoders.decoded).toEqual([10]);
    await pictures.picture(TILE);
    expect(decoders.decoded).toEqual([10, 30]);
  });

  it('has the next picture ready for whoever asked within the last 15 s', async () => {
    const pictures = camera();
    main.connect(formatOf(1280, 720), gray(10));
    await pictures.picture(TILE);
    clock += 14_000;
    main.send(gray(20));
    expect(decoders.decoded).toEqual([10, 20]);
    await pictures.picture(TILE);
    expect(decoders.decoded).toEqual([10, 20]);
    clock += 16_000;
    main.send(gray(30));
    expect(decoders.decoded).toEqual([10, 20]);
  });

  it('decodes once a second where every frame is a keyframe', async () => {
    const pictures = camera();
    main.connect(formatOf(640, 360), gray(0));
    for (let frame = 1; frame <= 100; frame++) {
      clock += 50;
      main.send(gray(frame));
      await pictures.picture(TILE);
    }
    expect(decoders.decoded.length).toBeGreaterThanOrEqual(5);
    expect(decoders.decoded.length).toBeLessThanOrEqual(6);
    const newest = await shown(await pictures.picture(TILE));
    expect(newest.level).toBeGreaterThan(80);
  });

  it('takes the small stream where it is large enough, the large one else', async () => {
    const pictures = camera({ sub });
    main.connect(formatOf(1280, 720), gray(10));
    sub.connect(formatOf(640, 360), gray(200));
    await pictures.picture({ width: 0, height: 0 });
    expect(await shown(await pictures.picture({ width: 320, height: 180 }))).toEqual({
      width: 320,
      height: 180,
      level: 200,
    });
    expect(await shown(await pictures.picture(TILE))).toMatchObject({ level: 200 });
    expect(await shown(await pictures.picture({ width: 1280, height: 720 }))).toMatchObject({ level: 10 });
  });

  it('takes the stream that is there', async () => {
    const pictures = camera({ sub });
    sub.connect(formatOf(640, 360), gray(200));
    expect(await shown(await pictures.picture({ width: 1280, height: 720 }))).toEqual({
      width: 640,
      height: 360,
      level: 200,
    });
    clock += 1000;
    sub.send(gray(BROKEN));
    main.connect(formatOf(1280, 720), gray(10));
    clock += 60_000;
    main.send(gray(20));
    expect(await shown(await pictures.picture({ width: 320, height: 180 }))).toMatchObject({ level: 20 });
  });

  it('takes the other stream where one cannot be decoded', async () => {
    const pictures = camera({ sub });
    sub.connect(formatOf(640, 360), gray(BROKEN));
    main.connect(formatOf(1280, 720), gray(10));
    expect(await shown(await pictures.picture({ width: 320, height: 180 }))).toMatchObject({ level: 10 });
  });

  it('draws until there is a picture', async () => {
    const pictures = camera();
    expect(await pictures.picture(TILE)).toBe(DRAWN);
    expect(drawings.at(-1)).toEqual({ glyph: 'camera', lines: ['Porch', 'Connecting…'] });
    const count = drawings.length;
    await pictures.picture(TILE);
    expect(drawings).toHaveLength(count);
    main.connect(formatOf(1280, 720), gray(10));
    expect(await shown(await pictures.picture(TILE))).toMatchObject({ level: 10 });
  });

  it('shows a camera that has gone only for as long as its next keyframe might be due', async () => {
    const pictures = camera();
    main.connect(formatOf(1280, 720), gray(10));
    clock += 2000;
    main.send(gray(20));
    main.fail('closed', new Date(2026, 10, 23, 14, 3).getTime());
    clock += 4900;
    expect(await shown(await pictures.picture(TILE))).toMatchObject({ level: 20 });
    clock += 200;
    expect(await pictures.picture(TILE)).toBe(DRAWN);
    expect(drawings.at(-1)).toEqual({ glyph: 'camera-off', lines: ['Porch', 'Offline since 14:03'] });
    main.connect(formatOf(1280, 720), gray(30));
    expect(await shown(await pictures.picture(TILE))).toMatchObject({ level: 30 });
  });

  it('shows no keyframe that is too old of a camera that still sends', async () => {
    const pictures = camera();
    main.connect(formatOf(1280, 720), gray(10));
    clock += 2000;
    main.send(gray(20));
    clock += 7100;
    expect(await pictures.picture(TILE)).toBe(DRAWN);
    expect(drawings.at(-1)?.lines).toEqual(['Porch', 'Waiting for a picture']);
  });

  it('shows the picture before a damaged keyframe while that is hardly older, then draws', async () => {
    const pictures = camera();
    main.connect(formatOf(1280, 720), gray(10));
    await pictures.picture(TILE);
    clock += 2000;
    main.send(gray(BROKEN));
    expect(await shown(await pictures.picture(TILE))).toMatchObject({ level: 10 });
    await pictures.picture(TILE);
    expect(decoders.decoded).toEqual([10, BROKEN]);
    clock += 2000;
    main.send(gray(BROKEN));
    clock += 1500;
    expect(await pictures.picture(TILE)).toBe(DRAWN);
    main.send(gray(30));
    expect(await shown(await pictures.picture(TILE))).toMatchObject({ level: 30 });
  });

  it('asks again where it was not the keyframe that was at fault', async () => {
    const pictures = camera();
    decoders.fault = new DecodeError('no-decoder', 'ffmpeg does not run');
    main.connect(formatOf(1280, 720), gray(BROKEN));
    expect(await pictures.picture(TILE)).toBe(DRAWN);
    const before = decoders.decoded.length;
    await pictures.picture(TILE);
    expect(decoders.decoded.length).toBe(before + 1);
  });

  it('says that a codec cannot be shown', async () => {
    const pictures = camera();
    decoders.fault = new DecodeError('unsupported', 'there is no decoder');
    main.connect(formatOf(1280, 720), gray(BROKEN));
    expect(await pictures.picture(TILE)).toBe(DRAWN);
    expect(drawings.at(-1)?.lines).toEqual(['Porch', 'Pictures of this kind cannot be shown']);
  });

  it('does not wait for a decoder that is stuck, nor for a drawing', async () => {
    const pictures = camera({ draw: () => new Promise(() => undefined) });
    const first = pictures.picture(TILE);
    await jest.advanceTimersByTimeAsync(100);
    expect(await first).toEqual(await shelved('connecting'));
    decoders.hold = new Promise(() => undefined);
    main.connect(formatOf(1280, 720), gray(10));
    const second = pictures.picture(TILE);
    await jest.advanceTimersByTimeAsync(2000);
    expect(await second).toEqual(await shelved('connecting'));
  });

  it('gives the picture from the shelf where nothing can be drawn', async () => {
    const pictures = camera({ draw: () => Promise.reject(new Error('sharp is not there')) });
    main.fail('unreachable');
    expect(await pictures.picture(TILE)).toEqual(await shelved('offline'));
  });

  it('is drawn as off from the moment that the camera is switched off, and remembers nothing', async () => {
    const pictures = camera({ sub });
    main.connect(formatOf(1280, 720), gray(10));
    sub.connect(formatOf(640, 360), gray(10));
    expect(await shown(await pictures.picture({ width: 1280, height: 720 }))).toMatchObject({ level: 10 });
    let release: () => void = () => undefined;
    decoders.hold = new Promise((resolve) => (release = resolve));
    clock += 2000;
    main.send(gray(20));
    sub.send(gray(20));
    const asked = [pictures.picture({ width: 1280, height: 720 }), pictures.picture({ width: 320, height: 180 })];
    main.switchOff(new Date(2026, 10, 23, 14, 3).getTime());
    // The smaller stream follows a moment later, and shows nothing meanwhile.
    expect(await pictures.picture(TILE)).toBe(DRAWN);
    sub.switchOff();
    release();
    expect(await Promise.all(asked)).toEqual([DRAWN, DRAWN]);
    expect(drawings.at(-1)).toEqual({ glyph: 'camera-off', lines: ['Porch', 'Off since 14:03'] });
    expect([decoders.needs, decoders.forgotten]).toEqual([0, [1280, 640]]);
    main.connect(formatOf(1280, 720), gray(BROKEN));
    expect(await pictures.picture({ width: 1280, height: 720 })).toBe(DRAWN);
    clock += 2000;
    main.send(gray(30));
    expect(await shown(await pictures.picture(TILE))).toMatchObject({ level: 30 });
  });

  it('needs a decoder for each stream while that is there, and nothing after its end', async () => {
    camera({ sub });
    expect(decoders.needs).toBe(0);
    main.connect(formatOf(1280, 720), gray(10));
    sub.connect(formatOf(640, 360), gray(10));
    expect(decoders.needs).toBe(2);
    main.connect(formatOf(1920, 1080), gray(10));
    expect(decoders.needs).toBe(2);
    main.fail('closed');
    expect(decoders.needs).toBe(1);
    main.connect(formatOf(1920, 1080), gray(10));
    expect(decoders.needs).toBe(2);
    life.abort();
    expect(decoders.needs).toBe(0);
    expect(main.listeners.size + sub.listeners.size).toBe(0);
    await pause(0);
  });
});
