import { jest } from '@jest/globals';
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { Hearing } from '../../src/mqtt/hearing.js';
import { frigateCountOf, frigateEventOf } from '../../src/mqtt/frigate.js';
import { isRefused } from '../../src/camera/reports/told.js';
import { feedbackOf, mappedOf, presetOf, switchOf, triggerOf } from '../../src/mqtt/inbound.js';
import { messageRefusals } from '../../src/mqtt/refusals.js';
import { withPauses } from '../../src/mqtt/pause.js';
import { askedOf } from '../../src/mqtt/topics.js';
import { readSettings } from '../../src/settings/settings.js';
import { Mosquitto } from '../peers/mosquitto.js';
import { figure } from '../e2e/harness/figures.js';
import { poll } from '../e2e/harness/until.js';
import { FakeCamera, House, login } from './house.js';

const NOW = 1_800_000_000_000;
const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const REFUSED = { refused: expect.any(String) as string };

it.each<[payload: unknown, result: object]>([
  ['motion', { report: { says: 'motion', over: false }, ends: false }],
  [' Ring\n', { report: { says: 'ring' } }],
  ['OFF', { report: { says: 'motion', over: true }, ends: true }],
  [{}, { report: { says: 'motion', over: false, confidence: undefined }, ends: false }],
  [
    {
      says: 'person',
      state: 'ON',
      confidence: 0.5,
      box: [0, 0, 1, 1],
      region: 'Porch',
      at: NOW - 1000,
      id: 'x',
      more: 1,
    },
    {
      report: { says: 'person', over: false, confidence: 0.5, box: [0, 0, 1, 1], region: 'Porch' },
      ends: true,
      id: 'x',
    },
  ],
  [{ at: NOW - 30_001 }, { refused: 'it is old, or from a clock that is wrong' }],
  [{ at: NOW + 30_001 }, REFUSED],
  [{ confidence: 87 }, { refused: '“confidence” is not what it has to be' }],
  [{ box: [0.5, 0, 0.6, 1] }, REFUSED],
  [{ box: [0, 0, 1] }, REFUSED],
  [{ says: 'known' }, REFUSED],
  ['[]', REFUSED],
  ['null', REFUSED],
  ['hello', REFUSED],
  ['', REFUSED],
  ['x'.repeat(200_000), REFUSED],
])('a trigger %j', (payload, result) => {
  expect(triggerOf(bytes(payload), NOW)).toMatchObject(result);
});

it('does not take for a text what is none', () => {
  expect(triggerOf(Buffer.of(0xff, 0xfe), NOW)).toMatchObject({ refused: 'it is no text, or too long' });
});

const BUTTON = { path: 'action', on: 'single', off: 'OFF', says: 'ring' } as const;
it.each<[payload: unknown, mapping: Parameters<typeof mappedOf>[1], result: object | undefined]>([
  ['on', { on: 'ON', off: 'OFF', says: 'motion' }, { report: { says: 'motion', over: false }, ends: true }],
  ['OFF', { on: 'ON', off: 'OFF', says: 'person' }, { report: { says: 'person', over: true } }],
  ['unknown', { on: 'ON', off: 'OFF', says: 'motion' }, undefined],
  [{ action: 'single' }, BUTTON, { report: { says: 'ring' }, ends: false }],
  [{ action: 'double' }, BUTTON, undefined],
  [{ battery: 50 }, BUTTON, undefined],
  [{ action: { toString: 1 } }, BUTTON, undefined],
  ['no JSON', BUTTON, { refused: 'it is no JSON' }],
  [{ occupancy: true }, { path: 'occupancy', on: 'true', off: 'false', says: 'motion' }, { report: { over: false } }],
  [{ a: [{ b: 1 }] }, { path: 'a.0.b', on: '1', off: '0', says: 'motion' }, { report: { over: false } }],
  [{}, { path: '__proto__.x', on: '1', off: '0', says: 'motion' }, undefined],
  ['"text"', { path: 'length', on: '4', off: '0', says: 'motion' }, undefined],
])('%j as %j', (payload, mapping, result) => {
  const told = mappedOf(bytes(payload), mapping);
  if (result === undefined) expect(told).toBeUndefined();
  else expect(told).toMatchObject(result);
});

