import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { FfmpegError, findFfmpeg, namesIn } from '../../../src/media/ffmpeg/capabilities.js';
import { encodingArguments, H264_ENCODERS, h264Encoders } from '../../../src/media/ffmpeg/encoders.js';
import { noChildren } from './processes.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookout-capabilities-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await noChildren();
});

/** A program that answers as an ffmpeg would. */
async function pretend(name: string, script: string): Promise<string> {
  await mkdir(join(folder, name), { recursive: true });
  const path = join(folder, name, 'ffmpeg');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

/** ffmpeg 4.3, in what it prints. */
const OLD = `case "$*" in
*-version*) echo "ffmpeg version 4.3.6-0+deb11u1 Copyright";;
*-encoders*) echo " V....D libx264              x"; echo " VFS... mjpeg   x";;
*-muxers*) echo "  E nut             NUT";;
*-demuxers*) echo " D  nut             NUT"; echo " D  rtsp            RTSP input";;
*demuxer=rtsp*) echo "  -stimeout          <int>        .D........."; echo "  -timeout           <int> ";;
*long*) echo "-vsync              video sync method";;
*concat*) echo "Line 3: unknown keyword 'option'" >&2; exit 1;;
esac`;

const nothing = { bundled: () => Promise.resolve(undefined), searchPath: '' };

it('finds what is on the PATH, and what it can do', async () => {
  const ffmpeg = await findFfmpeg();
  expect(ffmpeg.version).toMatch(/^[\w.+~-]+$/);
  expect([...ffmpeg.encoders]).toEqual(expect.arrayContaining(['mjpeg', 'libx264', 'libopus', 'aac']));
  expect(ffmpeg).toMatchObject({
    rtspTimeout: 'timeout',
    scriptedInput: true,
    passthrough: ['-fps_mode', 'passthrough'],
  });
});

it("takes the settings' before the bundled one, and that before the PATH", async () => {
  const [a, b, c] = [await pretend('a', OLD), await pretend('b', OLD), await pretend('c', OLD)];
  const bundled = (): Promise<string> => Promise.resolve(b);
  const searchPath = [join(folder, 'none'), join(folder, 'c')].join(delimiter);
  expect((await findFfmpeg({ configured: a, bundled, searchPath })).path).toBe(a);
  expect((await findFfmpeg({ bundled, searchPath })).path).toBe(b);
  expect((await findFfmpeg({ ...nothing, searchPath })).path).toBe(c);
  expect(await findFfmpeg({ configured: '/none/ffmpeg', bundled, searchPath })).toMatchObject({
    path: b,
    passedOver: [expect.stringMatching(/^\/none\/ffmpeg \(from the settings\) .*no such program/)],
  });
});

it('knows an old one', async () => {
  expect(await findFfmpeg({ ...nothing, configured: await pretend('old', OLD) })).toMatchObject({
    version: '4.3.6-0+deb11u1',
    rtspTimeout: 'stimeout',
    scriptedInput: false,
    passthrough: ['-vsync', 'passthrough'],
  });
});

it.each([
  ['is missing', '', /missing\/ffmpeg \(from the settings\) .*there is no such program/],
  ['is another program', 'echo hello', /is no ffmpeg/],
  [
    'does not run',
    'echo "error while loading shared libraries: libx.so" >&2; exit 127',
    /fails: error while loading shared libraries/,
  ],
  ['says nothing', 'exit 3', /fails: exit code 3/],
  ['reads no cameras', OLD.replace('rtsp  ', 'xxxx  '), /4\.3\.6.* lacks the rtsp demuxer to read cameras/],
  ['makes no pictures', OLD.replace('mjpeg', 'xxxxx'), /lacks the mjpeg encoder to make pictures/],
])('says what is wrong with one that %s', async (name, script, message) => {
  const path = script === '' ? join(folder, 'missing', 'ffmpeg') : await pretend(name, script);
  const found = findFfmpeg({ ...nothing, configured: path });
  await expect(found).rejects.toThrow(FfmpegError);
  await expect(found).rejects.toThrow(message);
  await expect(found).rejects.toThrow(/Install one .* or set "ffmpeg"/);
});

it('says that there is none', async () => {
  await expect(findFfmpeg(nothing)).rejects.toThrow('No ffmpeg works here: none was found. Install one');
});

it('reads lists as ffmpeg prints them', () => {
  const list = `Encoders:
 V..... = Video
 ------
 V....D libx264              libx264 H.264 / AVC
 A..X.. opus                 Opus
 D  mov,mp4,m4a,3gp,3g2,mj2 QuickTime / MOV
 DE matroska        Matroska`;
  expect(namesIn(list)).toEqual(new Set(['libx264', 'opus', 'mov', 'mp4', 'm4a', '3gp', '3g2', 'mj2', 'matroska']));
  expect(namesIn(undefined)).toEqual(new Set());
});

describe('H.264 encoders', () => {
  it('are those that work here, found out once', async () => {
    const ffmpeg = await findFfmpeg();
    const encoders = await h264Encoders(ffmpeg);
    expect(encoders.map(({ name }) => name)).toContain('libx264');
    expect(h264Encoders(ffmpeg)).toBe(h264Encoders(ffmpeg));
    await noChildren();
  });

  it('are none where ffmpeg has none, or where they do not work', async () => {
    const ffmpeg = await findFfmpeg();
    expect(await h264Encoders({ ...ffmpeg, encoders: new Set(['mjpeg']) })).toEqual([]);
    const broken = await pretend('broken', 'case "$*" in *libx264*) exit 1;; *nvenc*) echo;; esac');
    const encoders = new Set(['libx264', 'h264_nvenc', 'h264_qsv']);
    expect((await h264Encoders({ ...ffmpeg, path: broken, encoders })).map(({ name }) => name)).toEqual(['h264_nvenc']);
  });

  it.each(H264_ENCODERS.map((encoder) => [encoder.name, encoder] as const))(
    '%s has neither B-frames nor a delay of its own',
    (_, encoder) => {
      const args = encodingArguments(encoder, { bitrate: 1_000_000, profile: 'high' }).join(' ');
      expect(args).toMatch(
        new RegExp(`^-c:v ${encoder.name} .*-bf 0 -g 1000 -b:v 1000000 -maxrate 1000000 -bufsize 500000`),
      );
      expect(args.includes('-profile:v high')).toBe(encoder.namedProfiles);
      expect(args.split(' ')).not.toContain('');
    },
  );

  it('come in order, software last', () => {
    expect([...new Set(H264_ENCODERS.map(({ name }) => name))]).toEqual([
      ...['h264_videotoolbox', 'h264_vaapi', 'h264_qsv', 'h264_nvenc', 'h264_v4l2m2m', 'h264_rkmpp'],
      ...['libx264', 'libopenh264'],
    ]);
  });
});
