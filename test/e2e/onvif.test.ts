import { ask } from '../../src/control/client.js';
import { type CameraStatus, statusSchema } from '../../src/control/messages.js';
import { join } from 'node:path';
import { footage } from '../peers/footage.js';
import { OnvifCamera, type OnvifCameraOptions, USERNAME } from '../peers/onvif-camera.js';
import { type RtspServer, startRtspServer } from '../peers/rtsp-server.js';
import { walkers } from '../peers/walkers.js';
import { type Controller, HAP } from './harness/controller.js';
import { figure } from './harness/figures.js';
import { Home, online, SETUP_TIMEOUT } from './harness/home.js';
import { eventsOf, lookout } from './harness/kept.js';
import { MotionLog } from './harness/motion-log.js';
import { frameNumber } from './harness/scene.js';
import { poll } from './harness/until.js';

const PRESSED = '73';
const SWITCH = '49';
const ON = '25';
const CONFIGURED_NAME = 'E3';
const ACTIVE = '21B';
const NIGHT_VISION = '11B';
const TILE = { width: 640, height: 360 };
/** What the promise allows, ms. */
const GONE = 2000;
/** Until the hub has looked at a moment and says what it was, ms. */
const LOOKED = 20_000;

/** An ONVIF camera with its two streams. */
interface Scene {
  readonly camera: OnvifCamera;
  readonly main: RtspServer;
  readonly sub: RtspServer;
  /** What the camera says of where they are. */
  readonly rtsp: { main: string; sub: string };
}

async function scene(stack: AsyncDisposableStack, file: string, options: OnvifCameraOptions = {}): Promise<Scene> {
  const login = { user: USERNAME, password: options.password ?? 'p@ss <w#rd>' };
  const main = stack.use(await startRtspServer({ file, ...login }));
  const sub = stack.use(await startRtspServer({ file, ...login, path: '/sub' }));
  const rtsp = { main: main.url({ credentials: false }), sub: sub.url({ credentials: false }) };
  return { camera: stack.use(await OnvifCamera.start({ ...options, rtsp })), main, sub, rtsp };
}

const sourceOf = ({ port, password }: OnvifCamera): string =>
  `onvif://${encodeURIComponent(USERNAME)}:${encodeURIComponent(password)}@127.0.0.1:${port}`;

async function statusOf({ hub }: Home, id: string): Promise<CameraStatus> {
  const { signal } = new AbortController();
  const { cameras } = await ask({ request: 'status' }, statusSchema, { folder: join(hub.storage, 'lookout'), signal });
  const found = cameras.find((camera) => camera.id === id);
  if (found === undefined) throw new Error(`no camera ${id}`);
  return found;
}

/** Resolves when a camera hears what the other one sees. */
const listening = (home: Home, id: string, { camera }: Scene): Promise<true> =>
  poll(
    `${id} hears`,
    async () => {
      const { onvif } = await statusOf(home, id);
      return onvif?.state.kind === 'connected' && camera.actions().includes('PullMessages') ? true : undefined;
    },
    15_000,
  );

function switchNamed(phone: Controller, name: string): number {
  const named = phone.services(SWITCH).find((service) => phone.characteristic(service, CONFIGURED_NAME).value === name);
  if (named === undefined) throw new Error(`no switch ${name}`);
  return phone.characteristic(named, ON).iid;
}