const FRIGATE = {
  ...{
    id: '1607123955.475377-mxklsc',
    camera: 'front_door',
    label: 'person',
    top_score: 0.83,
    box: [424, 500, 536, 712],
  },
  ...{ false_positive: false, stationary: false, current_zones: ['porch'], score: 0.7, sub_label: null },
};
it.each<[type: string, change: object, result: object | undefined]>([
  ['new', {}, { camera: 'front_door', report: { says: 'person', over: false, confidence: 0.83, region: 'porch' } }],
  ['end', {}, { report: { over: true } }],
  ['update', { label: 'car', stationary: true }, undefined],
  ['update', { false_positive: true }, undefined],
  ['update', { label: 'dog' }, { report: { says: 'animal' } }],
  ['new', { label: 'constructor' }, { report: { says: 'motion' } }],
  ['new', { top_score: 7 }, REFUSED],
  ['new', { camera: 5 }, REFUSED],
  ['gone', {}, REFUSED],
])('Frigate’s %s event with %j', (type, change, result) => {
  const told = frigateEventOf(bytes({ type, before: {}, after: { ...FRIGATE, ...change } }));
  if (result === undefined) expect(told).toBeUndefined();
  else expect(told).toMatchObject(result);
});

it.each<[object: string, payload: string, result: object | undefined]>([
  ['person', '2', { report: { says: 'person', over: false } }],
  ['person', '0', { report: { over: true } }],
  ['motion', 'ON', { report: { says: 'motion', over: false } }],
  ['person', 'many', REFUSED],
  ['motion', 'toString', REFUSED],
  ['all', '1', undefined],
  ['__proto__', '1', undefined],
])('Frigate’s %s: %s', (object, payload, result) => {
  const told = frigateCountOf(object, bytes(payload));
  if (result === undefined) expect(told).toBeUndefined();
  else expect(told).toMatchObject(result);
});

it.each<[topic: string, result: object | undefined]>([
  ['eyes/door/trigger', { camera: 'door', kind: 'trigger' }],
  ['eyes/door/set/privacy', { camera: 'door', kind: 'set', mode: 'privacy' }],
  ['eyes/door/trigger/x', undefined],
  ['eyes/door/set', undefined],
  ['eyesdoor/trigger', undefined],
  ['eyes/door/motion', undefined],
])('%s asks %j', (topic, result) => {
  expect(askedOf('eyes', topic)).toEqual(result);
});

const life = new AbortController();
afterAll(() => {
  life.abort();
});

function hearing(change: object = {}, onvif: object = {}) {
  const said: string[] = [];
  const listen = [{ topic: 'zigbee/button', path: 'action', on: 'single', says: 'ring' }];
  const camera = {
    name: 'Door',
    source: 'rtsp://127.0.0.1/x',
    type: 'doorbell',
    ...{ mqtt: { frigate: 'front_door', listen, ...change }, onvif },
  };
  const { settings, problems } = readSettings({ cameras: [camera] });
  expect(problems).toEqual([]);
  const cameras = settings.cameras.map((each) => FakeCamera.of(each, life.signal));
  let now = 1000;
  const log = { warn: (text: string) => void said.push(text) };
  const refusals = messageRefusals(log);
  const made = new Hearing({
    ...{ topic: 'eyes', frigateTopic: 'frigate', cameras, refusals, log, wallclock: () => NOW, now: () => now },
    setFeedback: () => Promise.resolve(true),
  });
  const hear = (topic: string, payload: unknown, retained = false): void => {
    made.hear({ topic, payload: bytes(payload), retained });
  };
  const [first] = cameras;
  if (first === undefined) throw new Error('there is no camera');
  return { hear, said, made, refusals, camera: first, pass: (ms: number) => (now += ms) };
}

it('hears what is mapped to a camera', () => {
  const { hear, camera, made, said } = hearing({ trust: true });
  expect(made.filters).toEqual([
    ...['eyes/+/trigger', 'eyes/+/set/+', 'eyes/+/feedback', 'frigate/events', 'frigate/front_door/+', 'zigbee/button'],
  ]);
  hear('zigbee/button', { action: 'single', battery: 90 });
  hear('frigate/events', { type: 'new', after: FRIGATE });
  hear('frigate/events', { type: 'new', after: { ...FRIGATE, camera: 'yard' } });
  hear('frigate/front_door/person', '1', true);
  expect(camera.presses).toEqual(['mqtt']);
  expect(camera.witnesses).toMatchObject([{ source: 'mqtt', claim: { category: 'person', confidence: 0.83 } }]);
  expect(said).toEqual([]);
});

it('hears of each what is over of that alone', () => {
  const listen = [
    { topic: 'zigbee/pir', path: 'occupancy', on: 'true', off: 'false' },
    { topic: 'zigbee/pir', path: 'presence', on: 'true', off: 'false' },
  ];
  const { hear, camera } = hearing({ trust: true, frigate: 'front_door', listen });
  const begin = (): void => {
    hear('eyes/door/trigger', { says: 'person', state: 'ON' });
    hear('eyes/door/trigger', 'ON');
    hear('zigbee/pir', { occupancy: true, presence: true });
    hear('frigate/events', { type: 'new', after: { ...FRIGATE, id: 'a' } });
    hear('frigate/events', { type: 'new', after: { ...FRIGATE, id: 'b' } });
    hear('frigate/front_door/person', '1');
  };
  begin();
  const claimants = camera.witnesses.map(({ claim }) => claim?.by);
  expect(new Set(claimants).size).toBe(7);
  begin();
  expect(new Set(camera.witnesses.map(({ claim }) => claim?.by)).size).toBe(7);
  hear('eyes/door/trigger', { says: 'person', state: 'OFF' });
  hear('eyes/door/trigger', 'OFF');
  hear('zigbee/pir', { occupancy: false, presence: false });
  hear('frigate/events', { type: 'end', after: { ...FRIGATE, id: 'a' } });
  hear('frigate/events', { type: 'end', after: { ...FRIGATE, id: 'b' } });
  hear('frigate/front_door/person', '0');
  expect(camera.unclaimed).toEqual(claimants);
});

