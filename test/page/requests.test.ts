import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Request, RequestError } from '../../src/control/messages.js';
import { openControl } from '../../src/control/server.js';
import type { Report } from '../../src/page/messages.js';
import { PageRequests } from '../../src/page/requests.js';
import { Changes } from '../e2e/harness/until.js';
import { camera, status } from '../ui/statuses.js';

const DOOR = status([camera({ type: 'doorbell' })]);

let folder: string;
let hub: AbortController;
let page: AbortController;
let asked: Request[];
let reports: Report[];
let changes: Changes;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lookout-page-'));
  hub = new AbortController();
  page = new AbortController();
  asked = [];
  reports = [];
  changes = new Changes();
});
afterEach(async () => {
  page.abort();
  hub.abort();
  await new Promise(setImmediate);
  rmSync(folder, { recursive: true });
});

const open = (handle: (request: Request) => unknown) =>
  openControl({
    ...{ folder, signal: hub.signal, log: { warn: () => undefined, debug: () => undefined } },
    handle: (request) => {
      asked.push(request);
      return Promise.resolve().then(() => handle(request));
    },
  });

const requests = (): PageRequests =>
  new PageRequests({
    ...{ folder, signal: page.signal, every: 1 },
    push: (report) => {
      reports.push(report);
      changes.changed();
    },
  });

const next = (what: string, wanted: (report: Report) => boolean): Promise<Report> => {
  const from = reports.length;
  return changes.until(what, () => reports.slice(from).find(wanted), 5000);
};
const isRunning = ({ kind }: Report): boolean => kind === 'running';
const isAway = (report: Report): boolean => report.kind === 'trouble' && report.fault === 'not-running';

it('reports while the page watches, however the hub comes and goes', async () => {
  const server = requests();
  expect(server.watch({ on: true })).toEqual({ kind: 'watching', on: true });
  await next('that no hub runs', isAway);
  await open(() => DOOR);
  expect(await next('the hub', isRunning)).toEqual({ kind: 'running', status: DOOR });
  hub.abort();
  await next('that it is gone', isAway);
});

it('reports no more when the page is not seen, or has gone', async () => {
  await open(() => DOOR);
  const server = requests();
  server.watch({ on: true });
  await next('a report', isRunning);
  expect(server.watch({ on: false })).toEqual({ kind: 'watching', on: false });
  const { length } = reports;
  // Two whole questions later nobody has reported.
  for (let times = 0; times < 2; times++) await server.ring({ camera: 'door' });
  expect(reports).toHaveLength(length);

  server.watch({ on: true });
  await next('a report', isRunning);
  page.abort();
  const before = reports.length;
  await new Promise(setImmediate);
  expect(reports).toHaveLength(before);
});

it.each<[string, (server: PageRequests) => void]>([
  ['the page is not seen', (server) => server.watch({ on: false })],
  [
    'the page has gone',
    () => {
      page.abort();
    },
  ],
])('takes it for no trouble that %s before the hub has answered', async (_, leave) => {
  await open(() => {
    changes.changed();
    return new Promise(() => undefined);
  });
  const server = requests();
  server.watch({ on: true });
  await changes.until('the question', () => asked[0], 5000);
  leave(server);
  await new Promise(setImmediate);
  expect(reports).toEqual([]);
});

it('asks one question at a time, however often it is asked to watch', async () => {
  let waiting = 0;
  let most = 0;
  await open(async () => {
    most = Math.max(most, ++waiting);
    for (let turns = 0; turns < 50; turns++) await new Promise(setImmediate);
    waiting--;
    return DOOR;
  });
  const server = requests();
  for (let times = 0; times < 20; times++) server.watch({ on: true });
  await next('a report', isRunning);
  await next('another', isRunning);
  most = 0;
  for (let times = 0; times < 3; times++) await next('another', isRunning);
  expect(most).toBe(1);
});

it('rings', async () => {
  const result = { verdict: 'rings', chime: true, event: 'x' };
  await open(() => result);
  expect(await requests().ring({ camera: 'door' })).toEqual({ kind: 'answered', result });
  expect(asked).toEqual([{ request: 'ring', camera: 'door' }]);
});

it('tells why it does not ring', async () => {
  const server = requests();
  expect(await server.ring({ camera: 'door' })).toMatchObject({ kind: 'trouble', fault: 'not-running' });
  await open(() => {
    throw new RequestError('no-doorbell', 'Door is no doorbell.');
  });
  expect(await server.ring({ camera: 'door' })).toEqual({
    ...{ kind: 'trouble', fault: 'no-doorbell' },
    message: 'Door is no doorbell.',
  });
});

