import { readFileSync } from 'node:fs';
import { announcementsOf, retracted } from '../../src/mqtt/discovery.js';
import { announcedPath } from '../../src/mqtt/announced.js';
import { Mosquitto } from '../peers/mosquitto.js';
import { House, login } from './house.js';

const HUB = { topic: 'lookout', discoveryTopic: 'homeassistant', version: '1.2.3' };
const DOOR = {
  id: 'front-door',
  name: 'Front door',
  doorbell: true,
  zones: ['Porch', 'Porch!'],
  modes: ['privacy', 'detection', 'chime'] as const,
};

const all = [...announcementsOf(HUB, [DOOR])].map(
  ([topic, payload]) => [topic, JSON.parse(payload) as Record<string, unknown>] as const,
);

/** What Home Assistant's schemas require, and what they know beside it, by component. */
const COMMON = [
  ...['name', 'unique_id', 'default_entity_id', 'device', 'origin', 'icon', 'entity_category', 'device_class'],
  ...['availability', 'availability_mode', 'json_attributes_topic'],
];
const SCHEMA: Readonly<Record<string, { readonly required: readonly string[]; readonly optional: readonly string[] }>> =
  {
    binary_sensor: { required: ['state_topic'], optional: ['payload_on', 'payload_off'] },
    camera: { required: ['topic'], optional: [] },
    event: { required: ['state_topic', 'event_types'], optional: [] },
    switch: {
      required: ['command_topic'],
      optional: ['state_topic', 'payload_on', 'payload_off', 'state_on', 'state_off'],
    },
  };
const CLASSES: Readonly<Record<string, readonly unknown[]>> = {
  binary_sensor: ['motion', 'connectivity', undefined],
  event: ['doorbell', undefined],
};

it.each(all)('%s is what Home Assistant takes', (topic, payload) => {
  const [, component = ''] = /^homeassistant\/([a-z_]+)\/[\w-]+\/[\w-]+\/config$/.exec(topic) ?? [];
  const { required, optional } = SCHEMA[component] ?? { required: ['a known component'], optional: [] };
  expect(Object.keys(payload)).toEqual(expect.arrayContaining([...required, 'unique_id', 'device', 'origin']));
  expect(Object.keys(payload).filter((key) => ![...required, ...optional, ...COMMON].includes(key))).toEqual([]);
  for (const [key, value] of Object.entries(payload))
    if (key.endsWith('_topic')) expect(value).toMatch(/^lookout\/[^+#\s]+$/);
  expect(payload['device']).toEqual({
    identifiers: ['lookout_front-door'],
    ...{ name: 'Front door', manufacturer: 'Lookout', model: 'Doorbell', sw_version: '1.2.3' },
  });
  expect(payload['origin']).toMatchObject({ name: 'Lookout' });
  const availability = payload['availability'] as { topic: string }[];
  for (const each of availability) expect(Object.keys(each)).toEqual(['topic']);
  expect(availability[0]).toEqual({ topic: 'lookout/status' });
  expect([undefined, 'all', 'any', 'latest']).toContain(payload['availability_mode']);
  expect(CLASSES[component] ?? [undefined]).toContain(payload['device_class']);
  expect([undefined, 'config', 'diagnostic']).toContain(payload['entity_category']);
  expect(payload['default_entity_id']).toMatch(new RegExp(`^${component}\\.[a-z0-9_]+$`));
});

it('names each thing once', () => {
  expect(all).toHaveLength(14);
  for (const key of ['unique_id', 'default_entity_id'])
    expect(new Set(all.map(([, payload]) => payload[key])).size).toBe(all.length);
  expect(new Set(all.flatMap(([, { state_topic }]) => state_topic ?? [])).size).toBe(
    all.filter(([, { state_topic }]) => state_topic !== undefined).length,
  );
});

it('takes back what is no more', () => {
  const less = announcementsOf(HUB, [{ ...DOOR, doorbell: false, zones: ['Porch'], modes: [] }]);
  expect(
    retracted(
      all.map(([topic]) => topic),
      less,
    ),
  ).toEqual([
    'homeassistant/binary_sensor/lookout_front-door/zone_porch-2/config',
    'homeassistant/event/lookout_front-door/ring/config',
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
