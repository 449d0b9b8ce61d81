import type { RefusalCounts } from '../../src/camera/reports/refusals.js';
import { OF_ONE } from '../../src/mqtt/hearing.js';
import { flood, targetsOf } from '../peers/flood.js';
import { footage } from '../peers/footage.js';
import { Mosquitto, PASSWORD, USER } from '../peers/mosquitto.js';
import { startRtspServer } from '../peers/rtsp-server.js';
import { type Controller, HAP, type PictureAnswer } from './harness/controller.js';
import { figure } from './harness/figures.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import { frameNumber } from './harness/scene.js';
import { observe, poll } from './harness/until.js';

const FLOOD = { rate: 10_400, duration: 10_000 };
const BUTTON = 'zigbee/button';
const PRESSED = '73';
const TILE = { width: 640, height: 360 };
/** MiB, of memory that is no file's: others that share files come and go. */
const MOST_GROWTH = 150;

async function picturesDuring(phone: Controller, during: Promise<unknown>): Promise<PictureAnswer[]> {
  const pictures: PictureAnswer[] = [];
  const over = new AbortController();
  const end = (): void => {
    over.abort();
  };
  void during.then(end, end);
  while (!over.signal.aborted) {
    pictures.push(await phone.picture(TILE));
    await observe(50);
  }
  return pictures;
}

const refusedIn = (diagnostics = '{}'): RefusalCounts =>
  (JSON.parse(diagnostics) as { readonly refused: RefusalCounts }).refused;

it(
  'gives pictures all through a flood of messages, hears a ring after it, and says little of it',
  async () => {
    await using camera = await startRtspServer({ file: await footage({ gop: 2, fps: 20, seconds: 20 }) });
    await using broker = await Mosquitto.start();
    const listen = [{ topic: BUTTON, path: 'action', on: 'single', says: 'motion' }];
    await using home = await Home.start(
      [
        {
          ...{ name: 'Door', source: camera.url(), type: 'doorbell', detectionSwitch: true },
          ...{ doorbell: { visit: 1, chimeSwitch: true }, mqtt: { listen } },
        },
      ],
      { lookout: { mqtt: { url: `mqtt://127.0.0.1:${broker.port}`, username: USER, password: PASSWORD } } },
    );
    const { hub } = home;
    await hub.waitFor(/MQTT: connected/);
    const ear = await broker.hear('lookout/door/availability', 'lookout/diagnostics');
    using phone = await home.connectOnline('Door');
    using bell = await home.listen('Door', [phone.find(HAP.doorbell, PRESSED).iid]);
    await poll('a real picture', async () => frameNumber((await phone.picture(TILE)).body), 10_000);
    await ear.count('the camera', () => ear.last['lookout/door/availability'] === 'online');
    const said = ear.of('lookout/door/availability').length;
    const before = hub.anonymous();
    const targets = targetsOf('lookout', 'door', BUTTON).map(({ topic, lines }) => ({
      topic,
      lines: lines.filter((line) => line !== 'ring' || !topic.includes('door')),
    }));
    const began = performance.now();
    const flooding = flood(broker, targets, FLOOD);
    const pictures = await picturesDuring(phone, flooding);
    const { sent, took } = await flooding;
    const growth = hub.anonymous() - before;
    figure('messages thrown at the hub, each second', (sent / took) * 1000, '');
    figure(
      'pictures meanwhile',
      pictures.map((each) => each.took),
      'ms',
    );
    figure('growth of the hub and its children', growth, 'MiB');
    expect(sent).toBeGreaterThan(10_000);

    await poll(
      'a press',
      () => {
        broker.publish('lookout/door/set/chime', 'ON');
        broker.publish('lookout/door/trigger', 'ring');
        return bell.events[0];
      },
      15_000,
      500,
    );
    expect(new Set(pictures.map(({ status }) => status))).toEqual(new Set([200]));
    const sample = pictures.filter((_, nth) => nth % Math.ceil(pictures.length / 12) === 0);
    const numbers: (number | undefined)[] = [];
    for (const { body } of sample) numbers.push(await frameNumber(body));
    expect(numbers).not.toContain(undefined);
    // A new one with each GOP.
    expect(new Set(numbers).size).toBeGreaterThan(2);
    expect(ear.of('lookout/door/availability').slice(said)).toEqual([]);
    expect(growth).toBeLessThan(MOST_GROWTH);
    const refused = hub.log.flatMap(({ text }) => /MQTT: a message to (\S+) is not heeded/.exec(text)?.[1] ?? []);
    expect(refused.toSorted()).toEqual([...new Set(targets.map(({ topic }) => topic))].toSorted());
    await ear.count('what was refused', () => refusedIn(ear.last['lookout/diagnostics']).flood > 10_000);
    figure('refused of it', refusedIn(ear.last['lookout/diagnostics']).flood, '');
    for (const kind of ['malformed', 'replayed', 'unauthorised'] as const)
      expect(refusedIn(ear.last['lookout/diagnostics'])[kind]).toBeGreaterThan(0);
    // Of each switch that is heard, the camera says that detection is paused, or that it goes on, and how.
    const isOfCamera = ({ text }: { readonly text: string }): boolean => text.includes(' Door: ');
    const heard = OF_ONE.burst + (OF_ONE.perSecond * (performance.now() - began)) / 1000;
    expect(hub.log.filter(isOfCamera).length).toBeLessThanOrEqual(2 * heard);
    expect(hub.log.filter((line) => !isOfCamera(line)).length).toBeLessThan(50);
  },
  SETUP_TIMEOUT,
);
