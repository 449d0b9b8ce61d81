import fc from 'fast-check';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Outbox, outboxPath, type OutboxLimits } from '../../src/mqtt/outbox.js';
import { entryOf, lineOf } from '../../src/mqtt/outbox-lines.js';
import { Mosquitto } from '../peers/mosquitto.js';
import { Gate } from '../peers/gate.js';
import { House, login } from './house.js';

let folder: string;
const said: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lookout-outbox-'));
  said.length = 0;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const open = (limits?: OutboxLimits): Promise<Outbox> =>
  Outbox.open({ folder, log: { warn: (text) => said.push(text) }, ...(limits && { limits }) });

/** The payloads that wait, in order. */
async function waiting(outbox: Outbox): Promise<string[]> {
  const payloads: string[] = [];
  for (let { head } = outbox; head !== undefined; head = outbox.head) {
    payloads.push(head.payload);
    outbox.delivered(head.number);
  }
  await outbox.close();
  return payloads;
}

it('knows over a restart what waits, in order, and goes on with its numbers', async () => {
  const first = await open();
  const numbers: number[] = [];
  for (const name of ['a', 'b', 'c']) first.add('t', (number) => (numbers.push(number), name));
  first.delivered(numbers[0] ?? 0);
  await first.close();
  expect(statSync(outboxPath(folder)).mode & 0o777).toBe(0o600);
  const second = await open();
  second.add('t', (number) => (numbers.push(number), 'd'));
  expect(numbers.map((number) => number - (numbers[0] ?? 0))).toEqual([0, 1, 2, 3]);
  expect(await waiting(second)).toEqual(['b', 'c', 'd']);
  await second.close();
  const third = await open();
  third.add('t', (number) => (numbers.push(number), 'e'));
  expect(numbers[4]).toBe((numbers[3] ?? 0) + 1);
  await third.close();
  expect(said).toEqual([]);
});

it('is whole after a power cut in the middle of a line', async () => {
  const first = await open();
  for (const name of ['a', 'b']) first.add('t', () => name);
  await first.close();
  appendFileSync(outboxPath(folder), '{"n":99999999999999,"t":"t","p":"cut o');
  const second = await open();
  second.add('t', () => 'c');
  await second.close();
  expect(await waiting(await open())).toEqual(['a', 'b', 'c']);
});

it('has an end: the oldest go, which is said', async () => {
  const outbox = await open({ letters: 3, bytes: 1000 });
  for (let nth = 0; nth < 10; nth++) outbox.add('t', () => String(nth));
  expect([outbox.size, outbox.takeLost(), outbox.takeLost()]).toEqual([3, 7, 0]);
  outbox.add('t', () => 'x'.repeat(990));
  expect(outbox.size).toBe(3);
  outbox.add('t', () => 'y'.repeat(990));
  await outbox.close();
  expect(await waiting(await open())).toEqual(['y'.repeat(990)]);
  expect(said).toHaveLength(2);
});

it('does not grow while all is delivered', async () => {
  const outbox = await open();
  for (let nth = 0; nth < 3000; nth++) {
    outbox.add('t', () => 'x'.repeat(1000));
    outbox.delivered(outbox.head?.number ?? 0);
    if (nth % 100 === 0) await new Promise(setImmediate);
  }
  await outbox.close();
  expect(statSync(outboxPath(folder)).size).toBeLessThan(600 * 1024);
});

it('goes on in memory where nothing can be written', async () => {
  writeFileSync(join(folder, 'file'), '');
  const outbox = await Outbox.open({ folder: join(folder, 'file'), log: { warn: (text) => said.push(text) } });
  outbox.add('t', () => 'a');
  await outbox.close();
  expect(await waiting(outbox)).toEqual(['a']);
  expect(said.length).toBeGreaterThan(0);
});

