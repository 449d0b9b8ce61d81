import { performance } from 'node:perf_hooks';
import { findFfmpeg } from '../src/media/ffmpeg/capabilities.js';
import { readRecording } from '../src/media/ffmpeg/recording.js';
import type { VideoPacket } from '../src/media/packet.js';
import { rtspSource } from '../src/media/rtsp/source.js';
import { Controller, HAP, pair, Subscription } from '../test/e2e/harness/controller.js';
import { median, percentile } from '../test/e2e/harness/figures.js';
import { Hub } from '../test/e2e/harness/hub.js';
import { startRtspServer } from '../test/peers/rtsp-server.js';
import { entriesOf, walkers } from '../test/peers/walkers.js';
import * as bare from './bare-ffmpeg.js';
import type { Row } from './table.js';

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Entries at a dozen places of a GOP: 1.0, 1.3, 1.6, 1.9, 0.2 s … after its keyframe. */
const LOOP = { seconds: 150, every: 12.3 };
/** Who was not noticed by then was missed, ms. */
const PATIENCE = 8000;

/** A keyframe is known by its largest unit: what comes before it differs from transport to transport. */
const keyOf = ({ units }: VideoPacket): string =>
  [...units].sort((a, b) => b.length - a.length)[0]?.toString('latin1', 0, 400) ?? '';

/** A hub whose cameras are online, and the keys to them. */
async function household(
  cameras: readonly { readonly id: string; readonly name: string; readonly source: string; readonly detect?: object }[],
) {
  const hub = await Hub.start({ lookout: { cameras } });
  const keys = new Map<string, Awaited<ReturnType<typeof pair>>>();
  const open = async (name: string) => {
    const address = await hub.accessory(name);
    const found = keys.get(name) ?? (await pair(address));
    keys.set(name, found);
    return { address, keys: found };
  };
  return {
    hub,
    connect: async (name: string): Promise<Controller> => {
      const { address, keys } = await open(name);
      const controller = await Controller.connect(address, keys);
      const { iid } = controller.find(HAP.motionSensor, HAP.statusActive);
      while (![true, 1].includes((await controller.get(iid)) as number)) await wait(200);
      return controller;
    },
    listen: async (name: string, iid: number): Promise<Subscription> => {
      const { address, keys } = await open(name);
      return Subscription.open(address, keys, [iid]);
    },
    [Symbol.asyncDispose]: () => hub.kill(),
  };
}

/** From the moment somebody moves in the stream to MotionDetected at a controller. */
export async function latency(): Promise<Row[]> {
  const file = await walkers(LOOP);
  const places = await keyframePlaces(file);
  await using server = await startRtspServer({ file });
  await using home = await household([
    { id: 'garden', name: 'Garden', source: server.url(), detect: { hold: 0, alertWindow: 0 } },
  ]);
  using phone = await home.connect('Garden');
  const { iid } = phone.find(HAP.motionSensor, HAP.motionDetected);
  using motion = await home.listen('Garden', iid);
  const entries: number[] = [];
  await using reading = readAlong(server.url(), (packet, at) => {
    const place = places.get(keyOf(packet));
    if (place === undefined) return;
    const next = entriesOf(LOOP).find((entry) => entry >= place && entry < place + 2);
    if (next !== undefined) entries.push(at + (next - place) * 1000);
  });
  await wait(LOOP.seconds * 1000 + PATIENCE);
  await reading.end();
  const ended = performance.now();
  const raised = motion.events.filter(({ value }) => value === true || value === 1).map(({ at }) => at);
  // Of who came at the very end nobody waited to hear.
  const seen = entries.filter((entry) => entry < ended - PATIENCE);
  const delays = seen.flatMap((entry) =>
    raised
      .filter((at) => at > entry && at < entry + PATIENCE)
      .slice(0, 1)
      .map((at) => at - entry),
  );
  return [
    {
      figure: `motion to MotionDetected, median of ${delays.length} of ${seen.length}`,
      value: median(delays),
      unit: 'ms',
      target: 1200,
    },
    { figure: 'motion to MotionDetected, p90', value: percentile(delays, 90), unit: 'ms' },
  ];
}

/** A viewer of the same stream, to know when the camera sent what. */
function readAlong(url: string, keyframe: (packet: VideoPacket, at: number) => void) {
  const life = new AbortController();
  const reading = rtspSource({ url, audio: false, now: () => performance.now() })(
    {
      formats: () => undefined,
      packet: (packet) => {
        if (packet.kind === 'video' && packet.keyframe) keyframe(packet, performance.now());
      },
    },
    { afterRead: () => undefined },
    life.signal,
  );
  const end = async (): Promise<void> => {
    life.abort();
    await reading;
  };
  return { end, [Symbol.asyncDispose]: end };
}

