import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DISK } from '../../src/events/files.js';
import { openSqliteStore } from '../../src/events/sqlite/open.js';
import { smallDisk } from '../events/small-disk.js';
import { type RtspServer, startRtspServer } from '../peers/rtsp-server.js';
import { walkers } from '../peers/walkers.js';
import { clipFacts } from './harness/clips.js';
import { HAP } from './harness/controller.js';
import { decodeJpeg } from './harness/decode.js';
import { figure } from './harness/figures.js';
import { Home, online, SETUP_TIMEOUT } from './harness/home.js';
import type { Hub } from './harness/hub.js';
import { eventsOf, fileOf, keptEvent, readOf } from './harness/kept.js';
import { MotionLog } from './harness/motion-log.js';
import { poll } from './harness/until.js';

/** Somebody crosses the picture every 20 s, in 6 s. */
const WALK = { every: 20, seconds: 40, audio: false } as const;
const SMALL = { ...WALK, width: 640, height: 360, gop: 1 } as const;
const EVENT = 90_000;
const HOLD = 3;

const count = (hub: Hub, pattern: RegExp): number => hub.log.filter(({ text }) => pattern.test(text)).length;

async function motionOf(home: Home, camera: string): Promise<MotionLog> {
  using phone = await home.connectOnline(camera);
  return await MotionLog.open(home, camera, phone.find(HAP.motionSensor, HAP.motionDetected).iid);
}

