import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { countCells } from '../../src/detection/mask.js';
import { FACTORS } from '../../src/detection/weigh.js';
import { startRtspServer } from '../peers/rtsp-server.js';
import { walkers } from '../peers/walkers.js';
import { PROJECT } from './harness/built-plugin.js';
import { clipFacts, differing, grayAt } from './harness/clips.js';
import { HAP } from './harness/controller.js';
import { decodeJpeg } from './harness/decode.js';
import { figure } from './harness/figures.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import { fileOf, type KeptEvent, keptEvent, lookout, readOf } from './harness/kept.js';
import { MotionLog } from './harness/motion-log.js';
import { poll } from './harness/until.js';

/** Seconds of the demonstration scene at which nobody is there. */
const EMPTY = 18;
const FPS = 20;
/** So long after a camera has come there is memory enough for the whole of an event's clip, ms. */
const REMEMBERS = 12_000;
/** Somebody walks by every 20 s, and is seen for some 9 s. */
const EVENT = 90_000;
/** The default, ms. */
const HOLD = 10_000;
/** The wall clock and this process's own may differ by so much, ms. */
const CLOCKS = 100;

describe('somebody who walks through the demonstration scene', () => {
  const stack = new AsyncDisposableStack();
  let scene: string;
  let home: Home;
  let motion: MotionLog;
  let event: KeptEvent;
  let on: number;
  let off: number;

  beforeAll(
    async () => {
      scene = await demoScene();
      const lit = await walkers({ width: 640, height: 360, seconds: 20, first: 99, audio: false, lamp: true });
      const garden = stack.use(await startRtspServer({ file: scene }));
      const porch = stack.use(await startRtspServer({ file: lit }));
      home = stack.use(
        await Home.start([
          { name: 'Garden', source: garden.url() },
          { name: 'Porch', source: porch.url() },
        ]),
      );
      using phone = await home.connectOnline('Garden');
      const since = Date.now() + REMEMBERS;
      motion = stack.use(await MotionLog.open(home, 'Garden', phone.find(HAP.motionSensor, HAP.motionDetected).iid));
      on = await motion.change(true, since, EVENT);
      off = await motion.change(false, on, EVENT);
      event = await keptEvent(home.hub, 'garden', ({ start, end }) => start <= on && on <= end + HOLD);
    },
    SETUP_TIMEOUT + 2 * EVENT,
  );

  afterAll(() => stack.disposeAsync());

  it('raises MotionDetected, until the hold time after the last motion', () => {
    figure('MotionDetected after the first motion', on - event.start, 'ms');
    figure('MotionDetected off after the last motion', off - event.end, 'ms');
    expect(on).toBeGreaterThanOrEqual(event.start);
    expect(off - event.end).toBeGreaterThanOrEqual(HOLD - CLOCKS);
  });

  it('is an event whose record says what moved, where, and how important that is', async () => {
    expect(event).toMatchObject({ state: 'ended', source: 'hub', category: 'motion', zones: [] });
    expect(event.heldBack).toBeUndefined();
    const { total, factors } = event.importance;
    expect(Object.keys(factors).sort()).toEqual([...FACTORS].sort());
    expect(Object.values(factors).reduce((sum, points) => sum + points, 0)).toBeCloseTo(total);
    const cells = countCells(Buffer.from(event.mask, 'base64'));
    expect(cells).toBeGreaterThan(64);
    expect(cells).toBeLessThan((64 * 36) / 2);
    const ways = event.tracks.map(({ start: [from = 0], end: [to = 0] }) => Math.abs(to - from));
    expect(Math.max(...ways)).toBeGreaterThan(0.5);
    const { code, out } = await lookout(home.hub, 'events', 'show', event.id);
    expect(code).toBe(0);
    expect(out).toContain(fileOf(home.hub, event, 'clip'));
  });

  it('is in the picture, which is of that time', async () => {
    const { picture } = event.media;
    const { frames, errors } = await decodeJpeg(readOf(home.hub, event, 'picture'));
    expect(errors).toEqual([]);
    expect(frames).toMatchObject([{ width: 1280, height: 720 }]);
    const [seen, empty, later] = await Promise.all([
      grayAt(fileOf(home.hub, event, 'picture'), 0),
      ...[EMPTY, EMPTY + 2].map((seconds) => grayAt(scene, seconds)),
    ]);
    if (empty === undefined || later === undefined) throw new Error('no empty scene');
    expect(differing(seen, empty, event.box)).toBeGreaterThan(0.01);
    expect(differing(later, empty, event.box)).toBeLessThan(0.001);
    expect(picture?.at).toBeGreaterThanOrEqual(event.start);
    expect(picture?.at).toBeLessThanOrEqual(event.end);
  });

  it('is in the preview, from beginning to end', async () => {
    const { preview } = event.media;
    expect(preview.length).toBeGreaterThan(2);
    expect(preview.map(({ number }) => number)).toEqual(preview.map((_, nth) => nth + 1));
    const times = preview.map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const empty = await grayAt(scene, EMPTY);
    const shares = await Promise.all(
      preview.map(async ({ number }) => differing(await grayAt(fileOf(home.hub, event, number), 0), empty, event.box)),
    );
    expect(shares.filter((share) => share > 0.005).length).toBeGreaterThan(1);
  });

  it('is in the clip, which is the camera’s own stream from before the event until after it', async () => {
    const { clip, picture } = event.media;
    if (clip === undefined || picture === undefined) throw new Error('no clip');
    const file = fileOf(home.hub, event, 'clip');
    const [own, source] = [await clipFacts(file), await clipFacts(scene)];
    expect(own.complaints).toBe('');
    expect(own.coding).toEqual(source.coding);
    const places = own.checksums.map((checksum) => source.checksums.indexOf(checksum));
    expect(places).toEqual(places.map((_, nth) => ((places[0] ?? -1) + nth) % source.checksums.length));
    expect(clip.at).toBeLessThanOrEqual(event.start - 4000);
    expect(clip.at + clip.duration).toBeGreaterThanOrEqual(event.end + 4000);
    expect(own.checksums.length / FPS).toBeCloseTo(clip.duration / 1000, 0);
    const stored = await grayAt(fileOf(home.hub, event, 'picture'), 0);
    const around = await Promise.all(
      [-100, -50, 0, 50, 100].map(async (off) =>
        differing(await grayAt(file, (picture.at + off - clip.at) / 1000), stored, [0, 0, 1, 1]),
      ),
    );
    expect(Math.min(...around)).toBeLessThan(0.001);
  });

  it(
    'is no event where a lamp goes on and off: that is rejected, with a reason',
    async () => {
      await poll(
        'a candidate that is rejected because of the light',
        async () => {
          const { out } = await lookout(home.hub, 'events', 'rejected', '--camera', 'porch', '--json');
          const reasons = Object.keys(JSON.parse(out) as Record<string, number>);
          // Other reasons may come before and beside it, such as that something is often there.
          return reasons.some((reason) => /lighting|infrared-switch|exposure/.test(reason)) ? true : undefined;
        },
        2 * EVENT,
        1000,
      );
      expect((await lookout(home.hub, 'events', '--camera', 'porch', '--count')).out.trim()).toBe('0');
    },
    2 * EVENT + 30_000,
  );

  it('leaves no complaint in the log', () => {
    expect(home.hub.text).not.toMatch(/unhandled|uncaught|TypeError|ReferenceError/i);
  });
});

async function demoScene(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/demo-scene.mjs'], { cwd: PROJECT });
  return stdout.trim().split('\n').at(-1) ?? '';
}
