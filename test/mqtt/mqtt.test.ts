import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Mosquitto, PASSWORD, USER } from '../peers/mosquitto.js';
import { longerPause } from '../../src/mqtt/pause.js';
import { poll } from '../e2e/harness/until.js';
import { House, login, RECONNECT } from './house.js';

/** With so many connections a broker sends the same message of more than 1 MiB. */
const RETAINED = 4;

let stack: AsyncDisposableStack;
let broker: Mosquitto;

beforeAll(async () => {
  broker = await Mosquitto.start();
});
afterAll(() => broker[Symbol.asyncDispose]());
beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

let houses = 0;
/** Each has topics of its own. */
const house = (mqtt: object = {}, cameras?: readonly object[], url = login(broker)): House & { topic: string } => {
  const topic = `house${++houses}`;
  const made = stack.use(new House(url, { mqtt: { topic, discovery: false, ...mqtt }, ...(cameras && { cameras }) }));
  return Object.assign(made, { topic });
};

it('tells states to whoever comes, events as they happen, and that it is gone', async () => {
  const home = house({}, [
    {
      id: 'door',
      privacySwitch: true,
      detect: {
        zones: [
          {
            name: 'Porch',
            polygon: [
              [0, 0],
              [1, 0],
              [1, 1],
            ],
          },
          {
            name: 'Street',
            polygon: [
              [0, 0],
              [1, 0],
              [1, 1],
            ],
            purpose: 'ignore',
          },
        ],
      },
    },
  ]);
  const { topic, camera } = home;
  const ear = await broker.hear(`${topic}/#`);
  await ear.until('a status', (message) => message.topic === `${topic}/door/diagnostics`);
  const event = camera.event();
  camera.tell('start', { ...event, state: 'ongoing' }, true);
  await ear.until('motion', (message) => message.topic === `${topic}/door/motion` && message.payload === 'ON');
  camera.tell('end', event);
  await ear.until('its end', ({ payload }) => payload.includes('"event_type":"end"'));
  await ear.count('no motion', () => ear.last[`${topic}/door/zone/porch`] === 'OFF');
  const [start] = ear.of(`${topic}/door/event`);
  expect(JSON.parse(start?.payload ?? '')).toMatchObject({
    ...{ schema: 1, event_type: 'start', camera: 'door', category: 'person', alert: true, zones: ['Porch'] },
    message: expect.any(Number) as number,
  });
  const late = await broker.hear(`${topic}/#`);
  await late.until('a picture', (message) => message.topic === `${topic}/door/picture`);
  await late.until('diagnostics', (message) => message.topic === `${topic}/door/diagnostics`);
  expect(late.of(`${topic}/door/availability`)[0]?.retain).toBe(true);
  const { [`${topic}/diagnostics`]: hub, ...last } = late.last;
  expect(hub).toContain('"version":"1.2.3"');
  const { picture, ...states } = Object.fromEntries(
    Object.entries(last).map(([name, payload]) => [name.replace(`${topic}/`, '').replace('door/', ''), payload]),
  );
  expect(picture).toBeDefined();
  expect(states).toEqual({
    status: 'online',
    availability: 'online',
    ...{ motion: 'OFF', person: 'OFF', vehicle: 'OFF', animal: 'OFF', package: 'OFF', 'zone/porch': 'OFF' },
    'mode/privacy': 'OFF',
    diagnostics: '{"online":true,"watching":true,"since":1}',
  });
  await home.close();
  await late.until('offline', (message) => message.topic === `${topic}/status` && message.payload === 'offline');
});

it('takes the picture back from the broker when the camera is switched off', async () => {
  const { topic, camera } = house();
  const ear = await broker.hear(`${topic}/#`);
  await ear.until('a status', (message) => message.topic === `${topic}/cam-1/diagnostics`);
  camera.tell('start', camera.event({ state: 'ongoing' }), true);
  await ear.until('a picture', (message) => message.topic === `${topic}/cam-1/picture`);
  camera.become({ kind: 'off', since: 2 });
  await ear.count('no picture', () => ear.last[`${topic}/cam-1/picture`] === '');
  await ear.count('unavailable', () => ear.last[`${topic}/cam-1/availability`] === 'offline');
});

it('has the broker say that it is gone where it cannot say so itself', async () => {
  // Between the two: what it lets through is cut.
  const sockets: Socket[] = [];
  const line = createServer((socket) => {
    const far = connect(broker.port, '127.0.0.1');
    for (const each of [socket, far]) each.on('error', () => undefined);
    socket.pipe(far).pipe(socket);
    sockets.push(socket, far);
  }).listen(0, '127.0.0.1');
  await once(line, 'listening');
  stack.defer(() => void line.close());
  const { port } = line.address() as { port: number };
  const { topic } = house({}, undefined, `mqtt://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`);
  const ear = await broker.hear(`${topic}/status`);
  await ear.until('online', ({ payload }) => payload === 'online');
  line.close();
  for (const socket of sockets) socket.destroy();
  await ear.until('offline', ({ payload }) => payload === 'offline');
});

