import { footage } from '../peers/footage.js';
import { type RtspServer, startRtspServer } from '../peers/rtsp-server.js';
import type { AccessUnit } from './harness/access-units.js';
import { decodeVideo } from './harness/decode.js';
import { figure, median } from './harness/figures.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import {
  fromKeyframe,
  largestPayload,
  livePictures,
  reportIntervals,
  secondsOf,
  timestampSteps,
} from './harness/measure.js';
import { AUDIO_PAYLOAD_TYPE, VIDEO_PAYLOAD_TYPE } from './harness/stream-messages.js';
import { transcoders } from './harness/transcoders.js';
import { observe, poll } from './harness/until.js';
import { Viewer } from './harness/viewer.js';

/** RTP payload that arrives everywhere (notes: HomeKit's own MTU is larger than what works). */
const LARGEST_PAYLOAD = 1200;
const FPS = 20;

const isSame = (one: AccessUnit, other: AccessUnit | undefined): boolean =>
  other?.units.at(-1) !== undefined && one.units.at(-1)?.equals(other.units.at(-1) ?? Buffer.alloc(0)) === true;

describe('a live view of a camera whose H.264 is copied', () => {
  const stack = new AsyncDisposableStack();
  let home: Home;
  /** Keyframes every second, and every ten. */
  let gate: RtspServer;
  let yard: RtspServer;

  beforeAll(async () => {
    gate = stack.use(await startRtspServer({ file: await footage({ gop: 1, fps: FPS }) }));
    yard = stack.use(await startRtspServer({ file: await footage({ gop: 10, fps: FPS }) }));
    home = stack.use(
      await Home.start([
        { name: 'Gate', source: gate.url() },
        { name: 'Yard', source: yard.url() },
      ]),
    );
    for (const name of ['Gate', 'Yard']) await keyframeInMemory(name);
  }, SETUP_TIMEOUT);

  /** A camera that was just connected to sends its first keyframe up to a GOP later. */
  async function keyframeInMemory(name: string): Promise<void> {
    using phone = await home.connectOnline(name);
    await using viewer = await Viewer.open(phone);
    await viewer.firstKeyframe();
  }

  afterAll(() => stack.disposeAsync());

  it.each(['Gate', 'Yard'])('of the %s begins with a whole keyframe at once', async (name) => {
    using phone = await home.connectOnline(name);
    const took: number[] = [];
    for (let round = 0; round < 5; round++) {
      await using viewer = await Viewer.open(phone);
      const keyframe = await viewer.firstKeyframe();
      took.push(keyframe.at - viewer.askedAt);
      expect(viewer.pictures[0]).toBe(keyframe);
      expect(transcoders(home.hub)).toEqual([]);
    }
    figure(`${name}: first whole keyframe`, took, 'ms');
    expect(median(took)).toBeLessThan(1200);
  });

  it('decodes without an error, at the camera’s own size and rate, in small packets with reports', async () => {
    using phone = await home.connectOnline('Gate');
    await using viewer = await Viewer.open(phone);
    await viewer.firstKeyframe();
    const fiveSeconds = () => (secondsOf(livePictures(viewer)) >= 5 ? livePictures(viewer) : undefined);
    const live = await viewer.until('five seconds of pictures', fiveSeconds, 30_000);
    const enough = () => (viewer.video.reports.length > 5 && viewer.audio.reports.length > 5 ? true : undefined);
    await viewer.until('six reports of each', enough);
    const pictures = fromKeyframe([...viewer.pictures]);
    const { frames, errors } = await decodeVideo(pictures);
    expect(errors).toEqual([]);
    expect(frames).toHaveLength(pictures.length);
    expect(pictures.every(({ whole }) => whole)).toBe(true);
    expect(new Set(frames.map(({ width, height }) => `${width}x${height}`))).toEqual(new Set(['1280x720']));
    expect(Math.abs((live.length - 1) / secondsOf(live) - FPS)).toBeLessThan(FPS / 4);

    const { video, audio, answered, offered } = viewer;
    figure('largest RTP payload', largestPayload(video), 'bytes');
    expect(largestPayload(video)).toBeLessThanOrEqual(LARGEST_PAYLOAD);
    expect([video.lost, audio.lost]).toEqual([0, 0]);
    expect([...video.refused, ...audio.refused]).toEqual([]);
    expect([...new Set(video.packets.map((packet) => packet.payloadType))]).toEqual([VIDEO_PAYLOAD_TYPE]);
    expect([...new Set(audio.packets.map((packet) => packet.payloadType))]).toEqual([AUDIO_PAYLOAD_TYPE]);
    expect([...new Set(video.packets.map((packet) => packet.ssrc))]).toEqual([answered.video.ssrc]);
    expect([...new Set(audio.packets.map((packet) => packet.ssrc))]).toEqual([answered.audio.ssrc]);
    expect([...video.from, ...audio.from]).toEqual([answered.video.port, answered.audio.port]);
    expect([answered.video.key, answered.video.salt]).toEqual([offered.video.key, offered.video.salt]);
    expect(Math.min(...timestampSteps(video))).toBeGreaterThanOrEqual(0);

    const intervals = reportIntervals(video);
    figure('between sender reports of the video', intervals, 'ms');
    expect(median(intervals)).toBeGreaterThan(400);
    expect(median(intervals)).toBeLessThan(1000);
    const report = video.reports.at(-1);
    const sent = video.packets.filter(({ at }) => at <= (report?.at ?? 0)).length;
    expect(Math.abs((report?.packets ?? 0) - sent)).toBeLessThan(50);
  });

  it('is shown on two devices at once while the camera sees one connection', async () => {
    using phone = await home.connectOnline('Yard');
    using tablet = await home.connectOnline('Yard');
    const viewers = await Promise.all([Viewer.open(phone, { slot: 0 }), Viewer.open(tablet, { slot: 1 })]);
    await using first = viewers[0];
    await using second = viewers[1];
    const [one, two] = await Promise.all([first.firstKeyframe(), second.firstKeyframe()]);
    figure('first whole keyframe, two at once', [one.at - first.askedAt, two.at - second.askedAt], 'ms');
    await observe(2000);
    const last = await first.until('a few pictures', () => first.pictures.at(-5));
    const same = await second.until('one of them', () => second.pictures.find((picture) => isSame(picture, last)));
    figure('one picture at both', Math.abs(same.at - last.at), 'ms apart');
    expect(await yard.clients()).toMatchObject({ connected: 1, playing: 1 });
    for (const viewer of [first, second]) {
      await viewer.until('a second of pictures', () => viewer.pictures[FPS]);
      const { frames, errors } = await decodeVideo(fromKeyframe([...viewer.pictures]));
      expect(errors).toEqual([]);
      expect(frames.length).toBeGreaterThan(FPS);
    }
  });

  it.each(['pli', 'fir'] as const)('answers a %s with a keyframe, long before the camera’s next', async (request) => {
    using phone = await home.connectOnline('Yard');
    await using viewer = await Viewer.open(phone);
    await viewer.firstKeyframe();
    await viewer.until('ten more pictures', () => viewer.pictures[10]);
    const asked = performance.now();
    viewer.video.requestKeyframe(request);
    // No other than before: that of the memory, which the camera itself does not send again for as long as its clip lasts.
    const again = ({ keyframe, firstAt }: AccessUnit, nth: number, all: readonly AccessUnit[]): boolean =>
      keyframe && firstAt >= asked && all.slice(0, nth).some((earlier) => isSame(earlier, all[nth]));
    const keyframe = await viewer.until('a keyframe for a second time', () => viewer.pictures.find(again));
    figure(`keyframe after a ${request}`, keyframe.at - asked, 'ms');
    await viewer.until('pictures after it', () => viewer.pictures.findLast(({ at }) => at > keyframe.at + 500));
    const { frames, errors } = await decodeVideo(fromKeyframe([...viewer.pictures]));
    expect(errors).toEqual([]);
    expect(frames.filter((frame) => frame.keyframe).length).toBeGreaterThanOrEqual(2);
  });

  it('is there for eight viewers on two devices; a slot that is taken says so', async () => {
    using phone = await home.connectOnline('Gate');
    using tablet = await home.connectOnline('Gate');
    const viewers: Viewer[] = [];
    try {
      for (let slot = 0; slot < 8; slot++) viewers.push(await Viewer.open(slot % 2 === 0 ? phone : tablet, { slot }));
      const keyframes = await Promise.all(viewers.map((viewer) => viewer.firstKeyframe()));
      figure(
        'first whole keyframe of eight',
        keyframes.map(({ at }, index) => at - (viewers[index]?.askedAt ?? 0)),
        'ms',
      );
      await observe(3000);
      for (const viewer of viewers) {
        await viewer.until('two seconds of pictures', () => viewer.pictures[2 * FPS]);
        expect(viewer.video.lost).toBe(0);
      }
      const { errors } = await decodeVideo(fromKeyframe([...(viewers[7]?.pictures ?? [])]));
      expect(errors).toEqual([]);
      expect(await gate.clients()).toMatchObject({ connected: 1 });
      await expect(Viewer.open(phone, { slot: 0 })).rejects.toThrow('busy');
    } finally {
      await Promise.all(viewers.map((viewer) => viewer[Symbol.asyncDispose]()));
    }
    await poll('the slots to be free', async () => ((await viewers[7]?.inUse()) === false ? true : undefined), 5000);
  });
});
