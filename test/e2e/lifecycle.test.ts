import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { footage } from '../peers/footage.js';
import { type RtspServer, startRtspServer } from '../peers/rtsp-server.js';
import { Controller, pair } from './harness/controller.js';
import { decodeVideo } from './harness/decode.js';
import { figure } from './harness/figures.js';
import { Home, online, SETUP_TIMEOUT } from './harness/home.js';
import { Hub } from './harness/hub.js';
import { fromKeyframe } from './harness/measure.js';
import { frameNumber } from './harness/scene.js';
import { observe, poll } from './harness/until.js';
import { Viewer } from './harness/viewer.js';

const SHUTDOWN = 4000;

describe('what lives and ends', () => {
  const stack = new AsyncDisposableStack();
  let front: RtspServer;
  let garage: RtspServer;

  beforeAll(async () => {
    front = stack.use(await startRtspServer({ file: await footage({ gop: 1 }) }));
    garage = stack.use(await startRtspServer({ file: await footage({ codec: 'hevc' }) }));
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  const cameras = (): { name: string; source: string }[] => [
    { name: 'Front', source: front.url() },
    { name: 'Garage', source: garage.url() },
  ];

  it.each([2, 1] as const)('runs in Homebridge %i, and leaves nothing behind after SIGTERM', async (homebridge) => {
    await using home = await Home.start(cameras(), { homebridge });
    using phone = await home.connectOnline('Front');
    using other = await home.connectOnline('Garage');
    await poll(
      'a real picture',
      async () => frameNumber((await phone.picture({ width: 640, height: 360 })).body),
      10_000,
    );
    await using copied = await Viewer.open(phone);
    await using transcoded = await Viewer.open(other, { video: { bitrate: 500 } });
    await Promise.all([copied.firstKeyframe(), transcoded.firstKeyframe()]);
    await copied.until('sound', () => copied.audio.packets[10]);
    const { frames, errors } = await decodeVideo(fromKeyframe([...copied.pictures]));
    expect(errors).toEqual([]);
    expect(frames.length).toBeGreaterThan(0);
    const { children, all } = await home.hub.stop();
    figure(`Homebridge ${homebridge}: children gone after SIGTERM`, children, 'ms');
    figure(`Homebridge ${homebridge}: gone after SIGTERM`, all, 'ms');
    expect(children).toBeLessThan(SHUTDOWN);
    // Homebridge 1 waits five seconds whatever its plugins do.
    expect(all).toBeLessThan(homebridge === 1 ? 8000 : SHUTDOWN);
    expect(home.hub.text).not.toMatch(/unhandled|uncaught|TypeError|ReferenceError/i);
    await poll('the cameras to be alone', async () => alone([front, garage]), 3000);
  });

  it('goes on after a restart, and after a new name, with the pairing that it had', async () => {
    const storage = mkdtempSync(join(tmpdir(), 'lookout-hub-'));
    try {
      const camera = { id: 'front', name: 'Front', source: front.url() };
      const first = await Hub.start({ storage, lookout: { cameras: [camera] } });
      const address = await first.accessory('Front');
      const keys = await pair(address);
      await first.stop();
      const second = await Hub.start({ storage, lookout: { cameras: [{ ...camera, name: 'Street side' }] } });
      try {
        const moved = await second.accessory('Street side');
        expect(moved.deviceId).toBe(address.deviceId);
        using phone = await Controller.connect(moved, keys);
        await online(phone, true);
        await using viewer = await Viewer.open(phone);
        await viewer.firstKeyframe();
      } finally {
        await second.kill();
      }
    } finally {
      rmSync(storage, { recursive: true, force: true });
    }
  });

  describe('a view', () => {
    let home: Home;

    beforeAll(async () => {
      home = await Home.start(cameras());
      for (const name of ['Front', 'Garage']) {
        using phone = await home.connectOnline(name);
        await poll(
          'a real picture',
          async () => frameNumber((await phone.picture({ width: 640, height: 360 })).body),
          10_000,
        );
      }
    });

    afterAll(() => home[Symbol.asyncDispose]());

    const commands = (): string[] => home.hub.children().map(({ command }) => command);
    /** What gives pictures, to detection and to whoever asks for one, stands by at any time. */
    const besides = (): string[] => commands().filter((command) => !/ -c:v (?:rawvideo|mjpeg) /.test(command));
    const onlyStanding = async (): Promise<void> => {
      await poll('nothing but the standing processes', () => (besides().length === 0 ? true : undefined), 5000);
      // Of two cameras with a codec each: for detection, for pictures, and for the previews of events.
      expect(commands().length).toBeLessThanOrEqual(6);
    };

    it('leaves only the standing processes when the last viewer has gone', async () => {
      using phone = await home.connectOnline('Front');
      using other = await home.connectOnline('Garage');
      const viewers = await Promise.all([
        Viewer.open(phone, { slot: 0 }),
        Viewer.open(phone, { slot: 1, video: { width: 320, height: 180 } }),
        Viewer.open(other, { slot: 0 }),
      ]);
      await Promise.all(viewers.map((viewer) => viewer.firstKeyframe()));
      const watched = commands();
      expect(besides().length).toBeGreaterThan(0);
      await Promise.all(viewers.map((viewer) => viewer.end()));
      const ended = performance.now();
      await onlyStanding();
      figure('processes while watched, afterwards', watched.length, `then ${commands().length}`);
      figure('only standing processes left after', performance.now() - ended, 'ms');
    });

    it('ends when the phone’s connection breaks', async () => {
      const phone = await home.connectOnline('Garage');
      const viewer = await Viewer.open(phone);
      await viewer.firstKeyframe();
      phone.close();
      await viewer.abandon();
      await onlyStanding();
      using again = await home.connectOnline('Garage');
      await using next = await Viewer.open(again, { slot: 0 });
      await next.firstKeyframe();
    });

    it('ends when its receiver has been silent for half a minute, with everything it owned', async () => {
      using phone = await home.connectOnline('Garage');
      await using viewer = await Viewer.open(phone);
      await viewer.firstKeyframe();
      await observe(1500);
      viewer.video.silence();
      viewer.audio.silence();
      const silent = performance.now();
      await poll('the end of the view', async () => ((await viewer.inUse()) ? undefined : true), 45_000, 250);
      const took = performance.now() - silent;
      figure('view ended after silence of', took, 'ms');
      expect(took).toBeGreaterThan(20_000);
      await onlyStanding();
      await viewer.video.drained();
      const last = viewer.video.packets.length;
      await observe(1000);
      await viewer.video.drained();
      expect(viewer.video.packets.length).toBe(last);
    }, 90_000);
  });
});

async function alone(servers: readonly RtspServer[]): Promise<true | undefined> {
  const clients = await Promise.all(servers.map((server) => server.clients()));
  return clients.every(({ connected }) => connected === 0) ? true : undefined;
}
