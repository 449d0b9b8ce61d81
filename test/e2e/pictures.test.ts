import { footage } from '../peers/footage.js';
import { type RtspServer, startRtspServer } from '../peers/rtsp-server.js';
import type { Controller } from './harness/controller.js';
import { HAP, isPaired, pair } from './harness/controller.js';
import { decodeJpeg } from './harness/decode.js';
import { figure, percentile } from './harness/figures.js';
import { Home, SETUP_TIMEOUT } from './harness/home.js';
import { frameNumber } from './harness/scene.js';
import { observe, poll } from './harness/until.js';

const TILE = { width: 640, height: 360 };
const GOP = 2;
const FPS = 20;
const CLIP_SECONDS = 20;

async function sizeOf(jpeg: Buffer): Promise<{ width: number; height: number }> {
  const { frames, errors } = await decodeJpeg(jpeg);
  expect(errors).toEqual([]);
  const [frame] = frames;
  if (frame === undefined) throw new Error('the picture did not decode');
  return { width: frame.width, height: frame.height };
}

describe('a camera that is on', () => {
  const stack = new AsyncDisposableStack();
  let camera: RtspServer;
  let home: Home;
  let phone: Controller;

  beforeAll(async () => {
    camera = stack.use(await startRtspServer({ file: await footage({ gop: GOP, fps: FPS, seconds: CLIP_SECONDS }) }));
    // All of this scene moves: each event would start a decoder for pictures of its own.
    const still = { enabled: false };
    home = stack.use(await Home.start([{ id: 'porch', name: 'Porch', source: camera.url(), detect: still }]));
    phone = stack.use(await home.connect('Porch'));
    await poll('a real picture', async () => frameNumber((await phone.picture(TILE)).body), 10_000);
  }, SETUP_TIMEOUT);

  afterAll(() => stack.disposeAsync());

  it('pairs with its code only, and says what it is', async () => {
    const address = await home.hub.accessory('Porch');
    await expect(pair({ ...address, pin: '111-22-333' })).rejects.toThrow();
    const value = (type: string): unknown => phone.find(HAP.accessoryInformation, type).value;
    expect(value(HAP.serialNumber)).toBe('porch');
    expect(String(value(HAP.name))).toMatch(/^Porch/);
    expect(String(value(HAP.firmwareRevision))).toMatch(/^\d+\.\d+\.\d+/);
    expect(phone.services(HAP.streamManagement)).toHaveLength(8);
    expect(phone.services(HAP.motionSensor)).toHaveLength(1);
    const stranger = { AccessoryPairingID: address.deviceId, AccessoryLTPK: '00'.repeat(32) };
    const keys = {
      ...stranger,
      iOSDevicePairingID: '00',
      iOSDeviceLTSK: '00'.repeat(64),
      iOSDeviceLTPK: '00'.repeat(32),
    };
    expect(await isPaired(address, keys)).toBe(false);
  });

  it.each([
    [1280, 720],
    [640, 360],
    [320, 180],
  ])('gives a picture of %i×%i', async (width, height) => {
    const { status, body } = await phone.picture({ width, height, reason: 0 });
    expect(status).toBe(200);
    expect(await sizeOf(body)).toEqual({ width, height });
    expect(await frameNumber(body)).toBeDefined();
  });

  it.each([
    [640, 480],
    [1920, 1080],
    [480, 480],
  ])('keeps the aspect, and enlarges nothing, when %i×%i is asked for', async (width, height) => {
    const { body } = await phone.picture({ width, height, reason: 1 });
    const size = await sizeOf(body);
    expect(size.width / size.height).toBeCloseTo(16 / 9, 1);
    expect(size.width).toBeLessThanOrEqual(Math.min(width, 1280));
    expect(size.height).toBeLessThanOrEqual(Math.min(height, 720));
  });

  it('answers twenty requests, each with the newest keyframe, and starts no process for them', async () => {
    const before = home.hub.children();
    const took: number[] = [];
    const shown: { at: number; frame: number | undefined }[] = [];
    for (let request = 0; request < 20; request++) {
      const { status, body, took: milliseconds } = await phone.picture(TILE);
      const at = performance.now();
      expect(status).toBe(200);
      took.push(milliseconds);
      shown.push({ at, frame: await frameNumber(body) });
      await observe(Math.max(0, 300 - (performance.now() - at)));
    }
    figure('warm picture', took, 'ms');
    expect(percentile(took, 50)).toBeLessThan(250);
    expect(home.hub.children()).toEqual(before);
    expect(shown.every(({ frame }) => frame !== undefined && frame % (GOP * FPS) === 0)).toBe(true);
    expect(new Set(shown.map(({ frame }) => frame)).size).toBeGreaterThanOrEqual(3);
    expect(Math.max(...ages(shown))).toBeLessThan(GOP * 1000 + 1500);
  });

  it('gives requests that come at once the same picture', async () => {
    const phones = await Promise.all(Array.from({ length: 6 }, () => home.connect('Porch')));
    try {
      const answers = await Promise.all(phones.map((one) => one.picture({ width: 480, height: 270 })));
      figure(
        'six pictures at once',
        answers.map(({ took }) => took),
        'ms',
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
      const distinct = new Set(answers.map(({ body }) => body.toString('base64')));
      // A keyframe may arrive between the first request and the last one.
      expect(distinct.size).toBeLessThanOrEqual(2);
    } finally {
      for (const one of phones) one.close();
    }
  });

  it('is drawn as offline once it has died, and shown again when it is back', async () => {
    const { port } = camera;
    await camera.stop();
    const since = performance.now();
    const drawn = await poll(
      'a drawn picture',
      async () => {
        const { body } = await phone.picture(TILE);
        return (await frameNumber(body)) === undefined ? body : undefined;
      },
      20_000,
    );
    figure('drawn as offline after', performance.now() - since, 'ms');
    expect(await sizeOf(drawn)).toEqual(TILE);
    const file = await footage({ gop: GOP, fps: FPS, seconds: CLIP_SECONDS });
    camera = stack.use(await startRtspServer({ file, port }));
    const back = performance.now();
    await poll('the real picture', async () => frameNumber((await phone.picture(TILE)).body), 30_000);
    figure('shown again after', performance.now() - back, 'ms');
  });
});

/**
 * How much later than the freshest of them each picture was, in milliseconds, when camera and tests share a clock:
 * a frame's number tells when the camera played it, but for one constant.
 */
function ages(shown: readonly { at: number; frame: number | undefined }[]): number[] {
  const loop = CLIP_SECONDS * FPS;
  const first = shown[0]?.frame ?? 0;
  const behind = shown.map(({ at, frame = 0 }) => at - (((frame - first + loop) % loop) / FPS) * 1000);
  const freshest = Math.min(...behind);
  return behind.map((delay) => delay - freshest);
}

describe('a camera that has not been reached yet', () => {
  it('is drawn as connecting at once, and shown within a GOP and half a second of its coming', async () => {
    const file = await footage({ gop: GOP, fps: FPS });
    const placeholder = await startRtspServer({ file });
    const { port } = placeholder;
    await placeholder.stop();
    await using home = await Home.start([{ name: 'Shed', source: `rtsp://127.0.0.1:${port}/stream` }]);
    using phone = await home.connect('Shed');
    const first = await phone.picture(TILE);
    figure('first picture after start', first.took, 'ms');
    expect(first.status).toBe(200);
    // A machine may be busy once: who waits for the camera waits each time.
    const all = [first, await phone.picture(TILE), await phone.picture(TILE)];
    expect(Math.min(...all.map(({ took }) => took))).toBeLessThan(1000);
    expect(await sizeOf(first.body)).toEqual(TILE);
    expect(await frameNumber(first.body)).toBeUndefined();
    await using camera = await startRtspServer({ file, port });
    const since = performance.now();
    await poll('the real picture', async () => frameNumber((await phone.picture(TILE)).body), 30_000);
    figure('the real picture after the camera came', performance.now() - since, 'ms');
    expect(await camera.clients()).toMatchObject({ connected: 1 });
  });
});