it('rings, looks, switches and learns as it is told', async () => {
  const { topic, camera, feedback, said } = house({}, [{ id: 'door', type: 'doorbell', detectionSwitch: true }]);
  const ear = await broker.hear(`${topic}/#`);
  await ear.until('diagnostics', (message) => message.topic === `${topic}/door/diagnostics`);
  broker.publish(`${topic}/door/trigger`, 'ring');
  await poll('a press', () => camera.presses[0], 5000);
  broker.publish(`${topic}/door/trigger`, '{"says":"person","confidence":0.7,"box":[0.1,0.1,0.2,0.2]}');
  await poll('a candidate', () => camera.candidates[0], 5000);
  expect(camera.witnesses).toMatchObject([{ source: 'mqtt', claim: undefined }]);
  broker.publish(`${topic}/door/set/detection`, 'OFF');
  await ear.count('a mode', () => ear.last[`${topic}/door/mode/detection`] === 'OFF');
  broker.publish(`${topic}/door/set/privacy`, 'ON');
  const [event] = [camera.event()];
  broker.publish(`${topic}/door/feedback`, JSON.stringify({ event: event.id, verdict: 'wrong', category: 'animal' }));
  await poll('feedback', () => feedback[0], 5000);
  expect(feedback).toMatchObject([[event.id, { verdict: 'wrong', category: 'animal' }]]);
  expect(said.filter((line) => line.includes('not heeded'))).toEqual([
    `MQTT: a message to ${topic}/door/set/privacy is not heeded: Cam 1 has no such switch. See "privacySwitch". ` +
      'More of them are counted, and not told.',
  ]);
  expect(camera.presses).toEqual(['mqtt']);
});

it('does not heed what the broker has kept', async () => {
  const topic = `kept`;
  broker.publish(`${topic}/door/trigger`, 'ring', '-r');
  const { camera, said } = house({ topic }, [{ id: 'door', type: 'doorbell' }]);
  const ear = await broker.hear(`${topic}/#`);
  await ear.until('diagnostics', (message) => message.topic === `${topic}/door/diagnostics`);
  broker.publish(`${topic}/door/trigger`, 'motion');
  await poll('a candidate', () => camera.candidates[0], 5000);
  expect(camera.presses).toEqual([]);
  expect(said.join()).toMatch(/connected/);
});

it('speaks TLS with a certificate of its own to a broker of the house', async () => {
  const safe = stack.use(await Mosquitto.start({ clientCertificates: true }));
  const files = { ca: safe.ca, ...safe.certificate('client') };
  const password = join(safe.folder, 'password');
  writeFileSync(password, `${PASSWORD}\n`);
  const url = `mqtts://127.0.0.1:${safe.port}`;
  const { topic, said } = house({ ...files, username: USER, passwordFile: password }, undefined, url);
  const ear = await safe.hear(`${topic}/#`);
  await ear.until('online', (message) => message.topic === `${topic}/status`);
  expect(said).toEqual([`MQTT: connected to mqtts://127.0.0.1:${safe.port} with MQTT 5.`]);
});

it.each<[why: string, mqtt: object, url: (broker: Mosquitto) => string, said: RegExp]>([
  [
    'a wrong password',
    { username: USER, password: 'wrong' },
    ({ port }) => `mqtt://127.0.0.1:${port}`,
    /it refuses the user name or the password\. See "mqtt.username"/,
  ],
  ['nobody there', {}, () => 'mqtt://127.0.0.1:9', /nobody listens there/],
  [
    'a file that is not there',
    { passwordFile: '/nowhere/password' },
    ({ port }) => `mqtt://127.0.0.1:${port}`,
    /"mqtt.passwordFile" cannot be read \(ENOENT\)/,
  ],
  ['plain where TLS is wanted', {}, ({ port }) => `mqtts://127.0.0.1:${port}`, /no connection to mqtts:/],
])('says once what is wrong: %s', async (_, mqtt, url, said) => {
  const home = house(mqtt, undefined, url(broker));
  await poll('a sentence', () => home.said[0], 10_000, 20);
  // Several attempts later it is still said once.
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(home.said).toHaveLength(1);
  expect(home.said[0]).toMatch(said);
  expect(home.said[0]).not.toContain('wrong');
});

it('does not trust a certificate that nobody has vouched for', async () => {
  const safe = stack.use(await Mosquitto.start({ tls: true }));
  const home = house({}, undefined, login(safe, 'mqtts'));
  await poll('a sentence', () => home.said[0], 10_000, 20);
  expect(home.said[0]).toMatch(/certificate is signed by an authority that is not known\. Name that in "mqtt.ca"/);
});

