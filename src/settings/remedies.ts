import { isObject, valueAt, type Path } from './json.js';
import { KEEP_ALL } from './schema.js';

/**
 * What is done about a fault, so that the rest can be used:
 * - `use`: another value stands in, undefined for the default;
 * - `drop`: the whole entry that the path names is left out.
 */
export type Remedy =
  | { readonly kind: 'use'; readonly value: unknown; readonly said: string }
  | { readonly kind: 'drop'; readonly said: string };

/** What to do about a fault at a path. */
export interface Decision {
  /** Undefined where nothing can be done without what is faulty. */
  readonly remedy: Remedy | undefined;
  /** How many steps of the fault's path lead to what is concerned as a whole. */
  readonly depth: number;
}

type Table = Readonly<Record<string, Remedy>>;

const use = (value: unknown, said: string): Remedy => ({ kind: 'use', value, said });
const drop = (said: string): Remedy => ({ kind: 'drop', said });
const byDefault = use(undefined, 'the default is used');

/**
 * A camera's fields that a fault in them does not cost the camera. Not among them: what HomeKit would forget if it
 * changed for a while (id, type, record), and anything that might make the hub look at what is masked. Where the
 * default would show or send more than was wanted, the fault means "off".
 */
const CAMERA: Table = {
  detectSource: drop('the camera does without it'),
  audio: use(false, 'the sound stays off'),
  talk: use(false, 'talking back stays off'),
  talkCodec: byDefault,
  talkHalfDuplex: byDefault,
  // Without it a camera that was switched off by it would be on.
  privacySwitch: use(true, 'there is the switch'),
  detectionSwitch: use(false, 'there is no such switch'),
  homekit: drop('there is no such switch'),
  'homekit.triggerSwitch': use(false, 'there is no such switch'),
  'homekit.trust': use(false, 'it is not believed'),
  doorbell: byDefault,
  'doorbell.visit': byDefault,
  'doorbell.interval': byDefault,
  'doorbell.chimeSwitch': use(false, 'there is no such switch'),
  'doorbell.sound': drop('no sound is played'),
  mqtt: drop('nothing is heard over MQTT but the camera’s own topics'),
  'mqtt.trust': use(false, 'they are not believed'),
  'mqtt.frigate': drop('Frigate is not heard'),
  'mqtt.listen': drop('no other topic is heard'),
  'mqtt.listen.*': drop('it is left out'),
  onvif: drop('ONVIF is used for no more than the source'),
  'onvif.enabled': use(false, 'ONVIF is used for no more than the source'),
  'onvif.events': use(false, 'its events are not heard'),
  'onvif.trust': use(false, 'it is not believed'),
  'onvif.presets': drop('there are no switches for presets'),
  'onvif.presets.*': drop('it is left out'),
  'detect.enabled': byDefault,
  'detect.sensitivity': byDefault,
  'detect.hold': byDefault,
  'detect.alertWindow': byDefault,
  'detect.categories': byDefault,
  'detect.categories.*': drop('it is left out'),
  'detect.zones.*': drop('the zone is left out'),
  'detect.zones.*.share': byDefault,
  'detect.zones.*.sensor': use(false, 'the zone gets no sensor'),
  'detect.zones.*.categories': byDefault,
  'detect.zones.*.categories.*': drop('it is left out'),
};

const PLATFORM: Table = {
  name: byDefault,
  ffmpeg: drop('another one is looked for'),
  mqtt: drop('there is no MQTT'),
  'mqtt.discovery': use(false, 'nothing is announced'),
  http: drop('there is no HTTP'),
  store: use({ keepDays: KEEP_ALL.days, maxGiB: KEEP_ALL.gibibytes }, 'nothing is deleted until this is mended'),
  'store.url': byDefault,
  'store.keepDays': use(KEEP_ALL.days, 'no event is deleted for its age until this is mended'),
  'store.pictureDays': drop('pictures are kept as long as their events'),
  'store.clipDays': drop('clips are kept as long as their events'),
  'store.maxGiB': use(KEEP_ALL.gibibytes, 'nothing is deleted for want of space until this is mended'),
  quiet: byDefault,
  'quiet.*': drop('it is left out'),
};

/** Without a remedy the camera has to be left out. */
export function decideForCamera(camera: unknown, path: Path): Decision {
  const { remedy, depth } = find(CAMERA, path);
  const wholeZone = depth === 3 && path[1] === 'zones';
  if (wholeZone && mayBeMask(valueAt(camera, path.slice(0, 3)))) return { remedy: undefined, depth };
  const wholeOnvif = depth === 1 && path[0] === 'onvif';
  return { remedy: wholeOnvif && isChannel(camera) ? undefined : remedy, depth };
}

export const decideForPlatform = (_: unknown, path: Path): Decision => find(PLATFORM, path);

/** The longest beginning of the path that the table has. */
function find(table: Table, path: Path): Decision {
  const pattern = path.map((step) => (typeof step === 'number' ? '*' : step));
  for (let depth = path.length; depth > 0; depth--) {
    const key = pattern.slice(0, depth).join('.');
    if (Object.hasOwn(table, key)) return { remedy: table[key], depth };
  }
  return { remedy: undefined, depth: 0 };
}

/** Without what names its channel it would be another of a recorder's cameras, with masks that are not made for it. */
const isChannel = (camera: unknown): boolean =>
  /^\s*onvifs?:/i.test(String(valueAt(camera, ['source']))) && valueAt(camera, ['onvif', 'channel']) !== undefined;

function mayBeMask(zone: unknown): boolean {
  return !isObject(zone) || ![undefined, 'notice', 'ignore'].includes(zone['purpose'] as string | undefined);
}
