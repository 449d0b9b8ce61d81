import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probe } from '../media/fmp4/probe.js';
import { footage } from '../peers/footage.js';
import { type RtspServer, startRtspServer } from '../peers/rtsp-server.js';
import { walkers } from '../peers/walkers.js';
import { Controller, HAP, pair } from './harness/controller.js';
import { figure } from './harness/figures.js';
import { Home, online, SETUP_TIMEOUT } from './harness/home.js';
import { Hub } from './harness/hub.js';
import { loudness, recordedPictures } from './harness/recorded.js';
import { HubRecording, type ReceivedPart, switchOnRecording } from './harness/recorder.js';
import { FRAGMENT, PREBUFFER } from './harness/recording-messages.js';
import { frameNumber, numberIn } from './harness/scene.js';
import { observe, poll } from './harness/until.js';

const FPS = 20;
/** A hub gives up beyond that, ms; the machine that tests may be slow. */
const LONGEST_WAIT = 5000;
const FRAGMENT_TIMEOUT = 15_000;
/** Hubs close with it when they want no more. */
const NORMAL = 0;

/** The first picture in which somebody is seen whom the first picture does not show. */
function firstMove(pictures: readonly Buffer[]): number {
  const [still] = pictures;
  return pictures.findIndex((picture) => {
    let changed = 0;
    for (let at = 0; at < picture.length; at++) if (Math.abs((picture[at] ?? 0) - (still?.[at] ?? 0)) > 30) changed++;
    return changed >= 12;
  });
}

/** Milliseconds between the arrivals of fragments. */
const waits = ({ fragments }: HubRecording): number[] =>
  fragments.slice(1).map(({ at }, nth) => at - (fragments[nth]?.at ?? 0));

/** Each of the fragments can be shown by itself. */
async function expectWhole(recording: HubRecording): Promise<void> {
  const [init, ...fragments] = recording.parts;
  expect(init?.kind).toBe('mediaInitialization');
  expect(fragments.map(({ kind }) => kind)).toEqual(fragments.map(() => 'mediaFragment'));
  expect(Math.max(0, ...waits(recording))).toBeLessThan(LONGEST_WAIT);
  for (const { data } of fragments) {
    expect(data.length).toBeGreaterThan(0);
    const { packets } = await probe(Buffer.concat([init?.data ?? Buffer.alloc(0), data]));
    const pictures = packets.filter(({ kind }) => kind === 'video');
    expect(pictures[0]?.keyframe).toBe(true);
    const seconds = pictures.reduce((sum, { duration }) => sum + duration, 0);
    expect(seconds * 1000).toBeLessThanOrEqual(FRAGMENT + 250);
  }
}

