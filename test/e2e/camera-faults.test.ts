import { footage } from '../peers/footage.js';
import { type RtspServer, startRtspServer } from '../peers/rtsp-server.js';
import { HAP } from './harness/controller.js';
import { decodeVideo } from './harness/decode.js';
import { figure } from './harness/figures.js';
import { Home, online, SETUP_TIMEOUT } from './harness/home.js';
import { fromKeyframe } from './harness/measure.js';
import { frameNumber } from './harness/scene.js';
import { observe, poll } from './harness/until.js';
import { Viewer } from './harness/viewer.js';

/** How long a camera takes to start anew at the least, ms; viewers wait for 20 s. */
const OUTAGE = 5000;

describe('a camera in trouble', () => {
  const stack = new AsyncDisposableStack();
  let home: Home;
  let front: RtspServer;

  beforeAll(async () => {
    front = stack.use(await startRtspServer({ file: await footage({ gop: 1 }) }));
    const garage = stack.use(await startRtspServer({ file: await footage({ codec: 'hevc' }) }));
    home = stack.use(
      await Home.start([
        { name: 'Front', source: front.url() },
        { name: 'Garage', source: garage.url() },
      ]),
    );
    for (const name of ['Front', 'Garage']) (await home.connectOnline(name)).close();
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  it('goes on in the same session when it was killed and has come back', async () => {
    using phone = await home.connectOnline('Front');
    const active = phone.find(HAP.motionSensor, HAP.statusActive).iid;
    const fault = phone.find(HAP.motionSensor, HAP.statusFault).iid;
    using told = await home.listen('Front', [active, fault]);
    await using viewer = await Viewer.open(phone);
    await viewer.firstKeyframe();
    await front.stop();
    const died = performance.now();
    figure('StatusActive false after the camera died', await online(phone, false), 'ms');
    await poll('a fault', async () => ((await phone.get(fault)) === 1 ? true : undefined), 15_000);
    await observe(OUTAGE);
    front = stack.use(await startRtspServer({ file: await footage({ gop: 1 }), port: front.port }));
    const back = performance.now();
    const keyframe = await viewer.nextKeyframe(back, 20_000);
    figure('camera was away for', back - died, 'ms');
    figure('picture after the camera came back', keyframe.at - back, 'ms');
    await viewer.until('ten more pictures', () => viewer.pictures.findLast(({ at }) => at > keyframe.at + 500));
    await online(phone, true);
    await poll('no fault', async () => ((await phone.get(fault)) === 0 ? true : undefined), 5000);
    expect(new Set(viewer.video.packets.map(({ ssrc }) => ssrc)).size).toBe(1);
    expect(viewer.video.lost).toBe(0);
    const resumed = viewer.pictures.filter(({ at }) => at >= keyframe.at);
    const { frames, errors } = await decodeVideo(resumed);
    expect(errors).toEqual([]);
    expect(frames).toHaveLength(resumed.length);
    const times = viewer.pictures.map(({ timestamp }) => timestamp);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    await told.changes.until(
      'events of the sensor',
      () => {
        const values = told.events.filter(({ iid }) => iid === active).map(({ value }) => Boolean(value));
        return values.includes(false) && values.at(-1) === true ? true : undefined;
      },
      5000,
    );
  });

  it('is connected to again when it stalls', async () => {
    using phone = await home.connectOnline('Front');
    await using viewer = await Viewer.open(phone);
    await viewer.firstKeyframe();
    const { total } = await front.clients();
    await front.stall();
    figure('StatusActive false after the camera stalled', await online(phone, false), 'ms');
    await front.resume();
    const back = performance.now();
    const keyframe = await viewer.nextKeyframe(back, 20_000);
    figure('picture after the stall', keyframe.at - back, 'ms');
    await online(phone, true);
    const { total: after, connected } = await front.clients();
    expect(after).toBeGreaterThan(total);
    expect(connected).toBe(1);
  });

  it('may change its size under a viewer', async () => {
    using phone = await home.connectOnline('Front');
    await using viewer = await Viewer.open(phone);
    await viewer.firstKeyframe();
    await front.switch(await footage({ gop: 1, width: 640, height: 360, bitrate: 400_000 }));
    const changed = await poll(
      'a picture of the new size',
      async () => {
        const keyframe = viewer.pictures.findLast((picture) => picture.keyframe);
        if (keyframe === undefined) return undefined;
        const [frame] = (await decodeVideo([keyframe])).frames;
        return frame?.width === 640 ? keyframe : undefined;
      },
      20_000,
      500,
    );
    await viewer.until('more pictures', () => viewer.pictures.findLast(({ at }) => at > changed.at + 1000));
    const { errors } = await decodeVideo(fromKeyframe(viewer.pictures.filter(({ at }) => at >= changed.at)));
    expect(errors).toEqual([]);
    await poll('a picture', async () => frameNumber((await phone.picture({ width: 640, height: 360 })).body), 10_000);
    await front.switch(await footage({ gop: 1 }));
  });

  it('loses no viewer when an ffmpeg is killed', async () => {
    using phone = await home.connectOnline('Garage');
    await using viewer = await Viewer.open(phone, { video: { bitrate: 800 } });
    await viewer.firstKeyframe();
    await observe(500);
    expect(home.hub.killChildren().length).toBeGreaterThan(0);
    const killed = performance.now();
    const keyframe = await viewer.nextKeyframe(killed, 15_000);
    figure('picture after every ffmpeg was killed', keyframe.at - killed, 'ms');
    expect(keyframe.at - killed).toBeLessThan(10_000);
    await viewer.until('sound', () => viewer.audio.packets.findLast(({ at }) => at > killed + 1000));
    const tile = await poll(
      'a real picture',
      async () => {
        const { body } = await phone.picture({ width: 640, height: 360 });
        return (await frameNumber(body)) === undefined ? undefined : body;
      },
      10_000,
    );
    expect(tile.length).toBeGreaterThan(0);
    const { errors } = await decodeVideo(fromKeyframe(viewer.pictures.filter(({ at }) => at >= keyframe.at)));
    expect(errors).toEqual([]);
  });
});
