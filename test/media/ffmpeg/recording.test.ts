import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Ffmpeg, findFfmpeg } from '../../../src/media/ffmpeg/capabilities.js';
import { readRecording, type RecordedPacket } from '../../../src/media/ffmpeg/recording.js';
import { SourceError } from '../../../src/media/source.js';

const run = promisify(execFile);
const SCENE = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=15:duration=4'];
const TONE = ['-f', 'lavfi', '-i', 'sine=frequency=500:duration=4'];
const X264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '20', '-bf', '2', '-pix_fmt', 'yuv420p'];

let folder: string;
let ffmpeg: Ffmpeg;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lookout-recording-'));
  ffmpeg = await findFfmpeg();
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function made(name: string, ...args: string[]): Promise<string> {
  const file = join(folder, name);
  await run('ffmpeg', ['-v', 'error', '-y', ...args, file]);
  return file;
}

/** `path`: of an ffmpeg that reads it; one that is not there shows that none was needed. */
async function packetsOf(file: string, path = '/nowhere/ffmpeg', signal = new AbortController().signal) {
  const packets: RecordedPacket[] = [];
  for await (const read of readRecording({ ...ffmpeg, path }, file, signal)) packets.push(read);
  return packets;
}

const pictures = (packets: readonly RecordedPacket[]) =>
  packets.flatMap(({ packet }) => (packet.kind === 'video' ? [packet] : []));

describe('an MP4 file', () => {
  it.each<{ what: string; name: string; args: string[] }>([
    { what: 'with B-frames and sound', name: 'a.mp4', args: [...SCENE, ...TONE, ...X264, '-c:a', 'aac'] },
    { what: 'whose index comes first', name: 'b.mp4', args: [...SCENE, ...X264, '-movflags', '+faststart'] },
    {
      what: 'of HEVC',
      name: 'c.mp4',
      args: [...SCENE, '-c:v', 'libx265', '-x265-params', 'log-level=error', '-g', '20'],
    },
    { what: 'of QuickTime', name: 'd.mov', args: [...SCENE, ...X264, '-bf', '0'] },
    {
      what: 'whose picture begins after its sound',
      name: 'e.mp4',
      args: ['-itsoffset', '0.7', ...SCENE, ...TONE, ...X264, '-c:a', 'aac'],
    },
    {
      what: 'with many chunks of sound between',
      name: 'f.mp4',
      args: [...SCENE, ...TONE, ...X264, '-bf', '0', '-c:a', 'pcm_s16le', '-f', 'mov'],
    },
  ])('$what is read as ffmpeg reads it, without it', async ({ name, args }) => {
    const file = await made(name, ...args);
    // Without its first box ffmpeg knows it, and Lookout does not.
    const beside = join(folder, `unmarked-${name}`);
    writeFileSync(beside, readFileSync(file).fill('free', 4, 8, 'latin1'));
    const own = await packetsOf(file);
    const theirs = pictures(await packetsOf(beside, ffmpeg.path));
    expect(pictures(own).length).toBeGreaterThanOrEqual(60);
    expect(pictures(own).map(({ keyframe }) => keyframe)).toEqual(theirs.map(({ keyframe }) => keyframe));
    expect(pictures(own).map(({ units }) => units)).toEqual(theirs.map(({ units }) => units));
    for (const [nth, { time }] of pictures(own).entries())
      expect(Math.abs(time - (theirs[nth]?.time ?? NaN))).toBeLessThan(1.01);
    expect(own[0]?.formats.video).toMatchObject({ width: 320, height: 180 });
    expect(new Set(own.map(({ formats }) => formats)).size).toBe(1);
  });

  it('that is fragmented, or holds what is not read here, is left to ffmpeg', async () => {
    const fragmented = await made('g.mp4', ...SCENE, ...X264, '-movflags', '+frag_keyframe+empty_moov');
    const other = await made('h.mp4', ...SCENE, '-c:v', 'mpeg4');
    for (const file of [fragmented, other]) {
      expect(pictures(await packetsOf(file, ffmpeg.path))).toHaveLength(60);
      await expect(packetsOf(file)).rejects.toThrow();
    }
  });

  it('that was cut off gives what there is, or is refused in words', async () => {
    const first = await made('i.mp4', ...SCENE, ...X264, '-bf', '0', '-movflags', '+faststart');
    truncateSync(first, readFileSync(first).length - 2000);
    // Its index says more than there is: ffmpeg gives what it can.
    expect(pictures(await packetsOf(first, ffmpeg.path)).length).toBeGreaterThan(30);
    const last = await made('j.mp4', ...SCENE, ...X264);
    truncateSync(last, readFileSync(last).length - 500);
    await expect(packetsOf(last, ffmpeg.path)).rejects.toThrow(SourceError);
    const empty = join(folder, 'empty.mp4');
    writeFileSync(empty, '');
    await expect(packetsOf(empty, ffmpeg.path)).rejects.toThrow(SourceError);
    await expect(packetsOf(join(folder, 'missing.mp4'), ffmpeg.path)).rejects.toThrow(SourceError);
  });

  it('is given up with the signal', async () => {
    const file = await made('k.mp4', ...SCENE, ...X264);
    const life = new AbortController();
    const read: RecordedPacket[] = [];
    for await (const packet of readRecording(ffmpeg, file, life.signal)) if (read.push(packet) === 10) life.abort();
    expect(read).toHaveLength(10);
  });
});