it('reads any file', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
      writeFileSync(outboxPath(folder), text);
      const outbox = await open();
      outbox.add('t', () => 'mine');
      await outbox.close();
      expect((await waiting(await open())).at(-1)).toBe('mine');
    }),
    { numRuns: 40 },
  );
  fc.assert(
    fc.property(
      fc.nat(),
      fc.string({ minLength: 1, unit: 'binary' }),
      fc.string({ unit: 'binary' }),
      (number, topic, payload) => {
        const entry = { kind: 'letter', letter: { number, topic, payload } } as const;
        expect(entryOf(lineOf(entry).trimEnd())).toEqual(entry);
      },
    ),
  );
});

const numbersOf = (messages: readonly { payload: string }[]): number[] =>
  messages.map(({ payload }) => (JSON.parse(payload) as { confidence: number }).confidence);

const EVENTS = 1000;

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'loses none of 1,000 events when the broker ends with %s in their middle, and keeps their order',
  async (signal) => {
    await using broker = await Mosquitto.start();
    await using gate = await Gate.to(broker.port);
    await using house = new House(login(gate), { mqtt: { topic: 'eyes', discovery: false } });
    const ear = await broker.hear('eyes/cam-1/event');
    const { camera } = house;
    await house.ready();
    for (let nth = 0; nth < EVENTS; nth++) {
      camera.tell('end', camera.event({ confidence: nth, tracks: [] }));
      if (nth === 400) {
        await ear.count('some of them', () => ear.messages.length > 100);
        gate.open = false;
        await broker.stop(signal);
      }
      if (nth === 700) await broker.start();
    }
    await broker.heardAgainBy(ear);
    gate.open = true;
    await ear.count('all of them', () => numbersOf(ear.messages).includes(EVENTS - 1), 30_000);
    const all = Array.from({ length: EVENTS }, (_, nth) => nth);
    const heard = numbersOf(ear.messages);
    // What a broker did in its last moment nobody knows where it forgets its sessions, as Debian's does: numbers tell.
    const numbers = ear.messages.map(({ payload }) => (JSON.parse(payload) as { message: number }).message);
    const once = heard.filter((_, nth) => numbers.indexOf(numbers[nth] ?? 0) === nth);
    expect(once).toEqual(all);
    expect(heard.length - EVENTS).toBeLessThanOrEqual(1);
    expect(readFileSync(outboxPath(house.folder), 'utf8')).not.toBe('');
  },
  60_000,
);

it('tells after a restart of the hub what the broker has not heard before', async () => {
  await using broker = await Mosquitto.start();
  const ear = await broker.hear('eyes/cam-1/event');
  await broker.stop();
  {
    await using house = new House(login(broker), { mqtt: { topic: 'eyes', discovery: false }, folder });
    await house.ready();
    for (let nth = 0; nth < 5; nth++) house.camera.tell('end', house.camera.event({ confidence: nth }));
  }
  await broker.start();
  await broker.heardAgainBy(ear);
  await using house = new House(login(broker), { mqtt: { topic: 'eyes', discovery: false }, folder });
  await house.ready();
  house.camera.tell('end', house.camera.event({ confidence: 5 }));
  await ear.count('all', () => ear.messages.length >= 6);
  expect(numbersOf(ear.messages)).toEqual([0, 1, 2, 3, 4, 5]);
});

it('waits with what has waited until those who hear it have come back, too', async () => {
  const settle = 400;
  await using broker = await Mosquitto.start();
  await using gate = await Gate.to(broker.port);
  gate.open = false;
  await using house = new House(login(gate), { mqtt: { topic: 'eyes', discovery: false }, settle });
  const ear = await broker.hear('eyes/#');
  await house.ready();
  house.camera.tell('end', house.camera.event({ confidence: 1 }));
  const opened = performance.now();
  gate.open = true;
  const told = await ear.until('the event', ({ topic }) => topic === 'eyes/cam-1/event');
  expect(told.at - opened).toBeGreaterThanOrEqual(settle);
  house.camera.tell('end', house.camera.event({ confidence: 2 }));
  await ear.count('the next', () => numbersOf(ear.of('eyes/cam-1/event')).includes(2));
});
