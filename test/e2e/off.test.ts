import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import type { PairingData } from 'hap-controller/lib/protocol/pairing-protocol.js';
import { footage } from '../peers/footage.js';
import { type RtspServer, startRtspServer } from '../peers/rtsp-server.js';
import { walkers } from '../peers/walkers.js';
import { Controller, HAP, pair } from './harness/controller.js';
import { figure } from './harness/figures.js';
import { Home, online, SETUP_TIMEOUT } from './harness/home.js';
import { Hub } from './harness/hub.js';
import { HubRecording, switchOnRecording } from './harness/recorder.js';
import { frameNumber } from './harness/scene.js';
import { observe, poll } from './harness/until.js';
import { Viewer } from './harness/viewer.js';

const MODES = {
  cameraActive: '21B',
  eventSnapshots: '223',
  periodicSnapshots: '225',
  manuallyDisabled: '227',
  switch: '49',
  on: '25',
  configuredName: 'E3',
} as const;
const TILE = { width: 640, height: 360 };
/** What the promise allows, ms. */
const GONE = 2000;
/** How long one of the walkers' pictures lasts, ms. */
const PICTURE = 50;
/** `HDSProtocolSpecificErrorReason.NOT_ALLOWED`. */
const NOT_ALLOWED = 1;

describe.each([2, 1] as const)('off, in Homebridge %i,', (homebridge) => {
  const stack = new AsyncDisposableStack();
  const keys = new Map<string, PairingData>();
  let storage: string;
  let servers: { readonly porch: RtspServer; readonly shed: RtspServer; readonly yard: RtspServer };
  let hub: Hub;

  beforeAll(async () => {
    storage = stack.adopt(mkdtempSync(join(tmpdir(), 'lookout-hub-')), (folder) => {
      rmSync(folder, { recursive: true, force: true });
    });
    const serve = async (file: string): Promise<RtspServer> => stack.use(await startRtspServer({ file }));
    const scene = await footage({ gop: 1 });
    servers = { porch: await serve(scene), shed: await serve(scene), yard: await serve(await walkers()) };
    hub = await start();
    stack.defer(() => hub.kill());
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  const start = (): Promise<Hub> => {
    const cameras = [
      { name: 'Porch', source: servers.porch.url(), privacySwitch: true },
      { name: 'Shed', source: servers.shed.url(), record: false, detectionSwitch: true },
      { name: 'Yard', source: servers.yard.url() },
    ];
    return Hub.start({ homebridge, storage, lookout: { cameras } });
  };

  const phoneTo = async (name: string): Promise<Controller> => {
    const address = await hub.accessory(name);
    const known = keys.get(name) ?? (await pair(address));
    keys.set(name, known);
    return Controller.connect(address, known);
  };

  const mode = (phone: Controller, type: string): number => phone.find(HAP.cameraOperatingMode, type).iid;

  const switchNamed = (phone: Controller, name: string): number => {
    const named = phone
      .services(MODES.switch)
      .find((service) => phone.characteristic(service, MODES.configuredName).value === name);
    if (named === undefined) throw new Error(`no switch ${name}`);
    return phone.characteristic(named, MODES.on).iid;
  };

  const isReal = async (phone: Controller): Promise<true | undefined> => {
    const { body } = await phone.picture({ ...TILE, reason: 0 });
    return (await frameNumber(body)) === undefined ? undefined : true;
  };

  /** Writes, and takes the time until the camera is alone. */
  const alone = async (server: RtspServer, write: Promise<void>, what: string): Promise<void> => {
    const since = performance.now();
    await write;
    const gone = async () => ((await server.clients()).connected === 0 ? performance.now() - since : undefined);
    const took = await poll('a camera to which nobody is connected', gone, 10_000, 10);
    figure(`Homebridge ${homebridge}: alone after ${what}`, took, 'ms');
    expect(took).toBeLessThan(GONE);
  };

  it('is off for everything, and back when it is on', async () => {
    using phone = await phoneTo('Shed');
    await online(phone, true);
    await poll('a real picture', () => isReal(phone), 10_000);
    await using viewer = await Viewer.open(phone);
    await viewer.firstKeyframe();
    await alone(servers.shed, phone.put(mode(phone, MODES.cameraActive), 0), 'HomeKit’s switch');
    await poll('the end of the live view', async () => ((await viewer.inUse()) ? undefined : true), GONE);
    await viewer.video.drained();
    const { length } = viewer.video.packets;
    const tile = await phone.picture(TILE);
    expect([tile.status, await frameNumber(tile.body)]).toEqual([200, undefined]);
    await online(phone, false, GONE);
    await expect(Viewer.open(phone)).rejects.toThrow();
    await hub.waitFor(/Shed: switched off in HomeKit/);
    await viewer.video.drained();
    expect(viewer.video.packets).toHaveLength(length);
    expect((await servers.shed.clients()).connected).toBe(0);
    const since = performance.now();
    await phone.put(mode(phone, MODES.cameraActive), 1);
    await poll('a real picture again', () => isReal(phone), 10_000, 20);
    figure(`Homebridge ${homebridge}: a real picture again`, performance.now() - since, 'ms');
    await online(phone, true);
    await using again = await Viewer.open(phone);
    await again.firstKeyframe();
  });

  it('is off by the switch for privacy, which is there for automations', async () => {
    using phone = await phoneTo('Porch');
    await online(phone, true);
    await poll('a real picture', () => isReal(phone), 10_000);
    await using viewer = await Viewer.open(phone);
    await viewer.firstKeyframe();
    const privacy = switchNamed(phone, 'Porch Privacy');
    await alone(servers.porch, phone.put(privacy, true), 'Privacy');
    await poll('the end of the live view', async () => ((await viewer.inUse()) ? undefined : true), GONE);
    const tile = await phone.picture(TILE);
    expect([tile.status, await frameNumber(tile.body)]).toEqual([200, undefined]);
    await expect(Viewer.open(phone)).rejects.toThrow();
    await online(phone, false, GONE);
    expect(Number(await phone.get(mode(phone, MODES.manuallyDisabled)))).toBe(1);
    await phone.put(privacy, false);
    await poll('a real picture again', () => isReal(phone), 10_000);
    expect(Number(await phone.get(mode(phone, MODES.manuallyDisabled)))).toBe(0);
  });

  it('is off again and again, as fast as somebody can press', async () => {
    using phone = await phoneTo('Porch');
    const privacy = switchNamed(phone, 'Porch Privacy');
    const active = mode(phone, MODES.cameraActive);
    for (let nth = 0; nth < 10; nth++) {
      await phone.put(privacy, nth % 2 === 0);
      await phone.put(active, nth % 3 === 0 ? 0 : 1);
    }
    await phone.put(active, 0);
    await alone(servers.porch, phone.put(privacy, false), 'twenty presses');
    await phone.put(active, 1);
    await poll('a real picture', () => isReal(phone), 15_000);
    await poll(
      'one connection',
      async () => ((await servers.porch.clients()).connected === 1 ? true : undefined),
      5000,
    );
    expect(hub.text).not.toMatch(/unhandled|uncaught|TypeError|ReferenceError/i);
  });

  it('is only detection by its own switch', async () => {
    using phone = await phoneTo('Shed');
    await online(phone, true);
    const detection = switchNamed(phone, 'Shed Detection');
    await phone.put(detection, false);
    await online(phone, false, GONE);
    expect([await isReal(phone), (await servers.shed.clients()).connected]).toEqual([true, 1]);
    await phone.put(detection, true);
    await online(phone, true);
  });

  it.each([
    ['eventSnapshots', [200, 207]],
    ['periodicSnapshots', [207, 200]],
  ] as const)('are pictures of one kind: %s', async (name, expected) => {
    using phone = await phoneTo('Shed');
    const iid = mode(phone, MODES[name]);
    const statuses = async (): Promise<number[]> => [
      (await phone.picture({ ...TILE, reason: 0 })).status,
      (await phone.picture({ ...TILE, reason: 1 })).status,
    ];
    await phone.put(iid, 0);
    expect(await statuses()).toEqual(expected);
    await phone.put(iid, 1);
    expect(await statuses()).toEqual([200, 200]);
  });

  it('ends a recording and the event that goes on, and writes nothing from then on', async () => {
    using phone = await phoneTo('Yard');
    await online(phone, true);
    await switchOnRecording(phone);
    const motion = phone.find(HAP.motionSensor, HAP.motionDetected).iid;
    const goesOn = async () => (Number(await phone.get(motion)) === 1 && ongoing(storage) === 1 ? true : undefined);
    await poll('an event that goes on', goesOn, 60_000, 100);
    using recording = await HubRecording.open(phone);
    await recording.until('a part of the recording', () => recording.parts[0], 10_000);
    await alone(servers.yard, phone.put(mode(phone, MODES.cameraActive), 0), 'HomeKit’s switch, with an event');
    const offAt = Date.now();
    expect(Number(await phone.get(motion))).toBe(0);
    await poll('the end of the recording', () => recording.closedWith, GONE);
    expect(recording.closedWith).toBe(NOT_ALLOWED);
    expect((await phone.picture(TILE)).status).toBe(207);
    await expect(HubRecording.open(phone)).rejects.toThrow(`refused: ${NOT_ALLOWED}`);
    await poll('the end of the event', () => (ongoing(storage) === 0 ? true : undefined), GONE);
    const media = join(storage, 'lookout', 'media', 'yard');
    let kept: readonly string[] = [];
    const isQuiet = (): true | undefined => {
      const before = kept;
      kept = filesBelow(media);
      return kept.length > 0 && isDeepStrictEqual(kept, before) ? true : undefined;
    };
    await poll('the end of what was being written of before', isQuiet, 15_000, GONE);
    expect(Math.max(...seenAt(storage))).toBeLessThanOrEqual(offAt);
    await observe(GONE);
    expect(filesBelow(media)).toEqual(kept);
  });

  it('stays so over a restart, and then nothing ever connects', async () => {
    {
      using porch = await phoneTo('Porch');
      using shed = await phoneTo('Shed');
      await alone(servers.porch, porch.put(switchNamed(porch, 'Porch Privacy'), true), 'Privacy');
      await alone(servers.shed, shed.put(mode(shed, MODES.cameraActive), 0), 'HomeKit’s switch');
    }
    const totals = () => Promise.all(Object.values(servers).map(async (server) => (await server.clients()).total));
    const before = await totals();
    await hub.stop();
    hub = await start();
    using yard = await phoneTo('Yard');
    using porch = await phoneTo('Porch');
    using shed = await phoneTo('Shed');
    // Once a camera that is switched on is there, all would have been.
    expect(Number(await yard.get(mode(yard, MODES.cameraActive)))).toBe(0);
    const on = performance.now();
    await yard.put(mode(yard, MODES.cameraActive), 1);
    await online(yard, true);
    figure(`Homebridge ${homebridge}: online again`, performance.now() - on, 'ms');
    const [porchTotal, shedTotal] = await totals();
    expect([porchTotal, shedTotal]).toEqual(before.slice(0, 2));
    for (const phone of [porch, shed]) {
      const tile = await phone.picture(TILE);
      expect([tile.status, await frameNumber(tile.body)]).toEqual([200, undefined]);
    }
    await porch.put(switchNamed(porch, 'Porch Privacy'), false);
    await shed.put(mode(shed, MODES.cameraActive), 1);
    await Promise.all([porch, shed].map((phone) => poll('a real picture', () => isReal(phone), 15_000)));
  });
});

it(
  'off, no program is left that has a picture in its memory',
  async () => {
    // Nobody comes.
    const scene = await walkers({ width: 640, height: 360, seconds: 20, first: 99, gop: 1 });
    await using server = await startRtspServer({ file: scene });
    await using home = await Home.start([{ name: 'Yard', source: server.url() }]);
    using phone = await home.connectOnline('Yard');
    // A hub that has just started also tries its encoders, with pictures that no camera has sent.
    const decoders = () => home.hub.children().filter(({ command }) => !command.includes(' -f lavfi '));
    await poll('decoders', () => (decoders().length > 0 ? true : undefined), 10_000);
    await phone.put(phone.find(HAP.cameraOperatingMode, MODES.cameraActive).iid, 0);
    await poll('their end', () => (decoders().length === 0 ? true : undefined), GONE);
  },
  SETUP_TIMEOUT,
);

/** Paths with sizes and times. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      // A file that is being written may have another name by now.
      const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {};
      return `${path} ${size} ${mtimeMs}`;
    })
    .sort();
}

interface Shot {
  readonly at: number;
  /** Of a clip, ms. */
  readonly duration?: number;
}

/** The times of what is kept to be seen of the yard, ms since the epoch; of clips, of their last pictures. */
function seenAt(storage: string): number[] {
  return query(storage, "SELECT picture, preview, clip FROM events WHERE camera = 'yard'")
    .flatMap((row) => Object.values(row))
    .flatMap((json) => JSON.parse(String(json)) as Shot | readonly Shot[] | null)
    .filter((shot) => shot !== null)
    .map(({ at, duration }) => (duration === undefined ? at : at + duration - PICTURE));
}

/** How many events go on in the yard, as the store has it. */
const ongoing = (storage: string): number =>
  query(storage, "SELECT id FROM events WHERE camera = 'yard' AND state = 'ongoing'").length;

function query(storage: string, sql: string): Record<string, unknown>[] {
  const store = new DatabaseSync(join(storage, 'lookout', 'events.sqlite'), { readOnly: true, timeout: 5000 });
  try {
    return store.prepare(sql).all();
  } finally {
    store.close();
  }
}
