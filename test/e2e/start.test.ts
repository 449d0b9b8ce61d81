import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, isPaired, pair } from './harness/controller.js';
import { grayJpeg } from './harness/decode.js';
import { figure } from './harness/figures.js';
import { poll } from './harness/until.js';
import { NpmStart } from './npm-start.js';

const SIZE = { width: 64, height: 36 };
/** The exit code where the hub has not ended by itself, and was killed. */
const BY_FORCE = 1;

describe('npm start', () => {
  let store: string;
  beforeEach(() => {
    store = mkdtempSync(join(tmpdir(), 'lookout-start-'));
  });
  afterEach(() => {
    rmSync(store, { recursive: true, force: true });
  });

  const settings = () =>
    JSON.parse(readFileSync(join(store, 'config.json'), 'utf8')) as {
      bridge: object;
      ports: object;
      platforms: { cameras: { source: string }[] }[];
    };

  it('shows the demonstration camera, keeps its pairing, and leaves no process behind', async () => {
    await using first = NpmStart.run(store);
    const address = await first.camera();
    const keys = await pair(address);
    const before = settings();
    const scene = before.platforms[0]?.cameras[0]?.source ?? '';
    const garden = firstFrame(scene);
    {
      using controller = await Controller.connect(address, keys);
      await poll(
        'a picture of the scene',
        async () => {
          const { body } = await controller.picture({ width: 640, height: 360 });
          return difference(await grayJpeg(body, SIZE.width, SIZE.height), garden) < 8 || undefined;
        },
        20_000,
      );
    }
    expect(statSync(join(store, 'config.json')).mode & 0o777).toBe(0o600);
    figure('npm start ends on SIGTERM after', await first.stop('SIGTERM'), 'ms');
    expect(await first.ended()).not.toBe(BY_FORCE);

    await using second = NpmStart.run(store);
    await second.line(/is running and already in a home/);
    expect(settings()).toEqual(before);
    expect(await isPaired(address, keys)).toBe(true);
    figure('npm start ends on SIGINT after', await second.stop('SIGINT'), 'ms');
    expect(await second.ended()).not.toBe(BY_FORCE);
  }, 180_000);

  it('never shows the password of a real camera, and announces it even while it is away', async () => {
    await using started = NpmStart.run(store, { LOOKOUT_SOURCE: 'rtsp://watcher:p@ss:w0rd@127.0.0.1:9/main' });
    expect((await started.camera()).name).toMatch(/^Camera /);
    await started.line(/127\.0\.0\.1/);
    await started.stop('SIGTERM');
    expect(started.said).not.toMatch(/watcher|p@ss|w0rd/);
  }, 120_000);

  it.each([
    ['npm', /^npm start/],
    ['the script', /^\S*node scripts\/start\.mjs/],
  ])(
    'leaves no process behind when %s is killed',
    async (_, command) => {
      await using started = NpmStart.run(store);
      await started.camera();
      figure('all of npm start ends after', await started.stop('SIGKILL', started.find(command)), 'ms');
    },
    120_000,
  );

  it('runs one hub at a time from one folder', async () => {
    await using first = NpmStart.run(store);
    await first.camera();
    await using second = NpmStart.run(store);
    expect(await second.ended()).toBe(1);
    expect(second.said).toContain('this hub is running already');
    await first.stop('SIGTERM');
  }, 120_000);

  it('says one sentence about what is no address', async () => {
    await using started = NpmStart.run(store, {}, ['rstp://cam/main']);
    expect(await started.ended()).toBe(1);
    expect(started.said).toMatch(/^start: "rstp:\/\/cam\/main" is neither a camera's address, .*$/m);
    expect(started.said).not.toMatch(/^\s+at /m);
  });
});

function firstFrame(file: string): Buffer {
  const scale = `scale=${SIZE.width}:${SIZE.height}:flags=area,format=gray`;
  return execFileSync('ffmpeg', [
    '-v',
    'error',
    '-i',
    file,
    '-frames:v',
    '1',
    '-vf',
    scale,
    '-f',
    'rawvideo',
    'pipe:1',
  ]);
}

/** Mean difference of two gray pictures, in levels of 256. */
function difference(a: Buffer, b: Buffer): number {
  if (a.length === 0 || a.length !== b.length) return Infinity;
  return a.reduce((sum, level, index) => sum + Math.abs(level - (b[index] ?? 0)), 0) / a.length;
}
