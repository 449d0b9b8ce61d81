import fc from 'fast-check';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { ask } from '../../src/control/client.js';
import { type Answer, MAX_REQUEST, type Request, RequestError } from '../../src/control/messages.js';
import { controlPath } from '../../src/control/path.js';
import { openControl } from '../../src/control/server.js';

let folder: string;
let life: AbortController;
let asked: Request[];
const said: string[] = [];
const sockets: Socket[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lookout-control-'));
  life = new AbortController();
  asked = [];
  said.length = 0;
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  life.abort();
  await new Promise(setImmediate);
  rmSync(folder, { recursive: true });
});

const handleAll = (request: Request): Promise<unknown> => {
  asked.push(request);
  return Promise.resolve(asked.length);
};

const open = (handle: (request: Request) => Promise<unknown> = handleAll, patience?: number, signal = life.signal) =>
  openControl({
    ...{ folder, handle, signal },
    log: { warn: (text) => said.push(text), debug: () => undefined },
    ...(patience !== undefined && { patience }),
  });

/** A connection that sends what it likes, and reads line by line; how it is closed does not matter. */
function dial(): { socket: Socket; next: () => Promise<Answer>; closed: Promise<unknown> } {
  const socket = connect(controlPath(folder));
  sockets.push(socket);
  socket.on('error', () => undefined);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  return {
    socket,
    next: async () => JSON.parse(String((await lines.next()).value)) as Answer,
    closed: new Promise((resolve) => socket.once('close', resolve)),
  };
}

const STATUS = '{"request":"status"}\n';
const ring = (camera: string): Request => ({ request: 'ring', camera });

it('answers, is for its user alone, and is gone at the end', async () => {
  await open();
  expect(statSync(controlPath(folder)).mode & 0o777).toBe(0o600);
  expect(await ask(ring('door'), z.number(), { folder })).toBe(1);
  expect(asked).toEqual([ring('door')]);
  life.abort();
  expect(existsSync(controlPath(folder))).toBe(false);
  await expect(ask(ring('door'), z.number(), { folder })).rejects.toMatchObject({ fault: 'not-running' });
});

it('answers several requests of one connection in their order, however they are cut', async () => {
  await open();
  const { socket, next } = dial();
  const bytes = Buffer.from(`${STATUS}${JSON.stringify(ring('Haustür'))}\n${STATUS}`);
  for (const byte of bytes) socket.write(Buffer.of(byte));
  expect([await next(), await next(), await next()]).toEqual([1, 2, 3].map((result) => ({ ok: true, result })));
  expect(asked[1]).toEqual(ring('Haustür'));
});

it('says what cannot be done', async () => {
  await open(() => Promise.reject(new RequestError('no-doorbell', 'It is no doorbell.')));
  await expect(ask(ring('yard'), z.number(), { folder })).rejects.toMatchObject({
    fault: 'no-doorbell',
    message: 'It is no doorbell.',
  });
});

it('keeps to itself what is wrong with the hub, but for its log', async () => {
  await open(() => Promise.reject(new Error('the password is s3cret')));
  await expect(ask(ring('yard'), z.number(), { folder })).rejects.toMatchObject({
    fault: 'failed',
    message: 'The hub could not do it; its log says why.',
  });
  expect(said.join()).toContain('s3cret');
});

it('does not take an answer for what it is not', async () => {
  await open(() => Promise.resolve('three'));
  await expect(ask(ring('door'), z.number(), { folder })).rejects.toMatchObject({ fault: 'strange' });
});

describe('what is no request', () => {
  it.each([
    ['no JSON', 'ring door'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[{"request":"status"}]'],
    ['an unknown request', '{"request":"open"}'],
    ['a request without a camera', '{"request":"ring"}'],
    ['a request with more', '{"request":"status","camera":"x"}'],
    ['a camera that is none', '{"request":"ring","camera":{"toString":1}}'],
    ['a camera that is too long', `{"request":"ring","camera":"${'x'.repeat(65)}"}`],
    ['a prototype', '{"request":"ring","camera":"a","__proto__":{"x":1}}'],
  ])('%s is told so, and the connection goes on', async (_, line) => {
    await open();
    const { socket, next } = dial();
    socket.write(`${line}\n${STATUS}`);
    expect(await next()).toMatchObject({ ok: false, fault: 'malformed' });
    expect(await next()).toEqual({ ok: true, result: 1 });
  });

  it.each([
    ['with an end', `${'x'.repeat(MAX_REQUEST + 1)}\n`],
    ['without an end', 'x'.repeat(200_000)],
  ])('and is too long, %s, ends the connection', async (_, text) => {
    await open();
    const { socket, next, closed } = dial();
    socket.write(text);
    expect(await next()).toMatchObject({ ok: false, fault: 'malformed' });
    await closed;
    expect(asked).toEqual([]);
  });

  it('is survived, whatever it is', async () => {
    await open();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constant(Buffer.from(STATUS))), { maxLength: 12 }),
        async (pieces) => {
          const { socket, closed } = dial();
          for (const piece of pieces) socket.write(piece);
          socket.end();
          socket.resume();
          await closed;
        },
      ),
      { numRuns: 60 },
    );
    expect(await ask(ring('door'), z.number(), { folder })).toBeGreaterThan(0);
    expect(said).toEqual([]);
  });
});

