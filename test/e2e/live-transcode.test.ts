import { footage } from '../peers/footage.js';
import { type RtspServer, startRtspServer } from '../peers/rtsp-server.js';
import type { AccessUnit } from './harness/access-units.js';
import { decodeVideo } from './harness/decode.js';
import { figure, median } from './harness/figures.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import { bitrates, fromKeyframe, kbitPerPicture, largestPayload, secondsOf } from './harness/measure.js';
import { transcoders } from './harness/transcoders.js';
import { observe, poll } from './harness/until.js';
import { Viewer } from './harness/viewer.js';

const sizes = async (pictures: readonly AccessUnit[]): Promise<Set<string>> => {
  const { frames, errors } = await decodeVideo(fromKeyframe(pictures));
  expect(errors).toEqual([]);
  return new Set(frames.map(({ width, height }) => `${width}x${height}`));
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of the test's footage. */
const FPS = 20;

describe('a live view that has to be transcoded', () => {
  const stack = new AsyncDisposableStack();
  let home: Home;
  let garage: RtspServer;
  let poolSmall: RtspServer;

  beforeAll(async () => {
    garage = stack.use(await startRtspServer({ file: await footage({ codec: 'hevc' }) }));
    const street = stack.use(await startRtspServer({ file: await footage() }));
    const pool = stack.use(await startRtspServer({ file: await footage() }));
    poolSmall = stack.use(
      await startRtspServer({ file: await footage({ width: 640, height: 360, bitrate: 400_000 }) }),
    );
    home = stack.use(
      await Home.start([
        { name: 'Garage', source: garage.url() },
        { name: 'Street', source: street.url() },
        { name: 'Pool', source: pool.url(), detectSource: poolSmall.url() },
      ]),
    );
    for (const name of ['Garage', 'Street', 'Pool']) (await home.connectOnline(name)).close();
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  it('shows HEVC as H.264 at the bitrate that was asked for, and ends with its process', async () => {
    using phone = await home.connectOnline('Garage');
    await using viewer = await Viewer.open(phone, { video: { width: 1280, height: 720, bitrate: 800 } });
    const keyframe = await viewer.firstKeyframe();
    figure('HEVC: first whole keyframe', keyframe.at - viewer.askedAt, 'ms');
    expect(transcoders(home.hub)).toHaveLength(1);
    await observe(2000);
    const from = performance.now();
    await observe(10_000);
    const rates = bitrates(viewer.video, from);
    figure('HEVC: asked for 800, sent', rates, 'kbit/s');
    figure('HEVC: sent on average', mean(rates), 'kbit/s');
    // On a machine that does not keep up the transcoder leaves pictures out: what counts is what each one is given.
    const given = kbitPerPicture(viewer, from) * FPS;
    figure('HEVC: given to the pictures of a second', given, 'kbit');
    expect(given).toBeLessThan(960);
    expect(given).toBeGreaterThan(640);
    expect(largestPayload(viewer.video)).toBeLessThanOrEqual(1200);
    expect(viewer.video.lost).toBe(0);
    expect(await sizes([...viewer.pictures])).toEqual(new Set(['1280x720']));
    expect(await garage.clients()).toMatchObject({ connected: 1 });
    await viewer.end();
    await poll('the end of the transcoder', () => (transcoders(home.hub).length === 0 ? true : undefined), 5000);
  });

  it('makes a smaller picture of a larger H.264, and answers a PLI with an IDR', async () => {
    using phone = await home.connectOnline('Street');
    await using viewer = await Viewer.open(phone, { video: { width: 640, height: 360, bitrate: 300 } });
    const first = await viewer.firstKeyframe();
    figure('smaller: first whole keyframe', first.at - viewer.askedAt, 'ms');
    await viewer.until('ten more pictures', () => viewer.pictures[10]);
    await viewer.video.drained();
    const before = [...viewer.pictures];
    const asked = performance.now();
    viewer.video.requestKeyframe('pli');
    const keyframe = await viewer.nextKeyframe(asked);
    figure('transcoded: keyframe after a PLI', keyframe.at - asked, 'ms');
    expect(secondsOf([...before.slice(-1), keyframe])).toBeLessThan(2);
    expect(await sizes([...viewer.pictures])).toEqual(new Set(['640x360']));
  });

  it.each([
    ['Garage', 1920, 1080, '1280x720'],
    ['Garage', 640, 480, '640x360'],
    ['Street', 320, 240, '320x180'],
  ])('keeps the aspect and enlarges nothing: %s asked for %i×%i shows %s', async (name, width, height, shown) => {
    using phone = await home.connectOnline(name);
    await using viewer = await Viewer.open(phone, { video: { width, height, bitrate: 500 } });
    await viewer.firstKeyframe();
    await viewer.until('five more pictures', () => viewer.pictures[5]);
    expect(await sizes([...viewer.pictures])).toEqual(new Set([shown]));
  });

  it('changes bitrate and size in the same session', async () => {
    using phone = await home.connectOnline('Garage');
    await using viewer = await Viewer.open(phone, { video: { width: 1280, height: 720, bitrate: 1500 } });
    await viewer.firstKeyframe();
    await observe(3000);
    const before = mean(bitrates(viewer.video, performance.now() - 2000));
    const asked = performance.now();
    await viewer.reconfigure({ width: 640, height: 360, bitrate: 300 });
    const small = await poll(
      'a smaller picture',
      async () => {
        const keyframe = viewer.pictures.findLast((picture) => picture.keyframe && picture.firstAt > asked);
        if (keyframe === undefined) return undefined;
        return (await sizes([keyframe])).has('640x360') ? keyframe : undefined;
      },
      10_000,
    );
    figure('smaller after RECONFIGURE', small.at - asked, 'ms');
    const from = performance.now() + 1000;
    await observe(5200);
    const after = bitrates(viewer.video, from);
    figure('before RECONFIGURE', before, 'kbit/s');
    figure('after RECONFIGURE to 300', after, 'kbit/s');
    expect(median(after)).toBeLessThan(450);
    expect(new Set(viewer.video.packets.map(({ ssrc }) => ssrc)).size).toBe(1);
    expect(viewer.video.lost).toBe(0);
    const times = viewer.pictures.map(({ timestamp }) => timestamp);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(await sizes([...viewer.pictures])).toEqual(new Set(['1280x720', '640x360']));
  });

  it('serves a small viewer from the smaller stream, without a process', async () => {
    using phone = await home.connectOnline('Pool');
    // That of another view may not have ended yet.
    const before = transcoders(home.hub).map(({ pid }) => pid);
    await using viewer = await Viewer.open(phone, { video: { width: 640, height: 360, bitrate: 500 } });
    const keyframe = await viewer.firstKeyframe();
    figure('detectSource: first whole keyframe', keyframe.at - viewer.askedAt, 'ms');
    await viewer.until('five more pictures', () => viewer.pictures[5]);
    expect(await sizes([...viewer.pictures])).toEqual(new Set(['640x360']));
    expect(transcoders(home.hub).filter(({ pid }) => !before.includes(pid))).toEqual([]);
    expect(await poolSmall.clients()).toMatchObject({ connected: 1 });
  });
});
