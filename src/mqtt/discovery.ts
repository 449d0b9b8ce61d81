import { type CameraTopic, cameraTopic, DETECTED, type SettableMode, statusTopic, topicKeys } from './topics.js';

/** What Home Assistant is told of a camera's parts, by topic: https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery */
export type Announcements = ReadonlyMap<string, string>;

export interface AnnouncedCamera {
  readonly id: string;
  readonly name: string;
  readonly doorbell: boolean;
  /** Of its zones to notice. */
  readonly zones: readonly string[];
  readonly modes: readonly SettableMode[];
  /** Names of positions that it can be sent to. */
  readonly presets: readonly string[];
}

export interface AnnouncedHub {
  /** What our own topics begin with. */
  readonly topic: string;
  /** What Home Assistant's begin with. */
  readonly discoveryTopic: string;
  /** The plugin's. */
  readonly version: string;
}

type Json = Readonly<Record<string, unknown>>;

interface Entity {
  readonly component: 'binary_sensor' | 'button' | 'camera' | 'event' | 'switch';
  readonly key: string;
  readonly config: Json;
}

const MODE: Readonly<Record<SettableMode, { readonly name: string; readonly icon: string }>> = {
  privacy: { name: 'Privacy', icon: 'mdi:eye-off' },
  detection: { name: 'Detection', icon: 'mdi:motion-sensor' },
  chime: { name: 'Chime', icon: 'mdi:bell' },
};

const ICON: Readonly<Record<(typeof DETECTED)[number], string>> = {
  person: 'mdi:walk',
  vehicle: 'mdi:car',
  animal: 'mdi:paw',
  package: 'mdi:package-variant-closed',
};

export function announcementsOf(hub: AnnouncedHub, cameras: readonly AnnouncedCamera[]): Announcements {
  return new Map(
    cameras.flatMap((camera) => entitiesOf(hub, camera).map((entity) => announcement(hub, camera, entity))),
  );
}

/** What was announced and is no more: to be taken back. */
export const retracted = (before: readonly string[], now: Announcements): string[] =>
  before.filter((topic) => !now.has(topic));

/** Everything of a camera whose name of its own is its id. */
function announcement(hub: AnnouncedHub, camera: AnnouncedCamera, entity: Entity): [topic: string, payload: string] {
  const { discoveryTopic, topic, version } = hub;
  const { component, key, config } = entity;
  const node = `${topic.replace(/[^\w-]/g, '_')}_${camera.id}`;
  const unique = `${node}_${key}`;
  return [
    `${discoveryTopic}/${component}/${node}/${key}/config`,
    JSON.stringify({
      ...config,
      unique_id: unique,
      default_entity_id: `${component}.${`${camera.id}_${key}`.toLowerCase().replace(/[^a-z\d]+/g, '_')}`,
      device: {
        identifiers: [node],
        name: camera.name,
        manufacturer: 'Lookout',
        model: camera.doorbell ? 'Doorbell' : 'Camera',
        sw_version: version,
      },
      origin: {
        name: 'Lookout',
        sw_version: version,
        support_url: 'https://github.com/homebridge-lookout/homebridge-lookout#readme',
      },
    }),
  ];
}

function entitiesOf(hub: AnnouncedHub, camera: AnnouncedCamera): Entity[] {
  const topic = (name: CameraTopic): string => cameraTopic(hub.topic, camera.id, name);
  const online = { topic: statusTopic(hub.topic) };
  const seen = { availability: [online, { topic: topic('availability') }], availability_mode: 'all' };
  // A camera that is off can be switched on.
  const there = { availability: [online] };
  const keys = topicKeys(camera.zones);
  const presets = topicKeys(camera.presets);
  const sensor = (key: string, name: string, state: CameraTopic, config: Json): Entity => ({
    component: 'binary_sensor',
    key,
    config: { name, state_topic: topic(state), payload_on: 'ON', payload_off: 'OFF', ...seen, ...config },
  });
  return [
    sensor('motion', 'Motion', 'motion', { device_class: 'motion' }),
    ...DETECTED.map((category) => sensor(category, titled(category), category, { icon: ICON[category] })),
    ...camera.zones.map((zone) => {
      const key = keys.get(zone) ?? zone;
      return sensor(`zone_${key}`, zone, `zone/${key}`, { device_class: 'motion' });
    }),
    sensor('connected', 'Connected', 'availability', {
      payload_on: 'online',
      payload_off: 'offline',
      device_class: 'connectivity',
      entity_category: 'diagnostic',
      json_attributes_topic: topic('diagnostics'),
      ...there,
      availability_mode: 'latest',
    }),
    // The device's own name is the picture's.
    { component: 'camera', key: 'picture', config: { name: null, topic: topic('picture'), ...seen } },
    {
      component: 'event',
      key: 'event',
      config: { name: 'Event', state_topic: topic('event'), event_types: ['start', 'update', 'end'], ...there },
    },
    ...(camera.doorbell
      ? [
          {
            component: 'event',
            key: 'ring',
            config: {
              name: 'Ring',
              state_topic: topic('ring'),
              event_types: ['ring'],
              device_class: 'doorbell',
              ...there,
            },
          } as const,
        ]
      : []),
    ...[...presets].map(([preset, key]): Entity => ({
      component: 'button',
      key: `preset_${key}`,
      config: {
        ...{ name: preset, command_topic: topic('set/preset'), payload_press: preset },
        ...{ icon: 'mdi:camera-control', ...seen },
      },
    })),
    ...camera.modes.map((mode): Entity => {
      const [state, command] = [topic(`mode/${mode}`), topic(`set/${mode}`)];
      const payloads = { payload_on: 'ON', payload_off: 'OFF', state_on: 'ON', state_off: 'OFF' };
      return {
        component: 'switch',
        key: mode,
        config: { ...MODE[mode], state_topic: state, command_topic: command, ...payloads, ...there },
      };
    }),
  ];
}

const titled = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