async function keyframePlaces(file: string): Promise<Map<string, number>> {
  const ffmpeg = await findFfmpeg();
  const places = new Map<string, number>();
  for await (const { packet } of readRecording(ffmpeg, file, new AbortController().signal))
    if (packet.kind === 'video' && packet.keyframe) places.set(keyOf(packet), packet.time / 1000);
  return places;
}

const SIZE = { width: 640, height: 360 };

/** An idle scene under watch, nobody looking: what it costs beside decoding the same stream. */
export async function idle(): Promise<Row[]> {
  const file = await walkers({ first: 1000 });
  await using server = await startRtspServer({ file });
  await using home = await household([{ id: 'yard', name: 'Yard', source: server.url() }]);
  (await home.connect('Yard')).close();
  // The first seconds are looked at in full, and pictures are kept warm for a while after somebody has looked.
  await wait(30_000);
  const SECONDS = 60;
  const [before, begun] = [home.hub.cpu(), performance.now()];
  const peer = await bare.decode(server.url(), SECONDS);
  const used = (home.hub.cpu() - before) / ((performance.now() - begun) / 1000);
  const memory = home.hub.memory();
  return [
    {
      figure: 'idle camera under watch, of one core',
      value: used * 100,
      unit: '%',
      target: (peer / SECONDS) * 50,
      bare: (peer / SECONDS) * 100,
    },
    { figure: 'memory of hub and camera (PSS)', value: memory, unit: 'MiB' },
  ];
}

/** What ten minutes of an idle scene add to the memory of the hub, once it has settled. */
export async function growth(): Promise<Row[]> {
  const MINUTES = 10;
  const file = await walkers({ first: 1000 });
  await using server = await startRtspServer({ file });
  await using home = await household([{ id: 'yard', name: 'Yard', source: server.url() }]);
  (await home.connect('Yard')).close();
  await wait(90_000);
  const each: number[] = [];
  for (let nth = 0; nth <= MINUTES * 6; nth++) {
    each.push(home.hub.anonymous());
    await wait(10_000);
  }
  // A collection of garbage that is due is no growth: the least of the first minute and of the last are compared.
  const [first, last] = [Math.min(...each.slice(0, 6)), Math.min(...each.slice(-6))];
  return [
    { figure: 'memory of hub and camera (anonymous), least of a minute', value: first, unit: 'MiB' },
    { figure: `the same ${MINUTES} minutes later`, value: last, unit: 'MiB' },
    { figure: `growth in ${MINUTES} minutes`, value: last - first, unit: 'MiB', target: 0 },
  ];
}

/** Sixteen idle cameras under watch. */
export async function many(): Promise<Row[]> {
  const CAMERAS = 16;
  const SECONDS = 40;
  const file = await walkers({ first: 1000 });
  await using server = await startRtspServer({ file });
  const cameras = Array.from({ length: CAMERAS }, (_, nth) => ({
    id: `c${nth}`,
    name: `Cam ${nth}`,
    source: server.url(),
  }));
  await using one = await household(cameras.slice(0, 1));
  (await one.connect('Cam 0')).close();
  await wait(15_000);
  const alone = one.hub.memory();
  await one.hub.kill();
  await using home = await household(cameras);
  using phone = await home.connect('Cam 0');
  using last = await home.connect(`Cam ${CAMERAS - 1}`);
  await wait(40_000);
  const [before, begun] = [home.hub.cpu(), performance.now()];
  await wait(SECONDS * 1000);
  const used = (home.hub.cpu() - before) / ((performance.now() - begun) / 1000);
  const memory = (home.hub.memory() - alone) / (CAMERAS - 1);
  await phone.picture(SIZE);
  await last.picture(SIZE);
  await wait(3_000);
  const took: number[] = [];
  for (let nth = 0; nth < 20; nth++) {
    took.push((await (nth % 2 === 0 ? phone : last).picture(SIZE)).took);
    await wait(300);
  }
  return [
    { figure: `${CAMERAS} idle cameras under watch, of one core`, value: used * 100, unit: '%', target: 50 },
    { figure: 'memory of each further camera (PSS)', value: memory, unit: 'MiB', target: 40 },
    { figure: 'a picture meanwhile, longest of 20', value: Math.max(...took), unit: 'ms', target: 100 },
  ];
}