it('does not take an answer for what it is not', async () => {
  await open(() => ({ version: 3 }));
  const server = requests();
  server.watch({ on: true });
  expect(await next('a report', () => true)).toMatchObject({ kind: 'trouble', fault: 'strange' });
});

it('asks the hub for nothing that a page did not ask for in so many words', async () => {
  await open(() => DOOR);
  const server = requests();
  const bodies = fc.oneof(
    fc.anything(),
    fc.record({ on: fc.anything() }),
    fc.record({ camera: fc.oneof(fc.anything(), fc.string({ minLength: 65 })), request: fc.anything() }),
  );
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => {
      const { on } = (body ?? {}) as { on?: unknown };
      if (typeof on !== 'boolean') expect(server.watch(body)).toMatchObject({ fault: 'malformed' });
      if (!isCamera(body)) expect(await server.ring(body)).toMatchObject({ fault: 'malformed' });
    }),
  );
  expect(asked).toEqual([]);
});

function isCamera(body: unknown): boolean {
  const { camera } = (body ?? {}) as { camera?: unknown };
  return typeof camera === 'string' && camera.length > 0 && camera.length <= 64;
}

const POLYGON = [
  [0, 0],
  [1, 0],
  [1, 1],
];
const AMONG = [{ id: '', name: 'Back yard' }, { id: 'Door', name: 'Front' }, { name: 7 }, {}];

describe('zones', () => {
  it('come with the picture that they are drawn on, and the camera’s place in the settings', async () => {
    const picture = { jpeg: 'QUJD', state: { kind: 'online' as const, since: 1 } };
    await open(() => picture);
    expect(await requests().zones({ camera: 'door', among: AMONG })).toEqual({ kind: 'zones', place: 1, picture });
    expect(asked).toEqual([{ request: 'picture', camera: 'door' }]);
    expect(await requests().zones({ camera: 'back-yard', among: AMONG })).toMatchObject({ place: 0 });
    expect(await requests().zones({ camera: 'gone', among: AMONG })).toMatchObject({ place: null });
  });

  it('can be drawn while no hub runs', async () => {
    const answer = await requests().zones({ camera: 'door', among: AMONG });
    expect(answer).toMatchObject({ kind: 'zones', place: 1, picture: { kind: 'trouble', fault: 'not-running' } });
  });

  it('say what they would have had', async () => {
    await open(() => ({ events: 2, of: 9 }));
    const zone = { camera: 'door', polygon: POLYGON, purpose: 'ignore', share: 0.5 };
    expect(await requests().past(zone)).toEqual({ kind: 'past', past: { events: 2, of: 9 } });
    expect(asked).toEqual([{ request: 'past', ...zone }]);
  });

  it.each<[string, unknown, object[]]>([
    ['none', [], []],
    ['one', [{ name: 'Porch', polygon: POLYGON }], []],
    [
      'what the hub passes over',
      [{ name: 'Porch', polygon: POLYGON, _note: 1, share: null, sensor: '', colour: 'red' }],
      [],
    ],
    [
      'two of one name',
      [1, 2].map(() => ({ name: 'Porch', polygon: POLYGON })),
      [{ zone: 1, field: 'name', expected: 'a name that no zone before it has' }],
    ],
    [
      'a line',
      [{ name: 'Porch', polygon: [...POLYGON.slice(0, 2), [0.5, 0]] }],
      [{ zone: 0, field: 'polygon', expected: expect.stringContaining('span an area') as string }],
    ],
    ['no zone', [7], [{ zone: 0, field: '', expected: 'an object in braces' }]],
    ['no list', 7, [{ zone: 0, field: '', expected: 'a list of zones' }]],
  ])('are judged as the settings are: %s', (_, zones, faults) => {
    expect(requests().judge({ camera: 'door', among: AMONG, zones })).toEqual({ kind: 'judged', place: 1, faults });
  });

  it('are not asked for by what is no request', async () => {
    await open(() => 0);
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (body) => {
        const answers = [await requests().zones(body), await requests().past(body), requests().judge(body)];
        for (const answer of answers) expect(answer).toMatchObject({ kind: 'trouble', fault: 'malformed' });
      }),
      { numRuns: 50 },
    );
    expect(asked).toEqual([]);
  });
});