describe('a home hub records', () => {
  const stack = new AsyncDisposableStack();
  let home: Home;
  let walk: RtspServer;
  let near: RtspServer;
  let far: RtspServer;

  beforeAll(async () => {
    const detect = { hold: 2, alertWindow: 0 };
    walk = stack.use(await startRtspServer({ file: await walkers() }));
    near = stack.use(await startRtspServer({ file: await footage({ gop: 2, fps: FPS, audio: false }), audio: 'none' }));
    far = stack.use(await startRtspServer({ file: await footage({ gop: 8, fps: FPS, seconds: 24 }) }));
    home = stack.use(
      await Home.start(
        [
          { name: 'Walk', source: walk.url(), detect },
          // From one walk's end to the next one's beginning it is 9.5 s.
          { name: 'Long', source: walk.url(), detect: { hold: 20, alertWindow: 0 } },
          { name: 'Near', source: near.url(), detect: { enabled: false } },
          { name: 'Far', source: far.url(), detect: { enabled: false } },
        ],
        { debug: true },
      ),
    );
    for (const name of ['Walk', 'Long', 'Near', 'Far']) {
      using phone = await connectOnline(name);
      await switchOnRecording(phone);
    }
    // Some seconds of prebuffer are in memory.
    await observe(12_000);
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  /** Where detection is off, the sensor never says that it is active. */
  async function connectOnline(name: string): Promise<Controller> {
    if (name === 'Walk' || name === 'Long') return home.connectOnline(name);
    const phone = await home.connect(name);
    await poll(
      `a picture of ${name}`,
      async () => {
        const { body } = await phone.picture({ width: 640, height: 360 });
        return frameNumber(body);
      },
      20_000,
    );
    return phone;
  }

  const encoders = (): string[] =>
    home.hub
      .children()
      .map(({ command }) => command)
      .filter((command) => /-c:v (?!mjpeg|rawvideo)|-c:a/.test(command));

  it('what moves, from 4 s before it to its end, as the camera sent it', async () => {
    using hub = await home.connect('Walk');
    const { iid } = hub.find(HAP.motionSensor, HAP.motionDetected);
    using motion = await home.listen('Walk', [iid]);
    await motion.changes.until(
      'motion',
      () => motion.events.find(({ value }) => value === true || value === 1),
      60_000,
    );
    using recording = await HubRecording.open(hub);
    const init = await recording.until('init', () => recording.parts[0], FRAGMENT_TIMEOUT);
    const first = await recording.until('a fragment', () => recording.fragments[0], FRAGMENT_TIMEOUT);
    figure('recording init', init.at - recording.askedAt, 'ms');
    figure('first fragment', first.at - recording.askedAt, 'ms');
    expect(encoders()).toEqual([]);
    await recording.toEnd(60_000);
    figure('between fragments', waits(recording), 'ms');
    await expectWhole(recording);
    const { pictures, complaints } = await recordedPictures(recording.file);
    expect(complaints).toBe('');
    const lead = (firstMove(pictures) / FPS) * 1000;
    figure('before the motion', lead, 'ms');
    expect(lead).toBeGreaterThanOrEqual(PREBUFFER);
    // Sound is there all the time, and as long as the pictures.
    const { seconds, complaints: unheard } = await loudness(recording.file);
    expect(unheard).toBe('');
    expect(Math.abs(seconds.length - pictures.length / FPS)).toBeLessThan(1.2);
    expect(Math.min(...seconds.slice(1, -1))).toBeGreaterThan(0.02);
  }, 150_000);

  it('on while one event follows the other', async () => {
    using hub = await home.connect('Long');
    const { iid } = hub.find(HAP.motionSensor, HAP.motionDetected);
    using motion = await home.listen('Long', [iid]);
    using recording = await HubRecording.open(hub);
    // One walk with its hold, and the prebuffer before it, takes 30 s at most.
    await recording.until('nine fragments', () => recording.fragments[8], 90_000);
    expect(motion.events.filter(({ value }) => value === false || value === 0)).toEqual([]);
    expect(recording.closedWith).toBeUndefined();
    recording.close(NORMAL);
  }, 150_000);

  it('two cameras at once: one copied, with silence for the sound that it has not, and one whose keyframes are 8 s apart', async () => {
    using nearHub = await home.connect('Near');
    using farHub = await home.connect('Far');
    using copied = await HubRecording.open(nearHub);
    using transcoded = await HubRecording.open(farHub);
    for (const recording of [copied, transcoded])
      await recording.until('three fragments', () => recording.fragments[2], 40_000);
    expect(encoders().filter((command) => command.includes('-c:v'))).toHaveLength(1);
    for (const recording of [copied, transcoded]) await recording.toEnd(40_000);
    for (const recording of [copied, transcoded]) {
      figure('between fragments', waits(recording), 'ms');
      await expectWhole(recording);
      const { pictures, complaints } = await recordedPictures(recording.file);
      expect(complaints).toBe('');
      const numbers = pictures.map(numberIn);
      expect(numbers.filter((number) => number === undefined)).toEqual([]);
      const loop = recording === copied ? 20 * FPS : 24 * FPS;
      const steps = numbers.slice(1).map((number, at) => ((number ?? 0) - (numbers[at] ?? 0) + loop) % loop);
      expect(steps.filter((step) => step !== 1)).toEqual([]);
      const { streams } = await probe(recording.file);
      expect(streams).toEqual([
        expect.objectContaining({ kind: 'video', codec: 'h264', width: 1280, height: 720 }),
        expect.objectContaining({ kind: 'audio', codec: 'aac', sampleRate: 32_000, channels: 1 }),
      ]);
    }
    const silent = await loudness(copied.file);
    expect(silent.complaints).toBe('');
    expect(Math.max(...silent.seconds)).toBeLessThan(0.001);
    expect(silent.seconds.length).toBeGreaterThan(15);
    const heard = await loudness(transcoded.file);
    expect(heard.complaints).toBe('');
    expect(Math.min(...heard.seconds.slice(1, -1))).toBeGreaterThan(0.05);
    expect(home.hub.text).toMatch(/Far: recordings are transcoded, because its keyframes are up to 8\.\d s apart/);
    await poll('the end of the encoders', () => (encoders().length === 0 ? true : undefined), 5000);
  }, 120_000);

  it('until it closes the recording in the middle; then another one', async () => {
    using hub = await home.connect('Far');
    for (let round = 0; round < 2; round++) {
      using recording = await HubRecording.open(hub);
      await recording.until('a fragment', () => recording.fragments[0], FRAGMENT_TIMEOUT);
      recording.close(NORMAL);
      await poll('the end of the encoders', () => (encoders().length === 0 ? true : undefined), 5000);
    }
    // The connection breaks before the first fragment.
    (await HubRecording.open(hub))[Symbol.dispose]();
    await home.hub.waitFor(/Far: recording: .* last close: \S+, connection lost/);
    await poll('the end of the encoders', () => (encoders().length === 0 ? true : undefined), 5000);
    expect(home.hub.text).not.toMatch(/still awaiting generator/);
  }, 60_000);

  it('no sound from when that is switched off', async () => {
    using hub = await home.connect('Far');
    using recording = await HubRecording.open(hub);
    await recording.until('a fragment', () => recording.fragments[0], FRAGMENT_TIMEOUT);
    await switchOnRecording(hub, { sound: false });
    await recording.toEnd(40_000);
    const { seconds, complaints } = await loudness(recording.file);
    expect(complaints).toBe('');
    expect(Math.max(...seconds.slice(0, 5))).toBeGreaterThan(0.05);
    expect(Math.max(...seconds.slice(-8))).toBeLessThan(0.001);
    await switchOnRecording(hub);
  }, 60_000);

  it('what is whole when the camera goes away, and again when it is back', async () => {
    using hub = await home.connect('Near');
    using recording = await HubRecording.open(hub);
    await recording.until('two fragments', () => recording.fragments[1], FRAGMENT_TIMEOUT);
    await near.kill();
    await recording.toEnd(3000);
    await expectWhole(recording);
    expect((await recordedPictures(recording.file)).complaints).toBe('');
    await poll(
      'a recording of the camera that is back',
      async () => {
        try {
          using next = await HubRecording.open(hub);
          return (await next.until('a fragment', () => firstOf(next), 10_000)).at;
        } catch {
          return undefined;
        }
      },
      40_000,
      500,
    );
  }, 90_000);

  it('nothing when it is switched off', async () => {
    using hub = await home.connect('Near');
    using recording = await HubRecording.open(hub);
    await recording.until('a fragment', () => recording.fragments[0], FRAGMENT_TIMEOUT);
    await hub.put(hub.find(HAP.recordingManagement, HAP.active).iid, 0);
    await recording.toEnd(5000);
    await expect(HubRecording.open(hub)).rejects.toThrow('refused: 1');
    await switchOnRecording(hub);
  }, 60_000);

  it('and the hub goes on', () => {
    expect(home.hub.text).not.toMatch(/unhandled|uncaught|TypeError|ReferenceError|awaiting generator/i);
  });
});

/** Its first fragment, unless it was closed. */
function firstOf({ closedWith, fragments }: HubRecording): ReceivedPart | undefined {
  if (closedWith !== undefined) throw new Error(`closed with ${closedWith}`);
  return fragments[0];
}

it.each([2, 1] as const)(
  'recording goes on after a restart of Homebridge %i',
  async (homebridge) => {
    const storage = mkdtempSync(join(tmpdir(), 'lookout-hub-'));
    await using server = await startRtspServer({ file: await footage({ gop: 2, fps: FPS }) });
    const lookout = { cameras: [{ id: 'gate', name: 'Gate', source: server.url() }] };
    try {
      const first = await Hub.start({ storage, homebridge, lookout });
      const keys = await pair(await first.accessory('Gate'));
      try {
        using phone = await Controller.connect(await first.accessory('Gate'), keys);
        await online(phone, true);
        await switchOnRecording(phone);
      } finally {
        await first.stop();
      }
      const second = await Hub.start({ storage, homebridge, lookout, debug: true });
      try {
        using hub = await Controller.connect(await second.accessory('Gate'), keys);
        await online(hub, true);
        using recording = await HubRecording.open(hub);
        await recording.until('two fragments', () => recording.fragments[1], FRAGMENT_TIMEOUT);
        expect(Math.max(...(await loudness(recording.file)).seconds)).toBeGreaterThan(0.05);
        recording.close(NORMAL);
        expect(second.text).not.toMatch(/unhandled|uncaught|TypeError/i);
      } finally {
        await second.kill();
      }
    } finally {
      rmSync(storage, { recursive: true, force: true });
    }
  },
  120_000,
);
