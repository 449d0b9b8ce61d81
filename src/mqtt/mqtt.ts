import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { Log } from '../camera/log.js';
import type { Refusals } from '../camera/reports/refusals.js';
import type { Archive } from '../events/archive.js';
import type { MqttSettings } from '../settings/settings.js';
import { readAnnounced, writeAnnounced } from './announced.js';
import { Bus } from './bus.js';
import { CameraNews, type ToldCamera } from './camera-news.js';
import { announcementsOf, retracted } from './discovery.js';
import { Hearing, type HeardCamera, presetsOf, settable } from './hearing.js';
import { Outbox } from './outbox.js';
import { withPauses } from './pause.js';
import { hubTopic } from './topics.js';

export interface MqttOptions {
  readonly settings: MqttSettings;
  readonly cameras: readonly (ToldCamera & HeardCamera)[];
  /** `lookout`, below Homebridge's storage folder. */
  readonly folder: string;
  readonly archive: Promise<{ readonly store: Pick<Archive['store'], 'setFeedback'> } | undefined>;
  /** The plugin's. */
  readonly version: string;
  readonly log: Log;
  /** See {@link messageRefusals}. */
  readonly refusals: Refusals;
  /** What was refused over HTTP; undefined where there is none. Both are told with the hub's diagnostics. */
  readonly callRefusals: Refusals | undefined;
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string;
  readonly signal: AbortSignal;
  /** See {@link BusOptions.reconnect}, ms. */
  readonly reconnect?: number;
  /** See {@link BusOptions.settle}, ms. */
  readonly settle?: number;
  /** See {@link PAUSE}. */
  readonly pause?: number;
}

/** The hub's diagnostics are told so often at most, ms: in a flood they change with each message. */
const PAUSE = 10_000;

/** The door to the rest of the house, open until the signal is aborted. Whatever is wrong with the broker, nobody waits. */
export async function openMqtt(options: MqttOptions): Promise<void> {
  const { settings, cameras, folder, archive, version, log, mask, signal, refusals, callRefusals } = options;
  const { topic, frigateTopic } = settings;
  const outbox = await Outbox.open({ folder, log });
  const now = (): number => performance.now();
  const say = (): void => {
    const told = { version, refused: refusals.counts, refusedOverHttp: callRefusals?.counts };
    bus.state(hubTopic(topic), JSON.stringify(told));
  };
  const hearing = new Hearing({
    ...{ topic, frigateTopic, cameras, refusals, log, now },
    wallclock: Date.now,
    setFeedback: async (event, feedback) => (await (await archive)?.store.setFeedback(event, feedback)) ?? false,
  });
  const bus = new Bus({
    ...{ settings, outbox, log, signal },
    ...(options.reconnect !== undefined && { reconnect: options.reconnect }),
    ...(options.settle !== undefined && { settle: options.settle }),
    clientId: clientIdOf(folder),
    filters: hearing.filters,
    onMessage: (heard) => {
      hearing.hear(heard);
    },
    onOversized: () => {
      refusals.refuse('a topic that is not known', 'oversized', 'it has more than 1 MiB');
    },
  });
  say();
  const sayNow = withPauses(say, options.pause ?? PAUSE, signal);
  for (const each of [refusals, callRefusals]) each?.subscribe(sayNow);
  for (const camera of cameras) new CameraNews({ camera, bus, topic, mask, now, signal });
  await announce(options, bus);
  await bus.run();
}

/** What was announced before and is no more is taken back. It is remembered before it is said. */
async function announce({ settings, cameras, folder, version, log }: MqttOptions, bus: Bus): Promise<void> {
  const { topic, discoveryTopic, discovery } = settings;
  const announced = cameras.map((camera) => ({
    ...{ id: camera.id, name: camera.name, doorbell: camera.settings.type === 'doorbell', modes: settable(camera) },
    presets: presetsOf(camera),
    zones: camera.settings.detect.zones.filter(({ purpose }) => purpose === 'notice').map(({ name }) => name),
  }));
  const now = announcementsOf({ topic, discoveryTopic, version }, discovery ? announced : []);
  const before = await readAnnounced(folder);
  const gone = retracted(before, now);
  if (now.size > 0 || before.length > 0) await writeAnnounced(folder, [...gone, ...now.keys()], log);
  for (const old of gone) bus.state(old, '');
  for (const [name, payload] of now) bus.state(name, payload);
}

/** The same at each start, and no other hub's. */
const clientIdOf = (folder: string): string =>
  `lookout-${createHash('sha256').update(`${hostname()} ${folder}`).digest('hex').slice(0, 12)}`;