describe('cameras with ONVIF', () => {
  const stack = new AsyncDisposableStack();
  let door: Scene;
  let yard: Scene;
  let shed: Scene;
  let home: Home;

  beforeAll(async () => {
    const still = await walkers({ width: 640, height: 360, seconds: 20, first: 99, gop: 1 });
    door = await scene(stack, await footage({ gop: 1 }), { maker: 'reolink' });
    yard = await scene(stack, still, { maker: 'hikvision' });
    shed = await scene(stack, still, { maker: 'tapo' });
    home = stack.use(
      await Home.start([
        {
          ...{ name: 'Door', source: sourceOf(door.camera), type: 'doorbell', talk: 'onvif' },
          ...{ doorbell: { visit: 1 }, detect: { enabled: false } },
        },
        {
          ...{ name: 'Yard', source: sourceOf(yard.camera) },
          ...{ detect: { hold: 1 }, onvif: { trust: true, presets: ['Gate & drive', 'Nowhere'] } },
        },
        {
          ...{ name: 'Shed', source: shed.main.url(), detectSource: shed.sub.url() },
          ...{ detect: { hold: 1 }, onvif: { address: `http://127.0.0.1:${shed.camera.port}` } },
        },
      ]),
    );
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  it('show the picture of the streams that they name', async () => {
    using phone = await home.connect('Door');
    const real = async () => (await frameNumber((await phone.picture({ ...TILE, reason: 0 })).body)) ?? undefined;
    await poll('a real picture', real, 20_000);
    figure(
      'from Homebridge’s start to a picture of a camera that is asked',
      performance.now() - home.hub.startedAt,
      'ms',
    );
    const playing = async ({ main, sub }: Scene) =>
      (await main.clients()).playing === 1 && (await sub.clients()).playing === 1 ? true : undefined;
    await poll('both streams', () => playing(door), 10_000);
    await home.hub.waitFor(/Door: ONVIF: Reolink .* offers events, night vision, talking back\./);
  });

  it('ring the doorbell', async () => {
    using phone = await home.connect('Door');
    using bell = await home.listen('Door', [phone.find(HAP.doorbell, PRESSED).iid]);
    await listening(home, 'door', door);
    const pressed = performance.now();
    door.camera.say('ring');
    await bell.changes.until('a press', () => bell.events.at(0), 5000);
    figure('from a camera’s press to a phone', (bell.events[0]?.at ?? 0) - pressed, 'ms');
    door.camera.say('ring', false);
    const event = await poll('its event', async () => (await eventsOf(home.hub, 'door'))[0], 10_000);
    expect(event).toMatchObject({ source: 'camera', category: 'motion' });
  });

  it('are believed where they are trusted', async () => {
    using phone = await home.connectOnline('Yard');
    using motion = await MotionLog.open(home, 'Yard', phone.find(HAP.motionSensor, HAP.motionDetected).iid);
    await listening(home, 'yard', yard);
    const since = Date.now();
    yard.camera.say('motion');
    const on = await motion.change(true, since, 5000);
    yard.camera.say('motion', false);
    await motion.change(false, on, 20_000);
    const event = await poll('its event', async () => (await eventsOf(home.hub, 'yard'))[0], 10_000);
    expect(event).toMatchObject({ source: 'camera', category: 'motion', agreement: [] });
    expect((await lookout(home.hub, 'status')).out).toMatch(
      /ONVIF +connected since .*; HIKVISION DS-2DE2A404IW-DE3; offers events, presets, night vision, talking back; last said: motion at /,
    );
  });

  it('make the hub look where they are not, which says that there is nothing', async () => {
    using phone = await home.connectOnline('Shed');
    using motion = await MotionLog.open(home, 'Shed', phone.find(HAP.motionSensor, HAP.motionDetected).iid);
    await listening(home, 'shed', shed);
    const rejected = async (): Promise<number> => {
      const { out } = await lookout(home.hub, 'events', 'rejected', '--json', '--camera', 'shed');
      return Object.values(JSON.parse(out) as Record<string, number>).reduce((sum, n) => sum + n, 0);
    };
    const before = await rejected();
    shed.camera.say('person');
    await poll('a reason', async () => ((await rejected()) > before ? true : undefined), LOOKED, 500);
    shed.camera.say('person', false);
    expect([motion.all.filter(({ on }) => on), await eventsOf(home.hub, 'shed')]).toEqual([[], []]);
  });

  it('go to their presets, and say why not', async () => {
    using phone = await home.connect('Yard');
    await listening(home, 'yard', yard);
    const gate = switchNamed(phone, 'Gate & drive');
    await phone.put(gate, true);
    expect(yard.camera.heard.findLast(({ action }) => action === 'GotoPreset')?.body).toMatch(/PresetToken>2</);
    await poll('that it is off', async () => (Number(await phone.get(gate)) === 0 ? true : undefined), 5000);
    await expect(phone.put(switchNamed(phone, 'Nowhere'), true)).rejects.toThrow();
    await home.hub.waitFor(/Yard: it did not go to its preset “Nowhere”\..*It has “Preset 1”, “Gate & drive”\./);
  });

  it('see at night as HomeKit has it', async () => {
    using phone = await home.connect('Yard');
    await listening(home, 'yard', yard);
    const { iid } = phone.find(HAP.cameraOperatingMode, NIGHT_VISION);
    expect(Number(await phone.get(iid))).toBe(1);
    await phone.timedPut(iid, false);
    expect(yard.camera.filter).toBe('ON');
    await phone.timedPut(iid, true);
    expect(yard.camera.filter).toBe('AUTO');
  });

  it('are left alone while they are off', async () => {
    using phone = await home.connectOnline('Yard');
    await listening(home, 'yard', yard);
    const active = phone.find(HAP.cameraOperatingMode, ACTIVE).iid;
    const since = performance.now();
    await phone.put(active, 0);
    const alone = async () => {
      const streams = await Promise.all([yard.main, yard.sub].map((server) => server.clients()));
      const left = streams.reduce((sum, { connected }) => sum + connected, await yard.camera.connections());
      return left === 0 ? performance.now() - since : undefined;
    };
    const took = await poll('a camera to which nobody is connected', alone, 10_000, 10);
    figure('until nobody is connected to a camera that is switched off', took, 'ms');
    expect(took).toBeLessThan(GONE);
    expect([yard.camera.points.size, (await statusOf(home, 'yard')).onvif?.state]).toEqual([0, { kind: 'off' }]);
    const { length } = yard.camera.heard;
    await expect(phone.put(switchNamed(phone, 'Gate & drive'), true)).rejects.toThrow();
    expect(yard.camera.heard).toHaveLength(length);
    await phone.put(active, 1);
    await online(phone, true);
    await listening(home, 'yard', yard);
  });

  it('lose their ONVIF without a word to the picture, which is said once', async () => {
    using phone = await home.connectOnline('Shed');
    await listening(home, 'shed', shed);
    const said = (pattern: RegExp): number => home.hub.log.filter(({ text }) => pattern.test(text)).length;
    const { total } = await shed.main.clients();
    shed.camera.lies = { '*': 'broken' };
    shed.camera.forget();
    await home.hub.waitFor(/Shed: its ONVIF cannot be used\./);
    const { length } = shed.camera.heard;
    await poll('more attempts', () => (shed.camera.heard.length >= length + 2 ? true : undefined), 10_000);
    expect([said(/Shed: its ONVIF cannot be used/), (await shed.main.clients()).total]).toEqual([1, total]);
    expect(Number(await phone.get(phone.find(HAP.motionSensor, HAP.statusActive).iid))).toBe(1);
    expect((await statusOf(home, 'shed')).onvif).toMatchObject({
      state: { kind: 'trouble' },
      device: 'tp-link Tapo C225',
    });
    shed.camera.lies = {};
    await home.hub.waitFor(/Shed: ONVIF is back: tp-link Tapo C225 offers/, 30_000);
    await listening(home, 'shed', shed);
  });

  it('are asked anew where a stream has moved', async () => {
    using phone = await home.connect('Door');
    const login = { user: USERNAME, password: door.camera.password };
    await using moved = await startRtspServer({ file: await footage({ gop: 1 }), ...login, path: '/moved' });
    door.rtsp.main = moved.url({ credentials: false });
    await door.main.stop();
    await poll('a connection', async () => ((await moved.clients()).playing === 1 ? true : undefined), 10_000);
    const real = async () => (await frameNumber((await phone.picture({ ...TILE, reason: 0 })).body)) ?? undefined;
    await poll('a real picture', real, 10_000);
  });

  it('are told with no password', () => {
    expect(home.hub.text).not.toMatch(/w#rd|w%23rd/);
    expect(home.hub.text).not.toMatch(/unhandled|uncaught|TypeError|ReferenceError/i);
  });
});

it(
  'a camera that refuses the login is asked once, and says so',
  async () => {
    await using stack = new AsyncDisposableStack();
    const { camera } = await scene(stack, await footage({ gop: 1 }), { maker: 'hikvision' });
    await using home = await Home.start([{ name: 'Door', source: `onvif://admin:wrong@127.0.0.1:${camera.port}` }]);
    await home.hub.waitFor(/Door: .*(?:user name|password).*Trying again/);
    const logins = camera.heard.filter(({ action }) => action !== 'GetSystemDateAndTime').length;
    expect(logins).toBeLessThanOrEqual(4);
    using phone = await home.connect('Door');
    // Whoever looks makes nobody try again.
    await phone.picture(TILE);
    await poll(
      'a second attempt of the feed',
      async () => {
        const { state } = await statusOf(home, 'door');
        return state.kind === 'offline' ? true : undefined;
      },
      10_000,
    );
    expect(camera.heard.filter(({ action }) => action !== 'GetSystemDateAndTime')).toHaveLength(logins);
    expect(home.hub.log.filter(({ text }) => text.includes('Trying again'))).toHaveLength(1);
  },
  SETUP_TIMEOUT,
);