describe('who is slow', () => {
  it('and says nothing is hung up on', async () => {
    await open(handleAll, 30);
    const { socket, closed } = dial();
    socket.write('{"request":');
    await closed;
  });

  it('and asks more than is answered is told to wait', async () => {
    const never = new Promise(() => undefined);
    await open(() => never);
    const { socket, next, closed } = dial();
    socket.write(STATUS.repeat(17));
    expect(await next()).toMatchObject({ ok: false, fault: 'busy' });
    await closed;
  });

  it('does not hold up others', async () => {
    await open();
    const slow = Array.from({ length: 20 }, () => dial());
    for (const { socket } of slow) socket.write('{"req');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ask({ request: 'status' }, z.number(), { folder })),
    );
    expect([...answers].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('finds no place where too many are, and others do when they have left', async () => {
    await open();
    const many = Array.from({ length: 32 }, () => dial());
    await Promise.all(
      many.map(({ socket, next }) => {
        socket.write(STATUS);
        return next();
      }),
    );
    await expect(ask({ request: 'status' }, z.number(), { folder })).rejects.toMatchObject({ fault: 'lost' });
    for (const { socket } of many) socket.destroy();
    await Promise.all(many.map(({ closed }) => closed));
    let answer: number | undefined;
    while (answer === undefined)
      answer = await ask({ request: 'status' }, z.number(), { folder }).catch(() => undefined);
    expect(answer).toBe(33);
  });

  it('as a hub is not waited for', async () => {
    await open(() => new Promise(() => undefined));
    await expect(ask(ring('door'), z.number(), { folder, patience: 20 })).rejects.toMatchObject({ fault: 'lost' });
    const leave = AbortSignal.abort();
    await expect(ask(ring('door'), z.number(), { folder, signal: leave })).rejects.toMatchObject({ fault: 'lost' });
  });
});

describe('its place', () => {
  /** What a hub leaves that is killed. */
  async function abandoned(): Promise<void> {
    const script = `require('net').createServer().listen(${JSON.stringify(controlPath(folder))},()=>process.kill(process.pid,'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', script]), 'exit');
    expect(existsSync(controlPath(folder))).toBe(true);
  }

  it('is taken from a hub that was killed', async () => {
    await abandoned();
    await expect(ask(ring('door'), z.number(), { folder })).rejects.toMatchObject({ fault: 'not-running' });
    await open();
    expect(await ask(ring('door'), z.number(), { folder })).toBe(1);
    expect(said).toEqual([]);
  });

  it('is not taken from a hub that is alive, which goes on', async () => {
    await open();
    await open(() => Promise.resolve('the second'));
    expect(said).toEqual([expect.stringMatching(/another Lookout has it .*Stop it, and restart this one\.$/)]);
    expect(await ask(ring('door'), z.number(), { folder })).toBe(1);
  });

  it('has one owner, however many want it at once', async () => {
    await abandoned();
    const lives = Array.from({ length: 6 }, () => new AbortController());
    await Promise.all(lives.map((one, nth) => open(() => Promise.resolve(nth), undefined, one.signal)));
    expect(said).toHaveLength(5);
    const owner = await ask(ring('door'), z.number(), { folder });
    for (const [nth, one] of lives.entries()) if (nth !== owner) one.abort();
    expect(await ask(ring('door'), z.number(), { folder })).toBe(owner);
    lives[owner]?.abort();
  });

  it('is left alone where there is something else', async () => {
    writeFileSync(controlPath(folder), 'a letter');
    await open();
    expect(said).toEqual([expect.stringContaining('there is a file that is no socket')]);
    expect(statSync(controlPath(folder)).size).toBe(8);
  });

  it('may be too deep for a socket, which is said', async () => {
    const deep = join(folder, 'x'.repeat(120));
    await openControl({
      ...{ folder: deep, handle: handleAll, signal: life.signal },
      log: { warn: (text) => said.push(text), debug: () => undefined },
    });
    expect(said).toEqual([expect.stringContaining('shorter path')]);
  });

  it('is a pipe on Windows, of one folder each', () => {
    const [one, same, other] = ['C:\\Homebridge', 'c:\\homebridge', 'D:\\homebridge'].map((path) =>
      controlPath(path, 'win32'),
    );
    expect(one).toMatch(/^\\\\\.\\pipe\\lookout-[0-9a-f]{16}$/);
    expect([same, other === one]).toEqual([one, false]);
  });

  it('is not opened by a hub that has ended', async () => {
    life.abort();
    await open();
    expect(existsSync(controlPath(folder))).toBe(false);
  });
});

it('is not confused by a stranger who answers nonsense', async () => {
  const stranger = createServer((socket) => socket.end('{"ok":\n'));
  stranger.listen(controlPath(folder));
  await once(stranger, 'listening');
  try {
    await expect(ask(ring('door'), z.number(), { folder })).rejects.toMatchObject({ fault: 'strange' });
  } finally {
    stranger.close();
  }
});
