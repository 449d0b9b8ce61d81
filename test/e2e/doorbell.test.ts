import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from '../../src/control/client.js';
import { ringSchema, statusSchema } from '../../src/control/messages.js';
import type { StoredEvent } from '../../src/events/event.js';
import type { EventFilter } from '../../src/events/store.js';
import { pathOfPlace, placeOf } from '../../src/events/media-path.js';
import { footage } from '../peers/footage.js';
import { type RtspServer, startRtspServer } from '../peers/rtsp-server.js';
import { walkers } from '../peers/walkers.js';
import { NODE, PROJECT } from './harness/built-plugin.js';
import type { Controller, Subscription } from './harness/controller.js';
import { HAP } from './harness/controller.js';
import { figure } from './harness/figures.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import { readStore } from './harness/kept.js';
import { frameNumber } from './harness/scene.js';
import { poll } from './harness/until.js';

const PRESSED = '73';
const SWITCH = '49';
const ON = '25';
const SINGLE_PRESS = 0;

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command line as an admin runs it. */
const lookout = (home: Home, ...args: string[]): Promise<Said> =>
  new Promise((resolve) => {
    const main = join(PROJECT, 'dist', 'cli', 'main.js');
    const child = execFile(NODE, [main, ...args, '--storage', home.hub.storage], (_, out, err) => {
      resolve({ code: child.exitCode ?? -1, out, err });
    });
  });

const folderOf = (home: Home): string => join(home.hub.storage, 'lookout');

/** What the store has once it is as wanted. */
async function events(home: Home, filter: EventFilter, wanted: (event: StoredEvent) => boolean): Promise<StoredEvent> {
  const store = await readStore(home.hub);
  try {
    return await poll('an event as wanted', async () => (await store.list(filter)).events.find(wanted), 40_000, 100);
  } finally {
    await store.close();
  }
}

async function count(home: Home, filter: EventFilter): Promise<number> {
  const store = await readStore(home.hub);
  try {
    return await store.count(filter);
  } finally {
    await store.close();
  }
}

const pictureOf = (home: Home, event: StoredEvent): Buffer =>
  readFileSync(join(folderOf(home), 'media', pathOfPlace(placeOf(event, 'picture')) ?? ''));

/** How often the button was heard: as often as wanted, and no more. */
const heard = (phone: Subscription, times: number): Promise<number> =>
  phone.changes
    .until(`${times} presses`, () => (phone.events.length >= times ? phone.events.at(-1)?.at : undefined), 5000)
    .then((at) => {
      expect(phone.events.map(({ value }) => value)).toEqual(Array(times).fill(SINGLE_PRESS));
      return at;
    });

