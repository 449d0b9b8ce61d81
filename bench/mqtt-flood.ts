import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { Controller, HAP, pair, Subscription } from '../test/e2e/harness/controller.js';
import { median, percentile } from '../test/e2e/harness/figures.js';
import { Hub } from '../test/e2e/harness/hub.js';
import { flood, type Flooded, targetsOf } from '../test/peers/flood.js';
import { footage } from '../test/peers/footage.js';
import { Mosquitto, PASSWORD, USER } from '../test/peers/mosquitto.js';
import { startRtspServer } from '../test/peers/rtsp-server.js';
import type { Row } from './table.js';

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const FLOOD = { rate: 10_400, duration: 10_000 };
const SIZE = { width: 640, height: 360 };
const BUTTON = 'zigbee/button';
const MAPPING = { topic: BUTTON, path: 'action', on: 'single', says: 'motion' };
const PRESSED = '73';

/**
 * Messages thrown at all that is heard over MQTT, while a phone asks for pictures; before that, the same where the hub
 * does not hear them: that much the machine does.
 */
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
    const before = hub.memory();
    const elsewhere = await under(hub, phone, flood(broker, targetsOf('elsewhere', 'door', 'elsewhere/button'), FLOOD));
    await wait(3000);
    const here = await under(hub, phone, flood(broker, targetsOf('lookout', 'door', BUTTON), FLOOD));
    // Rings of the flood itself are over.
    await wait(5000);
    const heard = await ring(broker, bell);
    await wait(15_000);
    const after = hub.memory();
    const { sent, took } = here.flooded;
    return [
      { figure: 'messages thrown at the hub, each second', value: (sent / took) * 1000, unit: '', least: 10_000 },
      ...picturesOf('while they are thrown at others', elsewhere),
      ...picturesOf('while they are thrown at the hub', here, 100),
      { figure: 'of its processor time, of one core', value: here.cpu, unit: '%' },
      { figure: 'the same while they are thrown at others', value: elsewhere.cpu, unit: '%' },
      { figure: 'memory of hub and camera before (PSS)', value: before, unit: 'MiB' },
      { figure: 'more while they are thrown at others, most', value: elsewhere.memory - before, unit: 'MiB' },
      { figure: 'more while they are thrown at the hub, most', value: here.memory - before, unit: 'MiB', target: 150 },
      { figure: 'more 20 s later', value: after - before, unit: 'MiB', target: 150 },
      { figure: 'from mosquitto_pub to a ring at a phone, 5 s later', value: heard, unit: 'ms' },
      { figure: 'load of the machine, of its last minute', value: loadavg()[0] ?? Number.NaN, unit: '' },
    ];
  } finally {
    await hub.kill();
  }
}

function picturesOf(when: string, { pictures, queued }: Under, target?: number): Row[] {
  const own = pictures.map((took, nth) => took - (queued[nth] ?? 0));
  return [
    { figure: `a picture ${when}, median of ${pictures.length}`, value: median(pictures), unit: 'ms' },
    { figure: 'p99', value: percentile(pictures, 99), unit: 'ms' },
    { figure: 'longest', value: Math.max(...pictures), unit: 'ms', ...(target !== undefined && { target }) },
    { figure: 'longest without what the hub waited for a processor', value: Math.max(...own), unit: 'ms' },
  ];
}

interface Under {
  readonly flooded: Flooded;
  /** How long each took, ms. */
  readonly pictures: readonly number[];
  /** How long the hub waited for a processor meanwhile, ms. */
  readonly queued: readonly number[];
  /** Most, MiB. */
  readonly memory: number;
  /** Of one core, %. */
  readonly cpu: number;
}

/** What a flood does to the hub: pictures are asked for one after the other, with short pauses. */
async function under(hub: Hub, phone: Controller, flooding: Promise<Flooded>): Promise<Under> {
  const pictures: number[] = [];
  const queued: number[] = [];
  const over = new AbortController();
  let memory = 0;
  const [begun, used] = [performance.now(), hub.cpu()];
  const watch = setInterval(() => (memory = Math.max(memory, hub.memory())), 2000);
  const end = (): void => {
    over.abort();
  };
  void flooding.then(end, end);
  while (!over.signal.aborted) {
    const before = queuedFor(hub.pid);
    const { status, took } = await phone.picture(SIZE);
    if (status !== 200) throw new Error(`a picture was answered with ${status}`);
    pictures.push(took);
    queued.push(queuedFor(hub.pid) - before);
    await wait(50);
  }
  clearInterval(watch);
  const cpu = ((hub.cpu() - used) / ((performance.now() - begun) / 1000)) * 100;
  return { flooded: await flooding, pictures, queued, memory, cpu };
}

/** How long a process's main thread has waited for a processor that others had, ms (Linux, `sched-stats.rst`). */
function queuedFor(pid: number): number {
  const [, waited] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ');
  return Number(waited) / 1e6;
}

/** From its start to the phone, ms. */
async function ring(broker: Mosquitto, bell: Subscription): Promise<number> {
  broker.publish('lookout/door/set/chime', 'ON');
  const [before, rung] = [bell.events.length, performance.now()];
  broker.publish('lookout/door/trigger', 'ring');
  return (await bell.changes.until('a press', () => bell.events[before], 10_000)).at - rung;
}
