import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RtspServer, startRtspServer } from '../peers/rtsp-server.js';
import { walkers } from '../peers/walkers.js';
import { type Controller, HAP } from './harness/controller.js';
import { figure } from './harness/figures.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import { eventsOf, type KeptEvent, keptEvent, lookout } from './harness/kept.js';
import { MotionLog } from './harness/motion-log.js';
import { poll } from './harness/until.js';

const TYPE = { switch: '49', on: '25', configuredName: 'E3', active: '21B' } as const;
/** Somebody walks by every 25 s, in 6 s. */
const WALK = { width: 640, height: 360, every: 25, seconds: 50, audio: false } as const;
/** Nobody ever does. */
const EMPTY = { width: 640, height: 360, first: 1000, seconds: 20, audio: false } as const;
const EVENT = 90_000;
/** Until a candidate has its reason, ms. */
const LOOKED = 30_000;

type Vouched = KeptEvent & { readonly agreement: readonly string[] };

const eventOf = async (home: Home, camera: string): Promise<Vouched[]> =>
  (await eventsOf(home.hub, camera)) as Vouched[];

describe('HomeKit’s switch Motion Trigger', () => {
  const stack = new AsyncDisposableStack();
  let path: RtspServer;
  let empty: RtspServer;
  let home: Home;

  beforeAll(async () => {
    path = stack.use(await startRtspServer({ file: await walkers(WALK) }));
    empty = stack.use(await startRtspServer({ file: await walkers(EMPTY) }));
    const storage = stack.adopt(mkdtempSync(join(tmpdir(), 'lookout-hub-')), (folder) => {
      rmSync(folder, { recursive: true, force: true });
    });
    const detect = { hold: 1 };
    home = await Home.start(
      [
        { name: 'Path', source: path.url(), detect, homekit: { triggerSwitch: true } },
        { name: 'Cellar', source: empty.url(), detect, homekit: { triggerSwitch: true } },
        { name: 'Attic', source: empty.url(), detect, homekit: { triggerSwitch: true, trust: true } },
        { name: 'Shed', source: empty.url(), detect },
      ],
      { storage },
    );
    stack.use(home);
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  const names = (phone: Controller): unknown[] =>
    phone.services(TYPE.switch).map((service) => phone.characteristic(service, TYPE.configuredName).value);

  const triggerOf = (phone: Controller): number => phone.find(TYPE.switch, TYPE.on).iid;

  const goesOff = (phone: Controller): Promise<true> =>
    poll('that it is off', async () => (Number(await phone.get(triggerOf(phone))) === 0 ? true : undefined), 5000, 50);

  it('is there where the settings ask for it', async () => {
    for (const [camera, switches] of [
      ['Path', ['Path Motion Trigger']],
      ['Shed', []],
    ] as const) {
      using phone = await home.connect(camera);
      expect(names(phone)).toEqual(switches);
    }
  });

  it(
    'agrees with what the hub sees, in one event',
    async () => {
      using phone = await home.connectOnline('Path');
      using motion = await MotionLog.open(home, 'Path', phone.find(HAP.motionSensor, HAP.motionDetected).iid);
      const on = await motion.change(true, Date.now(), EVENT);
      await phone.put(triggerOf(phone), true);
      await goesOff(phone);
      // The one of this walk, wherever it was when the motion was known: they are 25 s apart.
      const isOfWalk = ({ start }: { readonly start: number }): boolean => start <= on && start > on - 15_000;
      const kept = await keptEvent(home.hub, 'path', isOfWalk);
      expect(kept).toMatchObject({ source: 'hub', agreement: ['homekit'], state: 'ended' });
      const same = (await eventOf(home, 'path')).filter((each) => isOfWalk(each) || Math.abs(each.start - on) <= 1000);
      expect(same.map(({ id }) => id)).toEqual([kept.id]);
    },
    2 * EVENT,
  );

  it('makes the hub look where nobody is, which says that there is nothing', async () => {
    using phone = await home.connectOnline('Cellar');
    using motion = await MotionLog.open(home, 'Cellar', phone.find(HAP.motionSensor, HAP.motionDetected).iid);
    const rejected = async (): Promise<number> => {
      const { out } = await lookout(home.hub, 'events', 'rejected', '--json', '--camera', 'cellar');
      return Object.values(JSON.parse(out) as Record<string, number>).reduce((sum, n) => sum + n, 0);
    };
    const before = await rejected();
    await phone.put(triggerOf(phone), true);
    await goesOff(phone);
    await poll('a reason', async () => ((await rejected()) > before ? true : undefined), LOOKED, 500);
    expect([motion.all.filter(({ on }) => on), await eventOf(home, 'cellar')]).toEqual([[], []]);
  });

  it('is an event for as long as it is on, where it is trusted', async () => {
    using phone = await home.connectOnline('Attic');
    using motion = await MotionLog.open(home, 'Attic', phone.find(HAP.motionSensor, HAP.motionDetected).iid);
    const since = Date.now();
    await phone.put(triggerOf(phone), true);
    const on = await motion.change(true, since, 5000);
    figure('from a switch that is turned on to MotionDetected', on - since, 'ms');
    expect(Number(await phone.get(triggerOf(phone)))).toBe(1);
    // HomeKit is told first, and then it is written down.
    await poll('the event', async () => (await eventOf(home, 'attic'))[0], 10_000);
    expect(await eventOf(home, 'attic')).toMatchObject([{ state: 'ongoing' }]);
    await phone.put(triggerOf(phone), false);
    await motion.change(false, on, 20_000);
    const ended = async () => (await eventOf(home, 'attic')).find(({ state }) => state === 'ended');
    expect(await poll('its end', ended, 10_000)).toMatchObject({
      ...{ source: 'homekit', agreement: [], category: 'motion' },
    });
  });

  it('does nothing while the camera is off', async () => {
    using phone = await home.connectOnline('Attic');
    const before = (await eventOf(home, 'attic')).map(({ id }) => id);
    const active = phone.find(HAP.cameraOperatingMode, TYPE.active).iid;
    await phone.put(active, 0);
    await expect(phone.put(triggerOf(phone), true)).rejects.toThrow('-70402');
    await home.hub.waitFor(
      /Attic: its switch Motion Trigger was turned on, and does nothing while the camera is off\./,
    );
    expect((await eventOf(home, 'attic')).map(({ id }) => id)).toEqual(before);
    await poll(
      'that it responds',
      () =>
        phone.get(triggerOf(phone)).then(
          () => true as const,
          () => undefined,
        ),
      5000,
      50,
    );
    await phone.put(active, 1);
  });

  it('is gone when the settings ask for it no more', async () => {
    await using later = await home.restarted([
      { name: 'Path', source: path.url(), homekit: { triggerSwitch: false, trust: true } },
      { name: 'Attic', source: empty.url() },
    ]);
    for (const camera of ['Path', 'Attic']) {
      using phone = await later.connect(camera);
      expect(names(phone)).toEqual([]);
    }
  });
});
