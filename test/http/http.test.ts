import { jest } from '@jest/globals';
import fc from 'fast-check';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { openHttp } from '../../src/http/http.js';
import { callRefusals } from '../../src/http/refusals.js';
import { readSettings } from '../../src/settings/settings.js';
import { FakeCamera } from '../mqtt/house.js';

jest.setTimeout(30_000);

const TOKEN = 'correct-horse-battery';
const NONE = { malformed: 0, oversized: 0, replayed: 0, unauthorised: 0, flood: 0 };

/** Resolves when the connection has ended; what is held open for longer than a test waits is a fault. */
const closing = (socket: Socket): Promise<unknown> => once(socket, 'close', { signal: AbortSignal.timeout(10_000) });

/** The door, with a doorbell and a camera that are the test's. */
class Door implements Disposable {
  readonly said: string[] = [];
  readonly #life = new AbortController();
  readonly log = {
    info: (text: string) => void this.said.push(text),
    warn: (text: string) => void this.said.push(text),
  };
  readonly refusals = callRefusals(this.log);
  readonly cameras: readonly FakeCamera[];
  port = 0;
  /** By its clock nothing takes any time. */
  now = 1000;

  private constructor(mqtt: object) {
    const { settings } = readSettings({
      cameras: [
        { name: 'Door', source: '/x.mp4', type: 'doorbell' },
        { name: 'Yard', source: '/x.mp4', mqtt },
      ],
    });
    this.cameras = settings.cameras.map((camera) => FakeCamera.of(camera, this.#life.signal));
  }

  static async open({ patience, ...mqtt }: { patience?: number; trust?: boolean } = {}): Promise<Door> {
    const door = new Door(mqtt);
    const { cameras, refusals, log } = door;
    const { signal } = door.#life;
    const settings = { port: 0, listen: 'loopback', token: TOKEN } as const;
    const now = (): number => door.now;
    door.port =
      (await openHttp({
        settings,
        cameras,
        refusals,
        log,
        signal,
        now,
        ...(patience !== undefined && { patience }),
      })) ?? 0;
    return door;
  }

  async call(path: string, init: RequestInit = {}): Promise<number> {
    return (await fetch(`http://127.0.0.1:${this.port}${path}`, init)).status;
  }

  /** @param from an address of this computer */
  async connect(from = '127.0.0.1'): Promise<Socket> {
    const socket = connect({ port: this.port, host: '127.0.0.1', localAddress: from });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  /** What is answered to some bytes until the door hangs up; `end`: nothing more will come. */
  async send(bytes: string | Uint8Array, { end = false, from = '127.0.0.1' } = {}): Promise<string> {
    const socket = await this.connect(from);
    const said: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => said.push(chunk));
    const closed = closing(socket);
    if (end) socket.end(bytes);
    else socket.write(bytes);
    await closed;
    return Buffer.concat(said).toString('latin1');
  }

  /** What the log says of calls, without how they go on. */
  get told(): string[] {
    return this.said.filter((line) => line.includes('is not heeded')).map((line) => line.replace(/\. More.*/, '.'));
  }

  [Symbol.dispose](): void {
    this.#life.abort();
  }
}

it('takes rings and motion', async () => {
  using door = await Door.open();
  const [bell, yard] = door.cameras;
  expect(await door.call(`/door/ring?token=${TOKEN}`)).toBe(200);
  expect(bell?.presses).toEqual(['camera']);
  expect(await door.call('/yard/motion', { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } })).toBe(200);
  expect(yard).toMatchObject({ witnesses: [{ source: 'camera', claim: undefined }] });
  expect(yard?.candidates).toHaveLength(1);
  yard?.modes.change({ privacy: true });
  expect(await door.call(`/YARD/ring?token=${TOKEN}`)).toBe(409);
  expect(door.refusals.total).toBe(0);
});

it('takes a call that brings a picture, and says so to who sends all of it', async () => {
  using door = await Door.open();
  const body = Buffer.alloc(1024 * 1024);
  expect(await door.call(`/door/ring?token=${TOKEN}`, { method: 'POST', body })).toBe(200);
  expect(await door.send(`POST /yard/motion?token=${TOKEN} HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc`)).toMatch(
    /^HTTP\/1.1 200 OK[^]*looked\.\n$/,
  );
  expect(door.refusals.total).toBe(0);
});

const ask = (line: string, ...headers: string[]): string => [line, 'Host: hub', ...headers, '', ''].join('\r\n');
const LONG = 1024 * 1024 + 1;

it.each<[what: string, sent: string | Uint8Array, status: number, kind: keyof typeof NONE, told: string]>([
  ['no HTTP', 'hello\r\n\r\n', 400, 'malformed', 'no HTTP'],
  ['TLS', Uint8Array.of(0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0), 400, 'malformed', 'http://'],
  ['a wrong token', ask('GET /door/ring?token=guess HTTP/1.1'), 401, 'unauthorised', '"http.token"'],
  ['an unknown camera', ask(`GET /shed/ring?token=${TOKEN} HTTP/1.1`), 404, 'unauthorised', 'no camera “shed”'],
  ['no doorbell', ask(`GET /yard/ring?token=${TOKEN} HTTP/1.1`), 409, 'unauthorised', '"type" is "camera"'],
  ['an unknown path', ask(`GET /door/open?token=${TOKEN} HTTP/1.1`), 404, 'malformed', 'one of motion, ring'],
  ['another method', ask(`DELETE /door/ring?token=${TOKEN} HTTP/1.1`), 405, 'malformed', 'GET nor POST'],
  ['a proxy', ask('CONNECT elsewhere:443 HTTP/1.1'), 405, 'malformed', 'proxy'],
  ['a long URL', ask(`GET /door/ring?${'x'.repeat(9000)} HTTP/1.1`), 431, 'oversized', '8 KiB'],
  ['long headers', ask(`GET /door/ring?token=${TOKEN} HTTP/1.1`, `X: ${'x'.repeat(9000)}`), 431, 'oversized', '8 KiB'],
  [
    'a body that is announced',
    ask(`POST /door/ring?token=${TOKEN} HTTP/1.1`, `Content-Length: ${LONG}`),
    ...([413, 'oversized', '1 MiB'] as const),
  ],
  [
    'two lengths',
    ask(`POST /door/ring?token=${TOKEN} HTTP/1.1`, 'Content-Length: 1', 'Transfer-Encoding: chunked'),
    ...([400, 'malformed', 'no HTTP'] as const),
  ],
  ['an expectation', ask('GET /door/ring HTTP/1.1', 'Expect: tea'), 401, 'unauthorised', '"http.token"'],
])('refuses %s, counts it, and tells of it once', async (_, sent, status, kind, told) => {
  using door = await Door.open();
  for (let nth = 0; nth < 2; nth++) expect((await door.send(sent)).split('\r\n')[0]).toContain(`HTTP/1.1 ${status} `);
  expect(door.refusals.counts).toEqual({ ...NONE, [kind]: 2 });
  expect(door.told).toEqual([expect.stringMatching(/^HTTP: a call from 127\.0\.0\.1 is not heeded: \S/)]);
  expect(door.told.join()).toContain(told);
  expect(door.said.join()).not.toMatch(/correct-horse|guess/);
  expect(door.cameras[0]?.presses).toEqual([]);
});

it('reads no more than a picture of what is not announced', async () => {
  using door = await Door.open();
  const head = ask(`POST /yard/motion?token=${TOKEN} HTTP/1.1`, 'Transfer-Encoding: chunked');
  expect(await door.send(`${head}${LONG.toString(16)}\r\n${'x'.repeat(LONG)}`)).toContain('HTTP/1.1 413 ');
  expect(door.refusals.counts).toEqual({ ...NONE, oversized: 1 });
});

it('tells of each cause and of each address', async () => {
  using door = await Door.open();
  const wrong = ask('GET /door/ring?token=guess HTTP/1.1');
  for (const from of ['127.0.0.1', '127.0.0.2', '127.0.0.2']) await door.send(wrong, { from });
  await door.send('hello\r\n\r\n', { from: '127.0.0.2' });
  expect(door.told.map((line) => / from (\S+) is not heeded: (\w+ \w+)/.exec(line)?.slice(1).join())).toEqual([
    '127.0.0.1,its token',
    '127.0.0.2,its token',
    '127.0.0.2,what it',
  ]);
});

it('takes what a trigger over MQTT has, too', async () => {
  using door = await Door.open({ trust: true });
  const [, yard] = door.cameras;
  const now = Date.now();
  const called = [
    ['/yard/person?state=on&confidence=0.5&box=0.1,0.2,0.3,0.4&region=porch', 200],
    ['/yard/person?state=off', 200],
    [`/yard/vehicle?at=${now}&id=a`, 200],
    ['/yard/vehicle?id=a', 409],
    [`/yard/vehicle?at=${now - 60_000}`, 409],
    ['/yard/vehicle?confidence=87', 400],
    ['/yard/vehicle?box=0.5,0,0.6,1', 400],
    ['/yard/known', 404],
  ] as const;
  const answers: number[] = [];
  for (const [path] of called) answers.push(await door.call(path, { headers: { authorization: `Bearer ${TOKEN}` } }));
  expect(answers).toEqual(called.map(([, status]) => status));
  expect(yard?.witnesses.map(({ claim }) => claim)).toMatchObject([
    { by: 'http person', category: 'person', confidence: 0.5, box: [0.1, 0.2, 0.3, 0.4] },
    { by: 'http vehicle', category: 'vehicle', confidence: 1, box: undefined },
  ]);
  expect(yard?.unclaimed).toEqual(['http person']);
  expect(door.refusals.counts).toEqual({ ...NONE, malformed: 3, replayed: 2 });
  expect(door.told.join()).toContain('“confidence” is not what it has to be');
});

it('takes for one call what is called again at once', async () => {
  using door = await Door.open();
  const answers = [];
  for (let nth = 0; nth < 3; nth++) answers.push(await door.send(ask(`GET /door/ring?token=${TOKEN} HTTP/1.1`)));
  expect(answers.map((text) => text.trim().split('\n').at(-1))).toEqual(['rings.', 'known.', 'known.']);
  expect(door.cameras[0]?.presses).toHaveLength(1);
  expect(door.refusals.counts).toEqual({ ...NONE, replayed: 2 });
  door.now += 1000;
  expect(await door.send(ask(`GET /door/ring?token=${TOKEN} HTTP/1.1`))).toContain('rings.');
});

it('takes no more than a camera can mean', async () => {
  using door = await Door.open();
  const answers: number[] = [];
  for (let nth = 0; nth < 40; nth++) answers.push(await door.call(`/door/motion?token=${TOKEN}`));
  const refused = answers.filter((status) => status === 429).length;
  expect(refused).toBe(20);
  expect(door.refusals.counts).toMatchObject({ flood: refused });
  expect(door.cameras[0]?.candidates).toHaveLength(1);
});

it('looks at no more tokens of one who guesses, and at those of others', async () => {
  using door = await Door.open();
  const answers: number[] = [];
  for (let nth = 0; nth < 15; nth++) answers.push(await door.call(`/door/ring?token=guess-${nth}`));
  expect(answers.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
  expect(answers.at(-1)).toBe(429);
  expect(await door.call(`/door/ring?token=${TOKEN}`)).toBe(429);
  const right = ask(`GET /door/ring?token=${TOKEN} HTTP/1.1`);
  expect(await door.send(right, { from: '127.0.0.2' })).toContain('rings.');
});

it('hangs up on who takes too long, before and after the first byte', async () => {
  using door = await Door.open({ patience: 200 });
  const slow = await Promise.all([
    door.send(''),
    door.send('GET /door/ring?tok'),
    door.send(ask(`POST /yard/motion?token=${TOKEN} HTTP/1.1`, 'Content-Length: 10')),
  ]);
  expect(slow.map((text) => text.split('\r\n')[0])).toEqual(slow.map(() => 'HTTP/1.1 408 Request Timeout'));
  expect(door.refusals.counts).toEqual({ ...NONE, malformed: 3 });
  expect(door.told).toHaveLength(1);
});

it('is held by nobody: not by one with many connections, nor by many', async () => {
  using door = await Door.open({ patience: 60_000 });
  const held = await Promise.all(Array.from({ length: 8 }, () => door.connect()));
  const ninth = await door.connect();
  await closing(ninth);
  expect(door.refusals.counts).toEqual({ ...NONE, flood: 1 });
  for (const from of ['127.0.0.2', '127.0.0.3', '127.0.0.4'])
    held.push(...(await Promise.all(Array.from({ length: 8 }, () => door.connect(from)))));
  await closing(await door.connect('127.0.0.5'));
  expect(door.refusals.counts).toEqual({ ...NONE, flood: 2 });
  expect(door.told).toHaveLength(2);
  const left = held.map(closing);
  for (const socket of held) socket.destroy();
  await Promise.all(left);
  // The door hears of that when it next looks.
  let answer = '';
  while (!answer.includes('looked')) answer = await door.send(ask(`GET /yard/motion?token=${TOKEN} HTTP/1.1`));
});

it('lives on whatever comes, and does nothing of it', async () => {
  using door = await Door.open({ patience: 2000 });
  const word = fc.constantFrom(
    ...['GET ', 'POST ', '/door/ring', '?token=', TOKEN.slice(1), ' HTTP/1.1', ' HTTP/9', '\r\n', '\r\n\r\n', '\n'],
    ...[
      'Host: hub',
      'Content-Length: ',
      'Transfer-Encoding: chunked',
      'Authorization: Bearer ',
      'Expect: 100-continue',
    ],
    ...['Upgrade: websocket', 'Connection: upgrade', '9'.repeat(30), '0\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  );
  const part = fc.oneof(
    { weight: 4, arbitrary: word.map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20_000 }).map((bytes) => Buffer.from(bytes)) },
  );
  let nth = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 20 }), fc.boolean(), async (parts, end) => {
      // Each has an address of its own, so that none is one too many.
      const from = `127.0.${1 + (nth >> 7)}.${1 + (nth++ & 127)}`;
      const answer = await door.send(Buffer.concat(parts), { end: end || parts.length < 5, from });
      if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 (?:100|4\d\d) /);
    }),
    { numRuns: 150 },
  );
  expect(door.cameras.map(({ presses, candidates }) => [...presses, ...candidates])).toEqual([[], []]);
  expect(door.refusals.total).toBeGreaterThan(20);
  expect(door.told.length).toBeLessThanOrEqual(50);
  expect(await door.call(`/door/ring?token=${TOKEN}`)).not.toBe(401);
});
