import { parseArgs } from 'node:util';
import { Controller, pair } from '../test/e2e/harness/controller.js';
import { median, percentile } from '../test/e2e/harness/figures.js';
import { Hub } from '../test/e2e/harness/hub.js';
import { bitrates } from '../test/e2e/harness/measure.js';
import { Viewer } from '../test/e2e/harness/viewer.js';
import { footage } from '../test/peers/footage.js';
import { startRtspServer } from '../test/peers/rtsp-server.js';
import * as bare from './bare-ffmpeg.js';
import { growth, idle, latency, many } from './detection-live.js';
import { footageRows } from './footage.js';
import { flooded } from './mqtt-flood.js';
import { recording } from './recording.js';
import { table, type Row } from './table.js';

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function repeat(times: number, measure: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let at = 0; at < times; at++) values.push(await measure());
  return values;
}

const SIZE = { width: 640, height: 360 };

async function pictures(controller: Controller, url: string): Promise<Row[]> {
  await controller.picture(SIZE);
  await wait(3000);
  const warm = await repeat(20, async () => {
    await wait(300);
    return (await controller.picture(SIZE)).took;
  });
  const peer = await repeat(5, () => bare.picture(url));
  return [
    { figure: 'warm picture, median', value: median(warm), unit: 'ms', bare: median(peer) },
    { figure: 'warm picture, p95', value: percentile(warm, 95), unit: 'ms', target: 25, bare: percentile(peer, 95) },
  ];
}

async function view(controller: Controller, url: string, title: string): Promise<Row[]> {
  const sound: number[] = [];
  const keyframe = await repeat(9, async () => {
    const viewer = await Viewer.open(controller);
    try {
      const { at: completeAt } = await viewer.firstKeyframe();
      const heard = await viewer.until('sound', () => viewer.audio.packets[0]);
      sound.push(heard.at - viewer.askedAt);
      return completeAt - viewer.askedAt;
    } finally {
      await viewer.end();
    }
  });
  const peer = await repeat(5, () => bare.firstKeyframe(url));
  return [
    {
      figure: `${title}: first whole keyframe, median`,
      value: median(keyframe),
      unit: 'ms',
      target: 120,
      bare: median(peer),
    },
    {
      figure: `${title}: first whole keyframe, p95`,
      value: percentile(keyframe, 95),
      unit: 'ms',
      bare: percentile(peer, 95),
    },
    { figure: `${title}: first sound, median`, value: median(sound), unit: 'ms', target: 300 },
  ];
}

async function transcoded(controller: Controller): Promise<Row[]> {
  const video = { width: 640, height: 360, bitrate: 500 };
  const viewer = await Viewer.open(controller, { video });
  try {
    const { at: completeAt } = await viewer.firstKeyframe();
    await wait(10_000);
    const rates = bitrates(viewer.video, completeAt + 2000);
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
    return [
      { figure: 'transcoded: first whole keyframe', value: completeAt - viewer.askedAt, unit: 'ms' },
      {
        figure: 'transcoded: deviation from the 500 kbit/s asked',
        value: Math.abs(mean / 500 - 1) * 100,
        unit: '%',
        target: 20,
      },
    ];
  } finally {
    await viewer.end();
  }
}

async function cost(hub: Hub, controller: Controller, url: string): Promise<Row[]> {
  const SECONDS = 20;
  const share = async (during: () => Promise<unknown>): Promise<number> => {
    const before = hub.cpu();
    const started = performance.now();
    await during();
    return ((hub.cpu() - before) / ((performance.now() - started) / 1000)) * 100;
  };
  // Pictures are kept warm for a while after somebody has looked.
  await wait(20_000);
  let decoding = Number.NaN;
  const idle = await share(async () => {
    decoding = ((await bare.decode(url, SECONDS)) / SECONDS) * 100;
  });
  const viewer = await Viewer.open(controller);
  await viewer.firstKeyframe();
  const watched = await share(() => wait(10_000));
  await viewer.end();
  return [
    { figure: 'idle camera, of one core', value: idle, unit: '%', target: decoding / 2, bare: decoding },
    { figure: 'the same with a viewer and sound', value: watched, unit: '%' },
    { figure: 'memory of hub and camera (PSS)', value: hub.memory(), unit: 'MiB' },
  ];
}

async function camera(
  gop: number,
  measure: (hub: Hub, controller: Controller, url: string) => Promise<Row[]>,
): Promise<Row[]> {
  await using server = await startRtspServer({ file: await footage({ gop, seconds: 20 }) });
  const hub = await Hub.start({ lookout: { cameras: [{ id: 'bench', name: 'Bench', source: server.url() }] } });
  try {
    const address = await hub.accessory('Bench');
    const controller = await Controller.connect(address, await pair(address));
    const first = await controller.picture(SIZE);
    await wait(4000);
    const rows = await measure(hub, controller, server.url());
    controller.close();
    return [{ figure: `GOP ${gop} s: first picture after start`, value: first.took, unit: 'ms', target: 100 }, ...rows];
  } finally {
    await hub.stop();
  }
}

const live = async (): Promise<Row[]> => [
  ...(await camera(2, async (hub, controller, url) => [
    ...(await pictures(controller, url)),
    ...(await view(controller, url, 'GOP 2 s')),
    ...(await transcoded(controller)),
    ...(await cost(hub, controller, url)),
  ])),
  ...(await camera(10, async (_hub, controller, url) => {
    await wait(10_000);
    return view(controller, url, 'GOP 10 s');
  })),
];

/** `--footage DIR [--streams DIR]`: detection on footage with ground truth; `--only NAME`: one part of the rest. */
const { values } = parseArgs({
  options: { footage: { type: 'string' }, streams: { type: 'string' }, only: { type: 'string' } },
});
const PARTS = { live, recording, latency, idle, many, growth, flood: flooded } as const;
if (values.footage !== undefined) console.log(table(await footageRows(values.footage, values.streams)));
else {
  for (const [name, part] of Object.entries(PARTS))
    if (values.only === undefined || values.only === name) console.log(`${table(await part())}\n`);
}