it('gives a broker that lets us in and then takes nothing no more than a little, and goes on meanwhile', async () => {
  let bytes = 0;
  const stuck = stack.adopt(new Set<Socket>(), (sockets) => {
    for (const socket of sockets) socket.destroy();
  });
  const server = createServer((socket) => {
    stuck.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    // MQTT 5: come in, without a session.
    socket.once('data', () => void socket.pause().write(Buffer.of(0x20, 3, 0, 0, 0)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => void server.close());
  const { port } = server.address() as { port: number };
  const { camera, said } = house({}, [{ id: 'door', type: 'doorbell' }], `mqtt://127.0.0.1:${port}`);
  await poll('a connection', () => said.find((line) => line.includes('connected to')), 10_000, 5);
  const label = 'x'.repeat(2000);
  for (let nth = 0; nth < 3000; nth++) {
    camera.tell('start', camera.event({ category: 'known', label, state: 'ongoing' }));
    camera.tell('end', camera.event({ category: 'known', label }));
    if (nth % 100 === 0) await new Promise(setImmediate);
  }
  expect(camera.pictured).toBeGreaterThan(0);
  for (const socket of stuck) socket.resume();
  // It answers nothing, so that nothing more comes.
  let before = -1;
  while (bytes > before) {
    before = bytes;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(bytes).toBeLessThan(64 * 1024);
  expect(said.filter((line) => line.includes('closed') || line.includes('no connection'))).toEqual([]);
});

it('reads no more than 1 MiB of a message, waits longer each time that one comes, and hears the next', async () => {
  const connections: number[] = [];
  let taken = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (connection: Buffer) => {
      const level = connection.subarray(connection.indexOf('MQTT') + 4)[0];
      if (level !== 4) {
        socket.end(Buffer.of(0x20, 2, 0, 1));
        return;
      }
      socket.write(Buffer.of(0x20, 2, 0, 0));
      const topic = Buffer.from('big/cam-1/trigger');
      const publish = (length: number): Buffer =>
        Buffer.concat([
          Buffer.of(
            0x30,
            (length & 127) | 128,
            ((length >> 7) & 127) | 128,
            ((length >> 14) & 127) | 128,
            length >> 21,
          ),
          Buffer.of(0, topic.length),
          topic,
        ]);
      connections.push(performance.now());
      if (connections.length > RETAINED) {
        socket.write(Buffer.concat([publish(topic.length + 2 + 6), Buffer.from('motion')]));
        return;
      }
      socket.write(publish(200 * 1024 * 1024));
      const pour = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(64 * 1024))) taken += 64 * 1024;
      };
      socket.on('drain', pour);
      pour();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => void server.close());
  const { port } = server.address() as { port: number };
  const { camera, said } = house({ topic: 'big' }, undefined, `mqtt://127.0.0.1:${port}`);
  await poll('what is said after it', () => camera.candidates[0], 20_000, 20);
  expect(taken).toBeLessThan(RETAINED * 32 * 1024 * 1024);
  for (const [nth, at] of connections.slice(1).entries())
    expect(at - (connections[nth] ?? at)).toBeGreaterThan(0.9 * longerPause(RECONNECT, nth + 1));
  expect(said.filter((line) => line.includes('1 MiB'))).toEqual([
    expect.stringMatching(/^MQTT: no connection to .*: it sends a message of more than 1 MiB/),
    expect.stringMatching(/^MQTT: a message to a topic that is not known is not heeded: it has more than 1 MiB\./),
  ]);
});

it.each([
  [1, 10_000],
  [2, 20_000],
  [5, 160_000],
  [6, 300_000],
  [2000, 300_000],
])('waits longer and longer: the %ith time %i ms instead of 5000', (times, pause) => {
  expect(longerPause(5000, times)).toBe(pause);
});

it.each(['refuses', 'hangs up'])('speaks MQTT 3.1.1 to a broker that %s otherwise', async (how) => {
  // An old broker: what is no MQTT 3.1.1 does not get through.
  const old = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (connection: Buffer) => {
      const level = connection.subarray(connection.indexOf('MQTT') + 4)[0];
      if (level !== 4) {
        socket.end(how === 'refuses' ? Buffer.of(0x20, 2, 0, 1) : '');
        return;
      }
      const far = connect(broker.port, '127.0.0.1');
      far.on('error', () => undefined);
      far.write(connection);
      socket.pipe(far).pipe(socket);
    });
  }).listen(0, '127.0.0.1');
  await once(old, 'listening');
  stack.defer(() => void old.close());
  const { port } = old.address() as { port: number };
  const home = house({}, undefined, `mqtt://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`);
  const connected = await poll(
    'a connection',
    () => home.said.find((line) => line.includes('connected to')),
    10_000,
    20,
  );
  expect(connected).toContain('with MQTT 3.1.1.');
  const ear = await broker.hear(`${home.topic}/cam-1/event`);
  home.camera.tell('end', home.camera.event());
  await ear.until('an event', () => true);
});