describe.each([2, 1] as const)('a doorbell on Homebridge %i', (homebridge) => {
  const stack = new AsyncDisposableStack();
  let camera: RtspServer;
  let home: Home;
  let door: Controller;
  let bell: Subscription;

  beforeAll(async () => {
    camera = stack.use(await startRtspServer({ file: await footage({ gop: 2, fps: 20, seconds: 20 }) }));
    const storage = mkdtempSync(join(tmpdir(), 'lookout-doorbell-'));
    stack.defer(() => {
      rmSync(storage, { recursive: true, force: true });
    });
    const common = { source: camera.url(), type: 'doorbell', detect: { enabled: false } };
    home = stack.use(
      await Home.start(
        [
          { ...common, name: 'Door', doorbell: { interval: 60, visit: 1 } },
          { ...common, name: 'Gate', doorbell: { interval: 0, visit: 1, chimeSwitch: true } },
          { name: 'Yard', source: camera.url() },
          { ...common, name: 'Hatch', doorbell: { visit: 60 }, privacySwitch: true },
        ],
        { homebridge, storage },
      ),
    );
    door = stack.use(await home.connect('Door'));
    bell = stack.use(await home.listen('Door', [door.find(HAP.doorbell, PRESSED).iid]));
    await poll(
      'a real picture',
      async () => frameNumber((await door.picture({ width: 640, height: 360 })).body),
      20_000,
    );
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  it('rings a phone, takes a picture at the press, and keeps both', async () => {
    const pressed = performance.now();
    const wall = Date.now();
    const result = await ask({ request: 'ring', camera: 'door' }, ringSchema, { folder: folderOf(home) });
    const answered = Date.now();
    figure(`from the press to a phone, Homebridge ${homebridge}`, (await heard(bell, 1)) - pressed, 'ms');
    expect(result).toMatchObject({ verdict: 'rings', chime: true });
    const event = await events(home, { rang: true }, ({ media }) => media.picture !== undefined);
    expect(event).toMatchObject({ id: result.event, camera: 'door', source: 'hub', heldBack: undefined });
    const [rang = 0, ...more] = event.rings;
    expect(more).toEqual([]);
    // The hub reckons on its monotonic clock, from which it has rounded.
    expect(rang).toBeGreaterThanOrEqual(wall - 1);
    expect(rang).toBeLessThanOrEqual(answered + 1);
    expect(Math.abs((event.media.picture?.at ?? 0) - rang)).toBeLessThan(2500);
    expect(await frameNumber(pictureOf(home, event))).toBeDefined();
    const ended = await events(
      home,
      { rang: true },
      ({ state, media }) => state === 'ended' && media.clip !== undefined,
    );
    expect(ended.media.clip?.duration).toBeGreaterThan(4000);
  });

  it('rings once however often it is pressed, and says so', async () => {
    expect(await lookout(home, 'ring', 'DOOR')).toEqual({
      code: 1,
      out: 'DOOR has rung just now; the button rings not again so soon.\n',
      err: '',
    });
    expect(await count(home, { cameras: ['door'] })).toBe(1);
    await heard(bell, 1);
  });

  it('waits for nobody any more when it is switched off', async () => {
    using hatch = await home.connect('Hatch');
    await lookout(home, 'ring', 'hatch');
    const waiting = await events(home, { cameras: ['hatch'] }, ({ media }) => media.picture !== undefined);
    expect(waiting.state).toBe('ongoing');
    await hatch.put(hatch.find(SWITCH, ON).iid, true);
    expect(await events(home, { cameras: ['hatch'] }, ({ state }) => state === 'ended')).toMatchObject({
      id: waiting.id,
    });
  });

  it('keeps rings while its chime is off, and tells nobody', async () => {
    using gate = await home.connect('Gate');
    const chime = gate.find(SWITCH, ON).iid;
    using phone = await home.listen('Gate', [gate.find(HAP.doorbell, PRESSED).iid]);
    expect(await gate.get(chime)).toBeTruthy();
    await gate.put(chime, false);
    const silent = await lookout(home, 'ring', 'gate');
    expect(silent).toMatchObject({
      code: 1,
      out: expect.stringMatching(
        /^gate does not ring, for its chime is switched off\. Its event is \w{15}\.\n$/,
      ) as string,
    });
    expect(await events(home, { cameras: ['gate'] }, () => true)).toMatchObject({
      heldBack: 'chime-off',
      rings: [expect.any(Number) as number],
    });
    await gate.put(chime, true);
    expect((await lookout(home, 'ring', 'gate')).code).toBe(0);
    await heard(phone, 1);
  });

  it('is told of by the command line, with the cameras that have no button', async () => {
    expect(statSync(join(folderOf(home), 'control.sock')).mode & 0o777).toBe(0o600);
    const status = await ask({ request: 'status' }, statusSchema, { folder: folderOf(home) });
    expect(status.cameras).toMatchObject([
      {
        id: 'door',
        type: 'doorbell',
        state: { kind: 'online' },
        modes: { chime: true },
        detection: { enabled: false, watch: null },
        recording: [
          { name: 'motion sensor', holds: true },
          { name: 'configuration', holds: false },
          ...['active', 'last motion', 'last open', 'last close'].map((name) => ({ name, holds: false })),
        ],
      },
      { id: 'gate', type: 'doorbell', lastEvent: { category: 'motion', rings: expect.any(Array) as number[] } },
      { id: 'yard', type: 'camera', detection: { enabled: true, watch: { stream: 'main' } } },
      { id: 'hatch', type: 'doorbell', state: { kind: 'off' } },
    ]);
    expect((await lookout(home, 'status')).out).toMatch(
      /^Door \(door, doorbell\)\n {2}State +online since .*\n {2}Switched +chime on\n/m,
    );
    expect((await lookout(home, 'ring', 'yard')).err).toBe('lookout: Yard is no doorbell: its "type" is "camera".\n');
    expect((await lookout(home, 'ring', 'shed')).err).toContain(
      'There is no camera “shed”. Known are: door, gate, yard, hatch.',
    );
  });

  it('leaves no socket behind, and then says that nobody is there', async () => {
    await home.hub.stop();
    expect(existsSync(join(folderOf(home), 'control.sock'))).toBe(false);
    expect(await lookout(home, 'status')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^lookout: Lookout does not run with .*Start Homebridge/) as string,
    });
  });
});

it(
  'is one event with the visit of who rings, from the approach on',
  async () => {
    await using camera = await startRtspServer({ file: await walkers() });
    await using home = await Home.start([
      { name: 'Door', source: camera.url(), type: 'doorbell', doorbell: { visit: 3 } },
    ]);
    using door = await home.connectOnline('Door');
    using bell = await home.listen('Door', [door.find(HAP.doorbell, PRESSED).iid]);
    const seen = await events(home, {}, ({ state }) => state === 'ongoing');
    const { event: id } = await ask({ request: 'ring', camera: 'door' }, ringSchema, { folder: folderOf(home) });
    expect(id).toBe(seen.id);
    await heard(bell, 1);
    const event = await events(
      home,
      { rang: true },
      ({ state, media }) => state === 'ended' && media.clip !== undefined,
    );
    expect(event).toMatchObject({
      id,
      start: seen.start,
      rings: [expect.any(Number) as number],
      importance: { factors: { ring: expect.any(Number) as number } },
    });
    expect(event.tracks.length).toBeGreaterThan(0);
    const [rang = 0] = event.rings;
    expect(rang).toBeGreaterThan(event.start);
    expect(Math.abs((event.media.picture?.at ?? 0) - rang)).toBeLessThan(1000);
    expect(await count(home, { from: seen.start, until: seen.start + 10_000 })).toBe(1);
  },
  SETUP_TIMEOUT,
);
