import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { CROSSING, walkers } from '../../peers/walkers.js';
import { lookout, type Result } from '../run.js';

const run = promisify(execFile);

interface Line {
  readonly type: 'event' | 'non-event' | 'summary';
  readonly clip: string;
  readonly start: number;
  readonly end: number;
  readonly detectedAt: number;
  readonly zones: readonly string[];
  readonly importance: number;
  readonly heldBack: string | null;
  readonly videoSeconds: number;
  readonly cpuSeconds: number;
  readonly ownCpuSeconds: number;
  readonly keyframes: number;
  readonly framesDecoded: number;
  readonly framesLooked: number;
  readonly windowSeconds: number;
  readonly mode: string;
  readonly why: string;
}

/** Somebody crosses the picture at 3 s; it is small enough to be looked at all the time. */
const SMALL = { width: 320, height: 180, gop: 2, seconds: 11, first: 3, every: 100, audio: true } as const;
/** Somebody crosses it after the first 12 s, in which everything is looked at; looked at by its keyframes. */
const LARGE = { width: 960, height: 540, gop: 2, seconds: 26, first: 15, every: 100, audio: false } as const;

let folder: string;
let small: string;
let large: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lookout-replay-'));
  [small, large] = await Promise.all([walkers(SMALL), walkers(LARGE)]);
}, 120_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** In a process of its own: in jest's sandbox pixels are forty times as slow. */
async function replay(...args: string[]): Promise<Result> {
  const node = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
  const main = ['--import', './scripts/typescript.mjs', 'src/cli/main.ts', 'replay'];
  const ran = await run(process.execPath, [...node, ...main, ...args]).catch((error: unknown) => error);
  const { code = 0, stdout, stderr } = ran as { code?: number; stdout: string; stderr: string };
  return { code, out: stdout.split('\n').filter(Boolean), err: stderr.trim() };
}

async function lines(...args: string[]): Promise<Line[]> {
  const { code, out, err } = await replay(...args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out.map((line) => JSON.parse(line) as Line);
}

const eventsOf = (all: readonly Line[]) => all.filter(({ type }) => type === 'event');
const summaryOf = (all: readonly Line[]): Line => {
  const summary = all.at(-1);
  if (summary?.type !== 'summary') throw new Error('the last line is no summary');
  return summary;
};
const withoutCpu = (all: readonly Line[]) => all.map((line) => ({ ...line, cpuSeconds: 0, ownCpuSeconds: 0 }));

/** Settings in a file of their own. */
function settings(name: string, value: unknown): string {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(value));
  return file;
}

const PORCH = { name: 'Porch', polygon: [[0.3, 0], [1, 0], [1, 1], [0.3, 1]], purpose: 'notice' }; // prettier-ignore
const EVERYTHING = { name: 'All', polygon: [[0, 0], [1, 0], [1, 1], [0, 1]], purpose: 'mask' }; // prettier-ignore
const camera = (name: string, ...zones: unknown[]) => ({
  name,
  source: 'rtsp://192.168.1.20/main',
  detect: { zones },
});

