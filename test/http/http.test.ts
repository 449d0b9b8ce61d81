import fc from 'fast-check';
import { connect } from 'node:net';
import { once } from 'node:events';
import { openHttp } from '../../src/http/http.js';
import { calledBy, isDenied } from '../../src/http/request.js';
import { readSettings } from '../../src/settings/settings.js';
import { FakeCamera } from '../mqtt/house.js';

const TOKEN = 'correct-horse-battery';

it.each<[request: Parameters<typeof calledBy>[0], result: object]>([
  [
    { method: 'GET', url: `/door/ring?token=${TOKEN}` },
    { camera: 'door', says: 'ring' },
  ],
  [
    { method: 'POST', url: '/Door_1/motion', authorization: `bearer ${TOKEN}` },
    { camera: 'Door_1', says: 'motion' },
  ],
  [{ method: 'GET', url: '/door/ring' }, { status: 401 }],
  [{ method: 'GET', url: `/door/ring?token=${TOKEN}x` }, { status: 401 }],
  [{ method: 'GET', url: `/door/ring?token=${TOKEN}`, authorization: 'Bearer no' }, { status: 401 }],
  [{ method: 'PUT', url: `/door/ring?token=${TOKEN}` }, { status: 405 }],
  [{ method: 'GET', url: `/door/open?token=${TOKEN}` }, { status: 404 }],
  [{ method: 'GET', url: `/../door/ring/x?token=${TOKEN}` }, { status: 404 }],
  [{ method: 'GET', url: 'http://[' }, { status: 400 }],
  [{}, { status: 401 }],
])('%j: %j', (request, result) => {
  expect(calledBy(request, TOKEN)).toMatchObject(result);
});

it('lets nobody in without the token, whatever is asked', () => {
  fc.assert(
    fc.property(fc.string(), fc.webPath(), fc.string(), (method, url, authorization) => {
      expect(isDenied(calledBy({ method, url, authorization }, TOKEN))).toBe(true);
    }),
  );
});

describe('the door', () => {
  const life = new AbortController();
  const said: string[] = [];
  let port: number | undefined;
  let cameras: FakeCamera[];

  beforeAll(async () => {
    const { settings } = readSettings({
      cameras: [
        { name: 'Door', source: '/x.mp4', type: 'doorbell' },
        { name: 'Yard', source: '/x.mp4' },
      ],
    });
    cameras = settings.cameras.map((camera) => FakeCamera.of(camera, life.signal));
    const say = (text: string): void => void said.push(text);
    const log = { info: say, warn: say };
    port = await openHttp({
      settings: { port: 0, listen: 'loopback', token: TOKEN },
      cameras,
      log,
      signal: life.signal,
    });
  });
  afterAll(() => {
    life.abort();
  });

  const call = async (path: string, init: RequestInit = {}): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}${path}`, init)).status;

  it('takes rings and motion', async () => {
    expect(await call(`/door/ring?token=${TOKEN}`)).toBe(200);
    expect(cameras[0]?.presses).toEqual(['hub']);
    expect(await call('/yard/motion', { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } })).toBe(200);
    expect(cameras[1]).toMatchObject({ witnesses: [{ source: 'camera', claim: undefined }] });
    expect(cameras[1]?.candidates).toHaveLength(1);
    expect(await call(`/yard/ring?token=${TOKEN}`)).toBe(409);
    expect(await call(`/shed/ring?token=${TOKEN}`)).toBe(404);
  });

  it('takes no more than a camera can mean', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, () => call(`/door/motion?token=${TOKEN}`)));
    expect(answers.filter((status) => status === 429).length).toBeGreaterThan(5);
  });

  it('tells once of wrong tokens, and slows who guesses', async () => {
    const answers: number[] = [];
    for (let nth = 0; nth < 15; nth++) answers.push(await call(`/door/ring?token=guess-${nth}`));
    expect(answers.slice(0, 5)).toEqual([401, 401, 401, 401, 401]);
    expect(answers.at(-1)).toBe(429);
    expect(said.filter((line) => line.includes('wrong token'))).toHaveLength(1);
    expect(said.join()).not.toContain('guess-');
    expect(await call(`/door/ring?token=${TOKEN}`)).not.toBe(401);
  });

  it('hangs up on what is too long, and lives on whatever comes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 20_000 }), async (bytes) => {
        const socket = connect(port ?? 0, '127.0.0.1');
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        const closed = new Promise((resolve) => socket.once('close', resolve));
        socket.end(bytes);
        socket.resume();
        await closed;
      }),
      { numRuns: 20 },
    );
    expect(await call('/')).toBeGreaterThanOrEqual(400);
  });
});
