import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFfmpeg } from '../../../src/media/ffmpeg/capabilities.js';
import { H264_ENCODERS } from '../../../src/media/ffmpeg/encoders.js';
import { startFfmpeg, type FfmpegProcess } from '../../../src/media/ffmpeg/process.js';
import { reading, type Reading } from '../../../src/media/ffmpeg/reading.js';
import { audioArguments } from '../../../src/media/ffmpeg/transcode-audio.js';
import { videoArguments } from '../../../src/media/ffmpeg/picture-encoder.js';
import { processTree } from '../../e2e/harness/process-tree.js';
import { footage } from '../../peers/footage.js';
import { startRtspServer } from '../../peers/rtsp-server.js';

const SHELL = '/bin/sh';
const FOREVER = ['-v', 'error', '-nostdin', '-re', '-f', 'lavfi', '-i', 'testsrc2', '-f', 'nut', 'pipe:1'];

let life: AbortController;
beforeEach(() => {
  life = new AbortController();
});
afterEach(() => {
  life.abort();
});

const shell = (script: string, options: Partial<Parameters<typeof startFfmpeg>[0]> = {}): FfmpegProcess =>
  startFfmpeg({ path: SHELL, args: ['-c', script], signal: life.signal, ...options });

describe('an ffmpeg that runs', () => {
  it('is fed by stdin and gives stdout and further pipes', async () => {
    const process = shell('cat; printf three >&3; printf four >&4', { stdin: true, extraPipes: 2 });
    const outputs = Promise.all([process.stdout, ...process.extra].map((stream) => text(stream)));
    process.stdin.end('one');
    expect(await outputs).toEqual(['one', 'three', 'four']);
    expect(await process.exited).toEqual({ code: 0, signal: null, stderr: '' });
  });

  it('tells each line that it says, and its last ones at the end', async () => {
    const lines: string[] = [];
    const process = shell('i=0; while [ $i -lt 50 ]; do echo line $i >&2; i=$((i+1)); done; printf last >&2; exit 3', {
      onStderr: (line) => lines.push(line),
    });
    const { code, stderr } = await process.exited;
    expect(code).toBe(3);
    expect(lines).toHaveLength(51);
    expect(stderr.split('\n')).toEqual(lines.slice(-20));
  });

  it('may say a hundred megabytes without a line break', async () => {
    const before = process.memoryUsage.rss();
    const { stderr } = await shell('head -c 100000000 /dev/zero | tr "\\0" x >&2').exited;
    expect(stderr).toHaveLength(2000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(80_000_000);
  });
});

describe('the end', () => {
  it('comes by the signal, with the pipes closed', async () => {
    const process = startFfmpeg({ path: 'ffmpeg', args: FOREVER, signal: life.signal });
    await once(process.stdout, 'data');
    life.abort();
    await process.exited;
    expect(process.stdout.destroyed).toBe(true);
  });

  it('comes by force where a process does not heed the signal', async () => {
    const process = shell('trap "" TERM; echo up; while :; do sleep 0.1; done', { stdin: true });
    await once(process.stdout, 'data');
    life.abort();
    expect(await process.exited).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  it('comes at once where the signal had been given before', async () => {
    life.abort();
    expect((await shell('sleep 60').exited).signal).toBe('SIGTERM');
  });

  it('is told although nobody reads what was written', async () => {
    const process = shell('head -c 1000 /dev/zero; exit 4');
    expect((await process.exited).code).toBe(4);
  });

  it('makes no error of writing to a process that is gone', async () => {
    const process = shell('exec 0<&-; sleep 0.1', { stdin: true });
    const write = setInterval(() => process.stdin.write(Buffer.alloc(200_000)), 5);
    expect(await process.exited).toMatchObject({ code: 0 });
    clearInterval(write);
    process.stdin.write('more');
    process.stdin.end();
  });

  it.each(['a camera', 'a file', 'pictures', 'sound'])(
    'comes with that of the hub, for one that reads %s',
    async (what) => {
      const ffmpeg = await findFfmpeg();
      const [encoder] = H264_ENCODERS.filter(({ name }) => name === 'libx264');
      if (encoder === undefined) throw new Error('no encoder');
      const file = await footage({ width: 640, height: 360, seconds: 4, gop: 1 });
      await using server = await startRtspServer({ file });
      const output = { width: 320, height: 180, bitrate: 300_000, profile: 'main' } as const;
      const sound = { codec: 'opus', sampleRate: 24_000, channels: 1, bitrate: 24_000, packetTime: 20 } as const;
      const lists: Record<string, () => Partial<Reading>> = {
        'a camera': () => reading(ffmpeg, { kind: 'rtsp', url: server.url(), transport: 'tcp' }, true),
        'a file': () => reading(ffmpeg, { kind: 'file', path: file }, true),
        pictures: () => ({ args: videoArguments({ ffmpeg, encoder, output }) }),
        sound: () => ({ args: audioArguments(sound) }),
      };
      // The hub is a Node of its own that starts ffmpeg in the same way and is killed.
      const { args, script } = lists[what]?.() ?? {};
      const hubScript = `
      const child = require('node:child_process').spawn('ffmpeg', ${JSON.stringify(args)}, { stdio: 'pipe' });
      const script = ${JSON.stringify(script) || 'undefined'};
      if (script) child.stdin.end(script);
      child.stdout.resume();
      if (${what.startsWith('a ')}) child.stdout.once('data', () => console.log(child.pid));
      else console.log(child.pid);
      setInterval(() => {}, 1000);`;
      const hub = spawn(process.execPath, ['-e', hubScript], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [line] = (await once(hub.stdout, 'data')) as [Buffer];
      const pid = Number(line.toString());
      expect(isAlive(pid)).toBe(true);
      hub.kill('SIGKILL');
      // Who is not waited for by the system's first process stays in its list, dead.
      await until(() => !isAlive(pid));
    },
  );
});

describe('a program that cannot be started', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookout-process-'));
    await writeFile(join(folder, 'plain'), 'no program');
    await chmod(join(folder, 'plain'), 0o644);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([
    ['is missing', (): string => join(folder, 'missing'), /there is no such program/],
    ['is no program', (): string => join(folder, 'plain'), /may not be executed/],
    ['has an impossible name', (): string => 'a\0b', /could not be started/],
  ])('because it %s', async (_, path, message) => {
    const process = startFfmpeg({ path: path(), args: [], signal: life.signal, stdin: true, extraPipes: 1 });
    process.stdin.write('x');
    expect(await text(process.stdout)).toBe('');
    expect(process.extra).toHaveLength(1);
    const { error, code } = await process.exited;
    expect(code).toBeNull();
    expect(error).toMatchObject({
      name: 'SourceError',
      failure: 'no-reader',
      message: expect.stringMatching(message) as string,
    });
  });
});

async function text(stream: NodeJS.ReadableStream): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += chunk.toString();
  return all;
}

const isAlive = (pid: number): boolean => processTree(pid).length > 0;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
