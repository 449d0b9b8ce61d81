import { loadavg } from 'node:os';
import { Controller, HAP, pair, Subscription } from '../test/e2e/harness/controller.js';
import { median } from '../test/e2e/harness/figures.js';
import { Hub } from '../test/e2e/harness/hub.js';
import { flood, targetsOf } from '../test/peers/flood.js';
import { footage } from '../test/peers/footage.js';
import { Mosquitto, PASSWORD, USER } from '../test/peers/mosquitto.js';
import { startRtspServer } from '../test/peers/rtsp-server.js';
import type { Row } from './table.js';

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const RATE = 10_000;
const SECONDS = 10;
const SIZE = { width: 640, height: 360 };
const BUTTON = 'zigbee/button';
const MAPPING = { topic: BUTTON, path: 'action', on: 'single', says: 'motion' };
const PRESSED = '73';

/** Messages thrown at all that is heard over MQTT, while a phone asks for pictures. */
export async function flooded(): Promise<Row[]> {
  await using server = await startRtspServer({ file: await footage({ gop: 2, seconds: 20 }) });
  await using broker = await Mosquitto.start();
  const door = { id: 'door', name: 'Door', source: server.url(), type: 'doorbell', detectionSwitch: true };
  const hub = await Hub.start({
    lookout: {
      cameras: [{ ...door, doorbell: { visit: 1, chimeSwitch: true }, mqtt: { listen: [MAPPING] } }],
      mqtt: { url: `mqtt://127.0.0.1:${broker.port}`, username: USER, password: PASSWORD },
    },
  });
  try {
    await hub.waitFor(/MQTT: connected/);
    const address = await hub.accessory('Door');
    const keys = await pair(address);
    using phone = await Controller.connect(address, keys);
    using bell = await Subscription.open(address, keys, [phone.find(HAP.doorbell, PRESSED).iid]);
    await wait(15_000);
    const memory = { before: hub.memory(), during: 0, after: 0 };
    const quiet = await picturesUntil(phone, wait(3000));
    const watch = setInterval(() => (memory.during = Math.max(memory.during, hub.memory())), 1000);
    const thrown = flood(broker, targetsOf('door', BUTTON), { rate: RATE, duration: SECONDS * 1000 });
    const took = await picturesUntil(phone, thrown);
    clearInterval(watch);
    const { sent, took: lasted } = await thrown;
    const over = performance.now();
    const heard = await ringAgain(broker, bell, over);
    await wait(20_000);
    memory.after = hub.memory();
    return [
      { figure: 'messages thrown at the hub, each second', value: (sent / lasted) * 1000, unit: '', least: RATE },
      { figure: 'a picture before, median', value: median(quiet), unit: 'ms' },
      { figure: `a picture meanwhile, median of ${took.length}`, value: median(took), unit: 'ms' },
      { figure: 'a picture meanwhile, longest', value: Math.max(...took), unit: 'ms', target: 100 },
      { figure: 'memory of hub and camera before (PSS)', value: memory.before, unit: 'MiB' },
      { figure: 'growth meanwhile, most', value: memory.during - memory.before, unit: 'MiB', target: 150 },
      { figure: 'growth 20 s after', value: memory.after - memory.before, unit: 'MiB' },
      { figure: 'a ring over MQTT is heard, after the flood', value: heard, unit: 'ms' },
      { figure: 'load of the machine', value: loadavg()[0] ?? Number.NaN, unit: '' },
    ];
  } finally {
    await hub.kill();
  }
}

/** How long each took, ms, one after the other with short pauses. */
async function picturesUntil(phone: Controller, over: Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  let going = true;
  void over.finally(() => (going = false)).catch(() => undefined);
  while (going) {
    const answer = await phone.picture(SIZE);
    if (answer.status !== 200) throw new Error(`a picture was answered with ${answer.status}`);
    took.push(answer.took);
    await wait(50);
  }
  return took;
}

/** Rings each second, as people do, until a phone hears it. */
async function ringAgain(broker: Mosquitto, bell: Subscription, since: number): Promise<number> {
  const before = bell.events.length;
  broker.publish('lookout/door/set/chime', 'ON');
  for (let nth = 0; nth < 30; nth++) {
    broker.publish('lookout/door/trigger', 'ring');
    for (let look = 0; look < 100; look++) {
      const event = bell.events[before];
      if (event !== undefined) return event.at - since;
      await wait(10);
    }
  }
  return Number.NaN;
}