it('refuses once a source, and counts: what is not asked, what was heard, what is of no camera', () => {
  const { hear, camera, refusals, said } = hearing();
  for (let nth = 0; nth < 3; nth++) hear('eyes/door/trigger', { says: 'ring', id: 'a' });
  hear('eyes/shed/trigger', 'motion');
  hear('eyes/door/trigger', 'ring', true);
  hear('eyes/door/set/active', 'OFF');
  hear('eyes/door/set/privacy', 'OFF');
  hear('zigbee/button', `{"action":"${'x'.repeat(200_000)}"}`);
  hear('zigbee/button', 'single');
  expect(camera.presses).toHaveLength(1);
  expect(refusals.counts).toEqual({ malformed: 1, oversized: 1, replayed: 3, unauthorised: 3, flood: 0 });
  expect(said.map((line) => line.split(' is not heeded')[0])).toEqual(
    [
      ...['eyes/door/trigger', 'eyes/shed/trigger', 'eyes/door/set/active', 'eyes/door/set/privacy', 'zigbee/button'],
    ].map((topic) => `MQTT: a message to ${topic}`),
  );
});

describe('presets', () => {
  it.each([
    ['Gate', 'Gate'],
    [' gate\n', 'Gate'],
    ['Door', { refused: 'the settings have no such preset. See "onvif.presets"', kind: 'unauthorised' }],
    ['', { kind: 'unauthorised' }],
  ])('%j is %j', (payload, preset) => {
    if (typeof preset === 'string') expect(presetOf(bytes(payload), ['Gate'])).toBe(preset);
    else expect(presetOf(bytes(payload), ['Gate'])).toMatchObject(preset);
  });

  it('are gone to one after the other, and what stood in the way is said', async () => {
    const { hear, camera, refusals, said } = hearing({}, { presets: ['Gate', 'Yard'] });
    hear('eyes/door/set/preset', 'gate');
    hear('eyes/door/set/preset', 'Yard');
    expect(camera.went).toEqual(['Gate']);
    expect(refusals.counts).toMatchObject({ flood: 1 });
    camera.arrive.reject(new Error('It has no preset “Gate”.'));
    await new Promise(setImmediate);
    expect(said.at(-1)).toBe('Door: it did not go to its preset “Gate”. It has no preset “Gate”.');
    hear('eyes/door/set/preset', 'Gate');
    await new Promise(setImmediate);
    expect(said.filter((line) => line.includes('did not go'))).toHaveLength(1);
    camera.arrive = Promise.withResolvers();
    camera.arrive.resolve(undefined);
    hear('eyes/door/set/preset', 'Yard');
    hear('eyes/door/set/preset', 'Roof');
    camera.modes.change({ privacy: true });
    await new Promise(setImmediate);
    hear('eyes/door/set/preset', 'Yard');
    expect(camera.went).toEqual(['Gate', 'Gate', 'Yard']);
    expect(refusals.counts).toMatchObject({ unauthorised: 1 });
  });
});

it('does nothing before a camera that is off', () => {
  const { hear, camera } = hearing({ trust: true });
  camera.modes.change({ privacy: true });
  hear('eyes/door/trigger', 'ring');
  hear('eyes/door/trigger', 'person');
  expect([camera.presses, camera.candidates, camera.witnesses]).toEqual([[], [], []]);
});

it('does so much in a second, and no more', () => {
  const { hear, camera, pass, refusals } = hearing();
  for (let nth = 0; nth < 10_000; nth++) hear('eyes/door/trigger', 'motion');
  expect(camera.candidates).toHaveLength(40);
  pass(1000);
  for (let nth = 0; nth < 10_000; nth++) hear('eyes/door/trigger', 'motion');
  expect(camera.candidates).toHaveLength(60);
  expect(refusals.total).toBe(20_000 - 60);
});

