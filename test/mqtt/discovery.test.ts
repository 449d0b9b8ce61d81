import { readFileSync } from 'node:fs';
import { type AnnouncedCamera, type AnnouncedHub, announcementsOf, retracted } from '../../src/mqtt/discovery.js';
import { announcedPath } from '../../src/mqtt/announced.js';
import { Mosquitto } from '../peers/mosquitto.js';
import { objections, SCHEMAS } from './home-assistant.js';
import { House, login } from './house.js';

const HUB = { topic: 'lookout', discoveryTopic: 'homeassistant', version: '1.2.3' };
const DOOR = {
  id: 'front-door',
  name: 'Front door',
  doorbell: true,
  zones: ['Porch', 'Porch!'],
  modes: ['privacy', 'detection', 'chime'] as const,
  presets: ['Gate', 'gate!'],
};

const all = [...announcementsOf(HUB, [DOOR])].map(
  ([topic, payload]) => [topic, JSON.parse(payload) as Record<string, unknown>] as const,
);

const MODES = ['privacy', 'detection', 'chime'] as const;
const CAMERAS: readonly AnnouncedCamera[] = [
  DOOR,
  { id: 'yard', name: 'Yard', doorbell: false, zones: [], modes: [], presets: [] },
  { id: 'bell', name: 'Bell', doorbell: true, zones: [], modes: ['chime'], presets: ['日本', 'a'.repeat(64)] },
  {
    id: 'Side-2',
    name: 'Ä “side” #2+',
    doorbell: false,
    zones: ['Ä/ö + #', '日本', 'a'.repeat(64)],
    modes: MODES,
    presets: ['Ä/ö + #'],
  },
  ...MODES.map((mode) => ({
    id: `only-${mode}`,
    name: mode,
    doorbell: false,
    zones: ['Porch'],
    modes: [mode],
    presets: [],
  })),
];
const HUBS: readonly AnnouncedHub[] = [
  HUB,
  { topic: 'house/eyes', discoveryTopic: 'ha/discovery', version: '0.0.0-x' },
];

const announced = HUBS.flatMap((hub) =>
  [...announcementsOf(hub, CAMERAS)].map(
    ([topic, payload]) => [topic, hub, JSON.parse(payload) as Record<string, unknown>] as const,
  ),
);

it.each(announced)('%s is what Home Assistant takes', (topic, { discoveryTopic }, payload) => {
  expect(objections(discoveryTopic, topic, payload)).toEqual([]);
});

it('announces every kind of entity', () => {
  const components = all.map(([topic]) => topic.split('/')[1]);
  expect([...new Set(components)].toSorted()).toEqual(Object.keys(SCHEMAS));
});

const [ring = [], motion = [], button = []] = [
  ...[
    'event/lookout_front-door/ring',
    'binary_sensor/lookout_front-door/motion',
    'button/lookout_front-door/preset_gate',
  ],
].map((part) => all.find(([topic]) => topic === `homeassistant/${part}/config`));
it.each<[what: string, announcement: readonly unknown[], change: object, path: string]>([
  ['a key that nobody knows', ring, { event_type: 'ring' }, ''],
  ['an abbreviation', ring, { stat_t: 'x' }, ''],
  ['a wildcard', ring, { state_topic: 'a/+' }, 'state_topic'],
  ['a doorbell that does not ring', ring, { event_types: ['press'] }, ''],
  ['nothing that happens', ring, { event_types: [], device_class: undefined }, 'event_types'],
  ['a class that nobody knows', motion, { device_class: 'person' }, 'device_class'],
  ['a number as a text', motion, { payload_on: 1 }, 'payload_on'],
  ['an icon without a set', motion, { icon: 'walk' }, 'icon'],
  ['a sensor that configures', motion, { entity_category: 'config' }, 'entity_category'],
  ['a device without an identity', motion, { device: { name: 'Door' } }, 'device'],
  ['a button without a topic', button, { command_topic: undefined }, 'command_topic'],
  ['a button with a state', button, { state_topic: 'x' }, ''],
  ['no topic', motion, { state_topic: undefined }, 'state_topic'],
])('refuses %s', (_, [topic, payload], change, path) => {
  const changed = JSON.parse(JSON.stringify({ ...(payload as object), ...change })) as unknown;
  const said = objections('homeassistant', String(topic), changed);
  expect(said).toEqual([expect.stringMatching(new RegExp(`^${path}: `)) as string]);
});

it.each(all)('%s belongs to its camera, which is there while the hub is', (topic, payload) => {
  for (const [key, value] of Object.entries(payload))
    if (key.endsWith('_topic')) expect(value).toMatch(/^lookout\/front-door\/[^+#\s]+$/);
  expect(payload['device']).toEqual({
    identifiers: ['lookout_front-door'],
    ...{ name: 'Front door', manufacturer: 'Lookout', model: 'Doorbell', sw_version: '1.2.3' },
  });
  expect(payload['origin']).toMatchObject({ name: 'Lookout' });
  expect((payload['availability'] as unknown[])[0]).toEqual({ topic: 'lookout/status' });
  expect(topic).toContain(`/lookout_front-door/`);
});

it('names each thing once', () => {
  expect(all).toHaveLength(16);
  for (const key of ['unique_id', 'default_entity_id'])
    expect(new Set(all.map(([, payload]) => payload[key])).size).toBe(all.length);
  expect(new Set(all.flatMap(([, { state_topic }]) => state_topic ?? [])).size).toBe(
    all.filter(([, { state_topic }]) => state_topic !== undefined).length,
  );
});

it('takes back what is no more', () => {
  const less = announcementsOf(HUB, [{ ...DOOR, doorbell: false, zones: ['Porch'], modes: [], presets: ['gate!'] }]);
  expect(
    retracted(
      all.map(([topic]) => topic),
      less,
    ),
  ).toEqual([
    'homeassistant/binary_sensor/lookout_front-door/zone_porch-2/config',
    'homeassistant/event/lookout_front-door/ring/config',
    'homeassistant/button/lookout_front-door/preset_gate-2/config',
    ...['privacy', 'detection', 'chime'].map((mode) => `homeassistant/switch/lookout_front-door/${mode}/config`),
  ]);
});

it('takes back from the broker what was taken out of the settings, or renamed, over a restart', async () => {
  await using broker = await Mosquitto.start();
  const ear = await broker.hear('homeassistant/#');
  const announced = (): string[] =>
    Object.entries(ear.last)
      .filter(([, payload]) => payload !== '')
      .map(([topic]) => topic.split('/').slice(1, 4).join('/'));
  let first: House;
  {
    await using house = (first = new House(login(broker), {
      cameras: [{ id: 'old' }, { id: 'door', type: 'doorbell' }],
    }));
    await ear.count('a ring', () => announced().includes('event/lookout_door/ring'));
    await ear.count('all of them', () => announced().length === 8 + 9);
    const { folder } = house;
    expect(readFileSync(announcedPath(folder), 'utf8')).toContain('lookout_old');
    await house.close();
    await using next = new House(login(broker), { cameras: [{ id: 'new' }], folder });
    await ear.count(
      'what is left',
      () => announced().length === 8 && announced().every((topic) => topic.includes('new')),
    );
    await next.close();
    await using last = new House(login(broker), { cameras: [{ id: 'new' }], folder, mqtt: { discovery: false } });
    await ear.count('nothing', () => announced().length === 0);
    expect(last.said.join()).toContain('connected');
  }
  expect(first.said).not.toEqual([]);
});
