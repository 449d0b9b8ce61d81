import { freePort } from '../peers/free-port.js';
import { Mosquitto, PASSWORD, USER } from '../peers/mosquitto.js';
import { OnvifCamera } from '../peers/onvif-camera.js';
import { startRtspServer } from '../peers/rtsp-server.js';
import { walkers } from '../peers/walkers.js';
import { HAP } from './harness/controller.js';
import { figure } from './harness/figures.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import { eventsOf, keptEvent, lookout } from './harness/kept.js';
import { MotionLog } from './harness/motion-log.js';
import { poll } from './harness/until.js';

const PRESSED = '73';
const TOKEN = 'a-long-random-token';
/** Somebody walks by every 25 s, in 6 s. */
const WALK = { width: 640, height: 360, every: 25, seconds: 50, audio: false } as const;
const EVENT = 90_000;

interface Told {
  readonly id: string;
  readonly source: string;
  readonly agreement: readonly string[];
  readonly event_type: string;
}

/** A camera of which all speak: itself by ONVIF and over HTTP, and the house over MQTT. */
describe('one camera with many witnesses', () => {
  const stack = new AsyncDisposableStack();
  let home: Home;
  let broker: Mosquitto;
  let camera: OnvifCamera;
  let port: number;

  beforeAll(async () => {
    const stream = stack.use(await startRtspServer({ file: await walkers(WALK) }));
    camera = stack.use(await OnvifCamera.start({ maker: 'hikvision' }));
    broker = stack.use(await Mosquitto.start());
    port = await freePort();
    const { username, password } = camera.address;
    home = stack.use(
      await Home.start(
        [
          {
            ...{ name: 'Gate', source: stream.url(), type: 'doorbell', detect: { hold: 1 } },
            onvif: { address: `http://127.0.0.1:${camera.port}`, username, password },
          },
        ],
        {
          lookout: {
            mqtt: { url: `mqtt://127.0.0.1:${broker.port}`, username: USER, password: PASSWORD, discovery: false },
            http: { port, token: TOKEN },
          },
        },
      ),
    );
    const isOpen = (): true | undefined =>
      home.hub.text.includes('MQTT: connected') && home.hub.text.includes('HTTP: cameras may call') ? true : undefined;
    await poll('both doors', isOpen, 20_000);
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  const call = async (path: string, token = TOKEN): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}?token=${token}`);
    return `${answer.status} ${(await answer.text()).trim()}`;
  };

  it(
    'has one event of what the hub sees and all others say, which names each of them',
    async () => {
      using phone = await home.connectOnline('Gate');
      using motion = await MotionLog.open(home, 'Gate', phone.find(HAP.motionSensor, HAP.motionDetected).iid);
      const ear = await broker.hear('lookout/gate/event');
      await camera.until('PullMessages');
      const on = await motion.change(true, Date.now(), EVENT);
      broker.publish('lookout/gate/trigger', 'person');
      camera.say('motion');
      expect(await call('/gate/motion')).toBe('200 known.');
      const said = await ear.until('all of them', ({ payload }) => {
        const { agreement } = JSON.parse(payload) as Told;
        return agreement.includes('mqtt') && agreement.includes('camera');
      });
      const told = JSON.parse(said.payload) as Told;
      expect(told).toMatchObject({ source: 'hub', event_type: 'update' });
      expect(told.agreement.toSorted()).toEqual(['camera', 'mqtt']);
      const kept = await keptEvent(home.hub, 'gate', ({ id }) => id === told.id);
      expect(kept).toMatchObject({ source: 'hub', state: 'ended' });
      const same = (await eventsOf(home.hub, 'gate')).filter(({ start, end }) => start <= on + 1000 && end >= on);
      expect(same.map(({ id }) => id)).toEqual([told.id]);
    },
    2 * EVENT,
  );

  it('rings for a camera that calls a URL, and keeps that it was the camera', async () => {
    using phone = await home.connect('Gate');
    using bell = await home.listen('Gate', [phone.find(HAP.doorbell, PRESSED).iid]);
    const ear = await broker.hear('lookout/gate/ring');
    const called = performance.now();
    expect(await call('/gate/ring')).toBe('200 rings.');
    await bell.changes.until('a press', () => bell.events.at(0), 5000);
    figure('from a call to a phone', (bell.events[0]?.at ?? 0) - called, 'ms');
    await ear.until('a ring', () => true);
  });

  it('counts what it refuses, tells of it once, and never of the token', async () => {
    const ear = await broker.hear('lookout/diagnostics');
    for (let nth = 0; nth < 3; nth++) expect(await call('/gate/ring', `wrong-${nth}`)).toMatch(/^401 /);
    expect(await call('/shed/ring')).toMatch(/^404 /);
    expect(await call('/gate/open')).toMatch(/^404 /);
    broker.publish('lookout/shed/trigger', 'ring');
    await ear.count('the counts', () => {
      const { refused, refusedOverHttp } = JSON.parse(ear.last['lookout/diagnostics'] ?? '{}') as Record<
        string,
        Record<string, number> | undefined
      >;
      return (
        refused?.['unauthorised'] === 1 && refusedOverHttp?.['unauthorised'] === 4 && refusedOverHttp['malformed'] === 1
      );
    });
    const { out } = await lookout(home.hub, 'status');
    expect(out).toMatch(/^Refused over MQTT: 1 unauthorised$/m);
    expect(out).toMatch(/^Refused over HTTP: 1 malformed, 4 unauthorised$/m);
    const told = home.hub.log.map(({ text }) => text).filter((text) => text.includes('is not heeded'));
    expect(told.filter((text) => text.includes('HTTP:'))).toHaveLength(3);
    expect(told.filter((text) => text.includes('MQTT:'))).toHaveLength(1);
    expect(home.hub.text).not.toMatch(/a-long-random-token|wrong-\d/);
    await home.hub.stop();
    await expect(call('/gate/ring')).rejects.toThrow();
  });
});
