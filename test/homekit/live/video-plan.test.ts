import fc from 'fast-check';
import type { StreamInfo } from '../../../src/camera/feed/stream-info.js';
import { fitInside, planVideo, type Candidate, type VideoWish } from '../../../src/homekit/live/video-plan.js';

const info = (changes: Partial<StreamInfo> = {}): StreamInfo => ({
  codec: 'h264',
  profile: 'main',
  width: 1280,
  height: 720,
  plain: true,
  fps: 20,
  bitrate: 2_000_000,
  keyframeInterval: 2000,
  reordered: false,
  audio: undefined,
  ...changes,
});
const small: Partial<StreamInfo> = { width: 640, height: 360, bitrate: 500_000 };
const wish = (changes: Partial<VideoWish> = {}): VideoWish => ({
  width: 1280,
  height: 720,
  fps: 30,
  bitrate: 299_000,
  profile: 'main',
  remote: false,
  measured: false,
  ...changes,
});
const main = (changes?: Partial<StreamInfo>): Candidate => ({ stream: 'main', info: info(changes) });
const sub = (changes?: Partial<StreamInfo>): Candidate => ({ stream: 'sub', info: info({ ...small, ...changes }) });

const transcode = (stream: 'main' | 'sub', width: number, height: number, maxFps?: number) => ({
  mode: 'transcode',
  stream,
  width,
  height,
  maxFps,
});

describe('planVideo', () => {
  it.each([
    ['copies what fits', wish(), [main()], { mode: 'copy', stream: 'main' }],
    [
      'copies what is smaller than asked: never an upscale',
      wish({ width: 1920, height: 1080 }),
      [main()],
      { mode: 'copy' },
    ],
    ['keeps the large stream for a large viewer', wish(), [main(), sub()], { mode: 'copy', stream: 'main' }],
    [
      'serves a small viewer from the small stream',
      wish({ width: 640, height: 480 }),
      [main(), sub()],
      { mode: 'copy', stream: 'sub' },
    ],
    [
      'serves a remote viewer from the small stream',
      wish({ remote: true, bitrate: 500_000 }),
      [main(), sub()],
      { mode: 'copy', stream: 'sub' },
    ],
    [
      'shrinks the small stream for a tiny viewer',
      wish({ width: 320, height: 240 }),
      [main(), sub()],
      transcode('sub', 320, 180),
    ],
    [
      'shrinks the large stream where the small one would not do',
      wish(),
      [main({ width: 1920, height: 1080 }), sub()],
      transcode('main', 1280, 720),
    ],
    ['keeps the aspect', wish({ width: 640, height: 480 }), [main()], transcode('main', 640, 360)],
    ['transcodes HEVC', wish(), [main({ codec: 'hevc', profile: 'main' })], transcode('main', 1280, 720)],
    ['transcodes B-frames', wish(), [main({ reordered: true })], transcode('main', 1280, 720)],
    ['transcodes 10 bit', wish(), [main({ plain: false, profile: 'high 10' })], transcode('main', 1280, 720)],
    [
      'transcodes an unknown profile',
      wish(),
      [main({ profile: 'high 4:4:4 predictive' })],
      transcode('main', 1280, 720),
    ],
    ['halves a rate that is too fast', wish({ fps: 15 }), [main({ fps: 30 })], transcode('main', 1280, 720, 15)],
    ['bears a rate that wavers', wish({ fps: 30 }), [main({ fps: 30.9 })], { mode: 'copy' }],
    ['passes over the rate that the Home app starts with', wish({ bitrate: 132_000 }), [main()], { mode: 'copy' }],
    [
      'obeys a rate that was asked in mid-session',
      wish({ measured: true }),
      [main()],
      { ...transcode('main', 1280, 720), bitrate: 299_000 },
    ],
    [
      'obeys the rate of a remote viewer',
      wish({ remote: true }),
      [main()],
      { ...transcode('main', 1280, 720), bitrate: 299_000 },
    ],
    ['copies again when there is room', wish({ measured: true, bitrate: 1_800_000 }), [main()], { mode: 'copy' }],
    ['makes do with the small stream while the large one is away', wish(), [sub()], { mode: 'copy', stream: 'sub' }],
  ])('%s', (_, asked, candidates, expected) => {
    expect(planVideo(asked, candidates)).toMatchObject(expected);
  });

  it.each([
    ['what would be copied', wish(), [main()], transcode('main', 1280, 720)],
    ['what is smaller than asked', wish({ width: 1920, height: 1080 }), [main()], transcode('main', 1280, 720)],
    ['the small stream', wish({ width: 640, height: 360 }), [main(), sub()], transcode('sub', 640, 360)],
    ['what is transcoded anyway', wish({ fps: 15 }), [main({ fps: 30 })], transcode('main', 1280, 720, 15)],
  ])('transcodes with a mask %s', (_, asked, candidates, expected) => {
    expect(planVideo(asked, candidates, true)).toMatchObject(expected);
  });

  it('copies nothing with a mask, whatever is asked and delivered', () => {
    const some = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
    const asked = fc.record({
      width: some(320, 1280, 1920),
      fps: some(15, 30),
      remote: fc.boolean(),
      measured: fc.boolean(),
    });
    const candidates = some([main()], [sub()], [main(), sub()], [main({ codec: 'hevc' }), sub()]);
    fc.assert(
      fc.property(asked, candidates, (changes, delivered) => {
        expect(planVideo(wish(changes), delivered, true)?.mode).toBe('transcode');
      }),
    );
  });

  it('waits while nothing is delivered', () => {
    expect(planVideo(wish(), [])).toBeUndefined();
  });
});

describe('fitInside', () => {
  const pixels = fc.integer({ min: 16, max: 4096 });
  it('stays even, inside, and near the aspect', () => {
    fc.assert(
      fc.property(pixels, pixels, pixels, pixels, (width, height, wide, high) => {
        const size = fitInside({ width, height }, { width: wide, height: high });
        expect(size.width % 2).toBe(0);
        expect(size.height % 2).toBe(0);
        expect(size.width).toBeLessThanOrEqual(Math.max(2, Math.min(width, wide) + 1));
        expect(size.height).toBeLessThanOrEqual(Math.max(2, Math.min(height, high) + 1));
        const scale = Math.min(1, wide / width, high / height);
        expect(Math.abs(size.width - width * scale)).toBeLessThanOrEqual(2);
        expect(Math.abs(size.height - height * scale)).toBeLessThanOrEqual(2);
      }),
    );
  });
});