describe('detection in trouble', () => {
  const stack = new AsyncDisposableStack();
  let small: string;
  let front: RtspServer;
  let main: RtspServer;
  let sub: RtspServer;
  let home: Home;

  beforeAll(async () => {
    small = await walkers(SMALL);
    const large = await walkers(WALK);
    front = stack.use(await startRtspServer({ file: small }));
    [main, sub] = await Promise.all([startRtspServer({ file: large }), startRtspServer({ file: small })]);
    stack.use(main);
    stack.use(sub);
    home = stack.use(
      await Home.start([
        { name: 'Front', source: front.url(), detect: { hold: HOLD } },
        { name: 'Yard', source: main.url(), detectSource: sub.url(), detect: { hold: HOLD } },
      ]),
    );
    for (const name of ['Front', 'Yard']) (await home.connectOnline(name)).close();
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  it(
    'looks at the smaller stream, keeps the main one, and does without the smaller one',
    async () => {
      await home.hub.waitFor(/Yard: Motion is looked for in the smaller stream/);
      const event = await keptEvent(home.hub, 'yard', () => true, EVENT);
      const { coding, complaints } = await clipFacts(fileOf(home.hub, event, 'clip'));
      expect(complaints).toBe('');
      expect(coding).toEqual((await clipFacts(await walkers(WALK))).coding);
      expect((await decodeJpeg(readOf(home.hub, event, 'picture'))).frames).toMatchObject([{ width: 1280 }]);
      await sub.stop();
      await home.hub.waitFor(/Yard: The smaller stream is away: motion is looked for in the main stream/);
      using phone = await home.connectOnline('Yard');
      using motion = await motionOf(home, 'Yard');
      const on = await motion.change(true, Date.now(), EVENT);
      await keptEvent(home.hub, 'yard', ({ start, end }) => start <= on && on <= end + HOLD * 1000, EVENT);
      expect(Number(await phone.get(phone.find(HAP.motionSensor, HAP.statusActive).iid))).toBe(1);
    },
    3 * EVENT,
  );

  it(
    'goes on when every ffmpeg was killed, and says so once',
    async () => {
      using motion = await motionOf(home, 'Front');
      const from = home.hub.log.length;
      home.hub.killChildren();
      const killed = performance.now();
      await home.hub.waitFor(
        /Front: nothing is detected for now: ffmpeg, which decodes what is looked at/,
        30_000,
        from,
      );
      const { at } = await home.hub.waitFor(/Front: detection goes on/, 30_000, from);
      figure('detection goes on after its decoder was killed', at - killed, 'ms');
      await motion.change(true, Date.now(), EVENT);
      const said = home.hub.log.slice(from).filter(({ text }) => /Front: nothing is detected .* has ended/.test(text));
      expect(said).toHaveLength(1);
    },
    2 * EVENT,
  );

  it(
    'ends an event in whose middle the camera dies, and sees the next when it is back',
    async () => {
      using motion = await motionOf(home, 'Front');
      using phone = await home.connectOnline('Front');
      const off = await motion.change(false, 0, EVENT);
      const on = await motion.change(true, off, EVENT);
      await front.stop();
      const died = Date.now();
      figure('StatusActive false after the camera died', await online(phone, false), 'ms');
      figure('motion off after the camera died', (await motion.change(false, on, EVENT)) - died, 'ms');
      expect(Number(await phone.get(phone.find(HAP.motionSensor, HAP.motionDetected).iid))).toBe(0);
      const event = await keptEvent(home.hub, 'front', ({ start }) => start > off && start <= on, EVENT);
      expect(event.state).toBe('ended');
      expect(event.end).toBeLessThanOrEqual(died + 1000);
      const { complaints, checksums } = await clipFacts(fileOf(home.hub, event, 'clip'));
      expect(complaints).toBe('');
      expect(checksums.length).toBeGreaterThan(20);
      front = stack.use(await startRtspServer({ file: small, port: front.port }));
      const back = Date.now();
      await online(phone, true, 40_000);
      await motion.change(true, back, EVENT);
      expect(home.hub.text).not.toMatch(/unhandled|uncaught|TypeError|ReferenceError/i);
    },
    4 * EVENT,
  );
});

describe('a hub that cannot keep what it sees', () => {
  const stack = new AsyncDisposableStack();
  let camera: RtspServer;

  beforeAll(async () => {
    camera = stack.use(await startRtspServer({ file: await walkers(SMALL) }));
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  const cameras = () => [{ name: 'Shed', source: camera.url(), detect: { hold: HOLD } }];

  it(
    'starts at once and alerts where another process has the store, and says so once',
    async () => {
      using disk = smallDisk(64 * 2 ** 20);
      const folder = join(disk.folder, 'lookout');
      mkdirSync(folder);
      const owner = await openSqliteStore({ folder, role: 'owner' });
      try {
        await using home = await Home.start(cameras(), { storage: disk.folder });
        using motion = await motionOf(home, 'Shed');
        figure('camera online with a locked store', performance.now() - home.hub.startedAt, 'ms');
        await home.hub.waitFor(/Events are not kept: Lookout is running and has the events/);
        const on = await motion.change(true, Date.now(), EVENT);
        await motion.change(false, on, EVENT);
        expect(count(home.hub, /Events are not kept/)).toBe(1);
        expect(home.hub.text).not.toMatch(/unhandled|uncaught|TypeError|ReferenceError|written down/i);
        expect(await owner.count()).toBe(0);
      } finally {
        await owner.close();
      }
    },
    3 * EVENT,
  );

  it(
    'stops keeping clips when the disk fills up, then pictures, and detects all the while',
    async () => {
      using disk = smallDisk(700 * 2 ** 20);
      // Where nothing can be mounted there is only a disk for tests within this process.
      if (disk.files !== DISK) return;
      await using home = await Home.start(cameras(), { storage: disk.folder });
      using motion = await motionOf(home, 'Shed');
      expect((await keptEvent(home.hub, 'shed', () => true, EVENT)).media.clip).toBeDefined();
      // One file, so that all of it is gone at once.
      const fill = join(disk.folder, 'filled');
      execFileSync('fallocate', ['-l', '200M', fill]);
      let since = Date.now();
      const cut = await poll(
        'an event without a clip',
        async () => (await eventsOf(home.hub)).find(({ start, state }) => start > since && state === 'ended'),
        EVENT,
        500,
      );
      await home.hub.waitFor(/The disk is nearly full: clips are not kept until there is room/);
      expect(cut.media.clip).toBeUndefined();
      execFileSync('sh', ['-c', 'fallocate -l 680M "$1"; cat /dev/zero >> "$1" 2>/dev/null || true', '-', fill]);
      since = Date.now();
      const on = await motion.change(true, since, EVENT);
      await motion.change(false, on, EVENT);
      await home.hub.waitFor(/The disk is full: neither clips nor pictures are kept/);
      rmSync(fill);
      since = Date.now();
      const again = await keptEvent(home.hub, 'shed', ({ start }) => start > since, 3 * EVENT);
      expect(again.state).toBe('ended');
      for (const said of [/nearly full/, /The disk is full/, /The disk has room again/])
        expect(count(home.hub, said)).toBe(1);
      expect(count(home.hub, /cannot be written down/)).toBeLessThanOrEqual(1);
      expect(home.hub.text).not.toMatch(/unhandled|uncaught|TypeError|ReferenceError/i);
      expect(existsSync(fileOf(home.hub, again, 'clip'))).toBe(true);
      await home.hub.stop();
    },
    8 * EVENT,
  );
});