it('lives on whatever it hears', () => {
  const { hear, made, pass, refusals } = hearing();
  const part = fc.constantFrom(
    'eyes',
    'frigate',
    'door',
    'front_door',
    'events',
    'trigger',
    'set',
    'privacy',
    'feedback',
    '',
  );
  const topic = fc.array(fc.oneof(part, fc.string()), { maxLength: 5 }).map((parts) => parts.join('/'));
  const like = fc.record(
    {
      says: fc.anything(),
      state: fc.anything(),
      box: fc.anything(),
      at: fc.anything(),
      type: fc.anything(),
      after: fc.object(),
    },
    { requiredKeys: [] },
  );
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each)),
    fc
      .oneof(
        fc.json(),
        like.map((each) => JSON.stringify(each)),
      )
      .map((each) => Buffer.from(each)),
  );
  fc.assert(
    fc.property(topic, payload, fc.boolean(), (name, message, retained) => {
      pass(1000);
      made.hear({ topic: name, payload: message, retained });
      for (const parsed of [triggerOf(message, NOW), feedbackOf(message)])
        if (isRefused(parsed)) expect(parsed.refused).toMatch(/^[\x20-\x7e“”]+$/);
      switchOf(message);
      hear('zigbee/button', message.toString());
    }),
    { numRuns: 500 },
  );
  expect(refusals.total).toBeGreaterThan(0);
});

it('tells the house what it has refused, at once and then from time to time', async () => {
  await using broker = await Mosquitto.start();
  await using house = new House(login(broker), { mqtt: { discovery: false } });
  const ear = await broker.hear('lookout/diagnostics');
  const diagnostics = (): { refused?: unknown; refusedOverHttp?: unknown } =>
    JSON.parse(ear.last['lookout/diagnostics'] ?? '{}') as object;
  const refused = (): unknown => diagnostics().refused;
  const none = { malformed: 0, oversized: 0, replayed: 0, unauthorised: 0, flood: 0 };
  await ear.count('that there is nothing', () => isDeepStrictEqual(refused(), none));
  broker.publish('lookout/cam-1/trigger', 'rubbish');
  await ear.count('the first', () => isDeepStrictEqual(refused(), { ...none, malformed: 1 }));
  broker.publish('lookout/cam-1/trigger', 'rubbish');
  broker.publish('lookout/cam-9/trigger', 'ring');
  await ear.count('all', () => isDeepStrictEqual(refused(), { ...none, malformed: 2, unauthorised: 1 }));
  expect(house.said.filter((line) => line.includes('is not heeded'))).toHaveLength(2);
  expect(diagnostics().refusedOverHttp).toEqual(none);
  house.calls.refuse('192.168.1.20', 'unauthorised', 'its token is wrong');
  await ear.count('a call', () => isDeepStrictEqual(diagnostics().refusedOverHttp, { ...none, unauthorised: 1 }));
});

it('pauses', () => {
  jest.useFakeTimers();
  let done = 0;
  const ended = new AbortController();
  const ask = withPauses(() => done++, 1000, ended.signal);
  const seen = [1, 1, 500, 500, 1000, 1, 1, 1000].map((ms) => {
    ask();
    jest.advanceTimersByTime(ms);
    return done;
  });
  expect(seen).toEqual([1, 1, 1, 2, 3, 3, 3, 4]);
  ended.abort();
  ask();
  jest.advanceTimersByTime(5000);
  jest.useRealTimers();
  expect(done).toBe(4);
});

it('is not slowed by a flood, and hears the next who rings', async () => {
  await using broker = await Mosquitto.start();
  await using house = new House(login(broker), {
    cameras: [{ id: 'door', type: 'doorbell' }, { id: 'yard' }],
    mqtt: { discovery: false },
  });
  const ear = await broker.hear('lookout/#');
  await ear.until('a status', ({ topic }) => topic === 'lookout/yard/diagnostics');
  const { stdin } = broker.publisher('lookout/yard/trigger');
  const began = performance.now();
  let longest = 0;
  let last = process.threadCpuUsage();
  // By what this thread works: others may have the processors meanwhile.
  const beat = setInterval(() => {
    const { user, system } = process.threadCpuUsage(last);
    longest = Math.max(longest, (user + system) / 1000);
    last = process.threadCpuUsage();
  }, 1);
  let sent = 0;
  for (; sent < 12_000; sent += 500) {
    stdin?.write('{"says":"motion"}\n'.repeat(500));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  clearInterval(beat);
  broker.publish('lookout/door/trigger', 'ring');
  await poll('a ring', () => house.cameras[0]?.presses[0], 10_000, 5);
  const took = performance.now() - began;
  expect(house.cameras[1]?.candidates.length).toBeLessThan(40 + (20 * took) / 1000 + 1);
  expect(house.said.filter((line) => line.includes('too many'))).toHaveLength(1);
  figure('messages thrown at us in a second', (sent * 1000) / took, '');
  figure('longest that the event loop was held up meanwhile', longest, 'ms');
  expect(longest).toBeLessThan(500);
});