describe('lookout replay', () => {
  it('says who came, and what it cost', async () => {
    const all = await lines(small);
    const [event, ...more] = eventsOf(all);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      type: 'event',
      clip: basename(small, '.mp4'),
      id: 1,
      category: 'motion',
      zones: [],
      heldBack: null,
      continues: null,
      factors: expect.any(Object) as unknown,
    });
    const { start = 0, detectedAt = 0, end = 0, importance = 0 } = event ?? {};
    expect(Math.abs(start - SMALL.first)).toBeLessThan(1);
    expect(detectedAt).toBeGreaterThanOrEqual(start);
    expect(detectedAt).toBeLessThan(start + 2.5);
    expect(Math.abs(end - SMALL.first - CROSSING)).toBeLessThan(1);
    expect(importance).toBeGreaterThan(0);
    const summary = summaryOf(all);
    expect(summary).toMatchObject({ clip: basename(small, '.mp4'), mode: 'always', keyframes: 6, framesDecoded: 220 });
    expect(summary.framesLooked).toBe(55);
    expect(Math.abs(summary.videoSeconds - SMALL.seconds)).toBeLessThan(0.1);
    expect(summary.windowSeconds).toBe(summary.videoSeconds);
    expect(summary.cpuSeconds).toBeGreaterThan(summary.ownCpuSeconds);
    expect(summary.ownCpuSeconds).toBeGreaterThan(0);
  });

  it('opens windows where keyframes tell of something, and says the same when it is asked again', async () => {
    const all = await lines(large);
    const [event, ...more] = eventsOf(all);
    expect(more).toEqual([]);
    expect(Math.abs((event?.start ?? 0) - LARGE.first)).toBeLessThan(1);
    const { mode, windowSeconds, videoSeconds, framesDecoded, keyframes } = summaryOf(all);
    expect({ mode, keyframes }).toEqual({ mode: 'keyframes', keyframes: 13 });
    expect(windowSeconds).toBeGreaterThan(12 + CROSSING - 2);
    expect(windowSeconds).toBeLessThan(videoSeconds - 2);
    expect(framesDecoded).toBeGreaterThan(windowSeconds * 15);
    expect(framesDecoded).toBeLessThan(videoSeconds * 20);
    expect(withoutCpu(await lines(large))).toEqual(withoutCpu(all));
  });

  it.each([
    ['H.264, looked at all the time', () => small, ['libx264'], SMALL.first],
    ['H.264, looked at by its keyframes', () => large, ['libx264'], LARGE.first],
    ['HEVC', () => small, ['libx265', '-x265-params', 'log-level=error'], SMALL.first],
  ] as const)('takes B-frames: %s', async (name, of, coder, first) => {
    const file = join(folder, `b-frames ${name}.mp4`);
    const code = ['-c:v', ...coder, '-bf', '3', '-g', '40', '-preset', 'veryfast'];
    await run('ffmpeg', ['-v', 'error', '-i', of(), '-an', ...code, file]);
    const all = await lines(file);
    expect(eventsOf(all)).toHaveLength(1);
    expect(Math.abs((eventsOf(all)[0]?.start ?? 0) - first)).toBeLessThan(1);
    expect(withoutCpu(await lines(file))).toEqual(withoutCpu(all));
  });

  it('looks at the smaller stream where there is one', async () => {
    const all = await lines(large, '--sub', small);
    expect(all.every(({ clip }) => clip === basename(large, '.mp4'))).toBe(true);
    expect(eventsOf(all)).toHaveLength(1);
    expect(summaryOf(all)).toMatchObject({ mode: 'always', why: expect.stringContaining('smaller stream') as unknown });
    expect(Math.abs(summaryOf(all).videoSeconds - SMALL.seconds)).toBeLessThan(0.1);
  });

  it('writes the same into a folder', async () => {
    const out = join(folder, 'out', 'deeper');
    const { out: said } = await replay(small, '--out', out);
    expect(readFileSync(join(out, `${basename(small, '.mp4')}.jsonl`), 'utf8')).toBe(`${said.join('\n')}\n`);
  });

  it.each([
    ['a file', () => small, 'EEXIST'],
    ['below a file', () => join(small, 'deeper'), 'ENOTDIR'],
  ])('says before it looks at anything that it cannot write into %s', async (_, out, code) => {
    const { code: exit, out: said, err } = await replay(small, '--out', out());
    expect({ exit, said }).toEqual({ exit: 1, said: [] });
    expect(err).toMatch(new RegExp(`^lookout: .* cannot be written \\(${code}\\): is it a folder`));
  });

  it('does not write one file for two recordings', async () => {
    const { code, err } = await lookout('replay', small, join(folder, basename(small)), '--out', folder);
    expect(code).toBe(2);
    expect(err).toContain(`Two recordings are called “${basename(small, '.mp4')}”`);
  });

  it('names zones, of one camera’s settings', async () => {
    const [event] = eventsOf(await lines(small, '--settings', settings('camera', camera('Door', PORCH))));
    expect(event?.zones).toEqual(['Porch']);
  });

  it('sees nothing under a mask', async () => {
    const all = await lines(small, '--settings', settings('mask', { cameras: [camera('Door', EVERYTHING)] }));
    expect(eventsOf(all)).toEqual([]);
  });

  it('reads Homebridge’s config.json, with quiet hours, and asks which of several cameras', async () => {
    const config = settings('config', {
      bridge: { name: 'Homebridge', pin: '031-45-154' },
      platforms: [
        { platform: 'Other' },
        {
          platform: 'Lookout',
          quiet: [{ from: '22:00', to: '06:00' }],
          cameras: [camera('Door', PORCH), { ...camera('Yard', EVERYTHING), id: 'back-yard' }],
        },
      ],
    });
    const asked = await lookout('replay', small, '--settings', config);
    expect(asked.code).toBe(2);
    expect(asked.err).toContain('Which camera? --camera is one of: Door, back-yard.');
    const [event] = eventsOf(await lines(small, '--settings', config, '--camera', 'Door', '--at', '23:30'));
    expect(event).toMatchObject({ zones: ['Porch'], heldBack: 'quiet-hours' });
    expect(eventsOf(await lines(small, '--settings', config, '--camera', 'back-yard'))).toEqual([]);
  });

  it('says which of several recordings it means, and goes on after one that cannot be read', async () => {
    const missing = join(folder, 'nowhere.mp4');
    const { code, out, err } = await replay(missing, small);
    expect(code).toBe(1);
    expect(err).toBe(`lookout: ${missing} cannot be replayed: The file is not there: check its path.`);
    expect(new Set(out.map((line) => (JSON.parse(line) as Line).clip))).toEqual(new Set([basename(small, '.mp4')]));
  });

  it.each([
    ['no video', (file: string) => writeFile(file, 'no video'), 'The file is none that ffmpeg can read.'],
    ['empty', (file: string) => writeFile(file, ''), 'The file is none that ffmpeg can read.'],
    [
      'sound alone',
      (file: string) => run('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'sine=duration=1', file]),
      'There are no pictures in it.',
    ],
  ])('says in one sentence that a file is %s', async (name, write, sentence) => {
    const file = join(folder, `${name}.mp4`);
    await write(file);
    const { code, out, err } = await lookout('replay', file);
    expect({ code, out, err }).toEqual({ code: 1, out: [], err: `lookout: ${file} cannot be replayed: ${sentence}` });
  });

  it('says in one sentence that a codec cannot be handed over', async () => {
    const file = join(folder, 'ffv1.mkv');
    const source = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=10:duration=1'];
    await run('ffmpeg', ['-v', 'error', ...source, '-c:v', 'ffv1', file]);
    const { code, err } = await lookout('replay', file);
    expect(code).toBe(1);
    expect(err).toMatch(/cannot be replayed: /);
    expect(err.split('\n')).toHaveLength(1);
  });

  it('tells people in sentences', async () => {
    const { out } = await replay(small);
    const { sentenceOf } = await import('../../../src/cli/replay/lines.js');
    const sentences = out.map(sentenceOf);
    expect(sentences[0]).toMatch(/^ +\d\.\d s to +\d\.\d s {2}motion, importance \d+, raised at \d\.\d s$/);
    expect(sentences.at(-1)).toMatch(/: 1[01]\.\d s of video for [\d.]+ s of CPU, 55 pictures looked at\. Motion is/);
  });

  it.each([
    [[], 'Which recording?'],
    [['a.mp4', '--sub', 'b', '--sub', 'c'], 'There are more --sub than recordings.'],
    [['a.mp4', '--at', '24:00'], '--at is a time of day like 09:30; not “24:00”.'],
    [['a.mp4', '--settings', '/nowhere.json'], 'The settings in /nowhere.json cannot be read: '],
  ])('does not take %j', async (args, said) => {
    const { code, err } = await lookout('replay', ...args);
    expect(code).toBe(2);
    expect(err).toContain(said);
  });

  it.each<[string, unknown, string]>([
    ['a list', [], 'holds no settings: a JSON object is expected.'],
    ['a config.json without Lookout', { platforms: [{ platform: 'Other' }] }, 'There is no platform “Lookout”'],
    ['a camera that does not exist', { cameras: [camera('Door')] }, 'Which camera? --camera is one of: Door.'],
    ['no camera at all', { cameras: [] }, 'Which camera?'],
  ])('does not take settings with %s', async (name, value, said) => {
    const { code, err } = await lookout('replay', small, '--settings', settings(name, value), '--camera', 'yard');
    expect(code).toBe(2);
    expect(err).toContain(said);
  });

  it('explains itself, and is listed', async () => {
    const { code, out } = await lookout('replay', '--help');
    expect(code).toBe(0);
    for (const option of ['--sub', '--settings', '--camera', '--at', '--json', '--out'])
      expect(out.filter((line) => line.startsWith(`  ${option} `))).toHaveLength(1);
    expect((await lookout('--help')).out.join('\n')).toMatch(/^ {2}lookout replay +\S/m);
  });
});
