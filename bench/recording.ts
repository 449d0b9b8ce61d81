import { Controller, pair } from '../test/e2e/harness/controller.js';
import { median, percentile } from '../test/e2e/harness/figures.js';
import { Hub } from '../test/e2e/harness/hub.js';
import { HubRecording, switchOnRecording } from '../test/e2e/harness/recorder.js';
import { footage, type FootageOptions } from '../test/peers/footage.js';
import { startRtspServer } from '../test/peers/rtsp-server.js';
import type { Row } from './table.js';

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const TIMES = 9;
/** Hubs close with it when they want no more. */
const NORMAL = 0;

/** From the moment a home hub asks for a recording to its init and its first fragment. */
export const recording = async (): Promise<Row[]> => [
  ...(await opened('copied', { gop: 2 })),
  ...(await opened('transcoded', { gop: 8, seconds: 24 })),
];

async function opened(title: string, options: FootageOptions): Promise<Row[]> {
  await using server = await startRtspServer({ file: await footage(options) });
  const hub = await Hub.start({ lookout: { cameras: [{ id: 'gate', name: 'Gate', source: server.url() }] } });
  try {
    const address = await hub.accessory('Gate');
    using controller = await Controller.connect(address, await pair(address));
    await switchOnRecording(controller, { sampleRate: 48_000 });
    await wait(15_000);
    const init: number[] = [];
    const fragment: number[] = [];
    for (let round = 0; round < TIMES; round++) {
      using recorded = await HubRecording.open(controller);
      const first = await recorded.until('a fragment', () => recorded.fragments[0], 15_000);
      init.push((recorded.parts[0]?.at ?? first.at) - recorded.askedAt);
      fragment.push(first.at - recorded.askedAt);
      recorded.close(NORMAL);
      await wait(500);
    }
    const targets = title === 'copied' ? [60, 150] : [];
    return [init, fragment].flatMap((values, nth): Row[] => {
      const figure = `${title} recording: ${nth === 0 ? 'init' : 'first fragment'}`;
      const target = targets[nth];
      return [
        { figure: `${figure}, median`, value: median(values), unit: 'ms', ...(target !== undefined && { target }) },
        { figure: `${figure}, p95`, value: percentile(values, 95), unit: 'ms' },
      ];
    });
  } finally {
    await hub.kill();
  }
}
