import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PairingData } from 'hap-controller/lib/protocol/pairing-protocol.js';
import { type RtspServer, startRtspServer } from '../peers/rtsp-server.js';
import { walkers } from '../peers/walkers.js';
import { clipFacts } from './harness/clips.js';
import { Controller, HAP, pair } from './harness/controller.js';
import { figure } from './harness/figures.js';
import { online, SETUP_TIMEOUT } from './harness/home.js';
import { Hub } from './harness/hub.js';
import { eventsOf, fileOf, keptEvent, lookout } from './harness/kept.js';
import { observe, poll } from './harness/until.js';

/** Somebody is seen for 6 s, every 12 s: something is always just beginning, going on, or being finished. */
const WALK = { width: 640, height: 360, every: 12, seconds: 48, audio: false } as const;
/** The store's own test has fifty. */
const CUTS = 6;
/** Of which moment of an event, and of what is made of it after its end, chance decides, ms. */
const WITHIN = 11_000;
const EVENT = 60_000;

describe('a hub that is stopped in the middle of an event', () => {
  const stack = new AsyncDisposableStack();
  let camera: RtspServer;
  let storage: string;
  let keys: PairingData | undefined;

  beforeAll(async () => {
    camera = stack.use(await startRtspServer({ file: await walkers(WALK) }));
    storage = stack.adopt(mkdtempSync(join(tmpdir(), 'lookout-hub-')), (folder) => {
      rmSync(folder, { recursive: true, force: true });
    });
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  /** A hub that has just seen somebody come. */
  async function hubWithEvent(): Promise<Hub> {
    const hub = await Hub.start({ storage, lookout: { cameras: [{ name: 'Path', source: camera.url() }] } });
    try {
      const address = await hub.accessory('Path');
      keys ??= await pair(address);
      using phone = await Controller.connect(address, keys);
      await online(phone, true);
      const { iid } = phone.find(HAP.motionSensor, HAP.motionDetected);
      await poll('motion', async () => (Number(await phone.get(iid)) === 1 ? true : undefined), EVENT, 100);
    } catch (error) {
      await hub.kill();
      throw error;
    }
    return hub;
  }

  it(
    `loses at most that event when it is killed, ${CUTS} times; the start mends the rest`,
    async () => {
      let cuts = 0;
      for (; cuts < CUTS; cuts++) {
        const hub = await hubWithEvent();
        await observe(Math.random() * WITHIN);
        await hub.kill();
        expect(hub.text).not.toMatch(/unhandled|uncaught|TypeError|ReferenceError|was damaged/i);
        // What one cut leaves is mended from the command line, what the next leaves by the next start.
        if (cuts % 2 === 0) expect(await lookout({ storage }, 'check', '--repair')).toMatchObject({ code: 0, err: '' });
        const interrupted = (await eventsOf({ storage })).filter(({ state }) => state !== 'ended');
        expect(interrupted.length).toBeLessThanOrEqual(cuts + 1);
      }
      const last = await hubWithEvent();
      const since = (await eventsOf({ storage }))[0]?.start ?? 0;
      await keptEvent(last, 'path', ({ start, state }) => start >= since && state === 'ended', EVENT);
      await last.stop();
      const check = await lookout({ storage }, 'check', '--repair', '--json');
      expect(check.code).toBe(0);
      expect(JSON.parse(check.out.trim().split('\n').at(-1) ?? '')).toMatchObject({ problems: {}, open: 0 });
      const events = await eventsOf({ storage });
      const states = events.map(({ state }) => state);
      expect(states.filter((state) => state !== 'ended' && state !== 'interrupted')).toEqual([]);
      expect(states.filter((state) => state === 'interrupted').length).toBeLessThanOrEqual(CUTS + 1);
      figure(
        'events after all cuts',
        events.length,
        `of which ${states.filter((s) => s === 'interrupted').length} cut`,
      );
      for (const event of events.filter(({ media }) => media.clip !== undefined)) {
        const { complaints, checksums } = await clipFacts(fileOf({ storage }, event, 'clip'));
        expect(complaints).toBe('');
        expect(checksums.length).toBeGreaterThan(0);
      }
    },
    (CUTS + 2) * (EVENT + WITHIN),
  );

  it(
    'keeps what it has of it when it is asked to stop, and leaves no process and no connection',
    async () => {
      const hub = await hubWithEvent();
      const { id } = await poll(
        'an event that goes on, with its picture',
        async () =>
          (await eventsOf({ storage })).find(({ state, media }) => state === 'ongoing' && media.picture !== undefined),
        EVENT,
        200,
      );
      const { children } = await hub.stop();
      figure('children gone after SIGTERM, with an event', children, 'ms');
      expect(hub.text).not.toMatch(/unhandled|uncaught|TypeError|ReferenceError/i);
      await poll(
        'the camera to be alone',
        async () => ((await camera.clients()).connected === 0 ? true : undefined),
        3000,
      );
      const event = (await eventsOf({ storage })).find((one) => one.id === id);
      expect(event).toMatchObject({ state: 'interrupted', media: { clip: {}, picture: {} } });
      if (event === undefined) return;
      expect((await clipFacts(fileOf({ storage }, event, 'clip'))).complaints).toBe('');
      const check = await lookout({ storage }, 'check', '--repair', '--json');
      expect(JSON.parse(check.out.trim().split('\n').at(-1) ?? '')).toMatchObject({
        problems: {},
        open: 0,
        mended: [],
      });
    },
    2 * EVENT + 60_000,
  );
});
