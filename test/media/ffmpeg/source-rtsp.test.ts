import { readFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { findFfmpeg, type Ffmpeg } from '../../../src/media/ffmpeg/capabilities.js';
import { ffmpegSource, type FfmpegSourceOptions } from '../../../src/media/ffmpeg/source.js';
import type { Packet } from '../../../src/media/packet.js';
import type { Pausable } from '../../../src/media/source.js';
import { median } from '../../e2e/harness/figures.js';
import { footage } from '../../peers/footage.js';
import { startRtspServer } from '../../peers/rtsp-server.js';
import { audioCount, collect, openGate, videoCount } from '../rtsp/collect.js';
import { children, noChildren } from './processes.js';

const small = { width: 640, height: 360, seconds: 4, gop: 1 };
let ffmpeg: Ffmpeg;

beforeAll(async () => {
  ffmpeg = await findFfmpeg();
});
afterEach(noChildren);

const source = (url: string, options: Partial<FfmpegSourceOptions> = {}) =>
  ffmpegSource({ ffmpeg, url, kind: 'rtsp', transport: 'tcp', audio: true, ...options });

const of = (packets: readonly Packet[], kind: Packet['kind']): Packet[] =>
  packets.filter((packet) => packet.kind === kind);

it.each([
  ['h264', 'aac', 'tcp', ['aac', 48_000, 1]],
  ['hevc', 'aac', 'udp', ['aac', 48_000, 1]],
  ['h264', 'pcmu', 'udp', ['pcm_mulaw', 8000, 1]],
  ['h264', 'opus', 'tcp', ['opus', 48_000, 2]],
  ['hevc', 'none', 'tcp', undefined],
] as const)('reads %s with sound %s over %s', async (codec, audio, transport, sound) => {
  await using server = await startRtspServer({ file: await footage({ ...small, codec }), audio, udp: true });
  const enough = audio === 'none' ? 0 : 20;
  const { formats, packets, error } = await collect(
    source(server.url(), { transport }),
    (got) => videoCount(got) >= 45 && audioCount(got) >= enough,
  );
  expect(error).toBeUndefined();
  const last = formats.at(-1);
  expect(last?.video).toMatchObject({ codec, width: 640, height: 360 });
  expect(last?.video.parameterSets).toHaveLength(codec === 'hevc' ? 3 : 2);
  expect(last?.audio && [last.audio.codec, last.audio.sampleRate, last.audio.channels]).toEqual(sound);
  if (sound?.[0] === 'aac') expect(last?.audio?.extradata.length).toBeGreaterThanOrEqual(2);
  for (const kind of ['video', 'audio'] as const) {
    const times = of(packets, kind).map(({ time }) => time);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  }
  const pictures = packets.flatMap((packet) => (packet.kind === 'video' ? [packet] : []));
  expect(pictures.filter(({ keyframe }) => keyframe).length).toBeGreaterThanOrEqual(2);
  const steps = pictures.slice(2).map(({ time }, at) => time - (pictures[at + 1]?.time ?? 0));
  // The usual step: over UDP a busy machine may lose a picture.
  expect(median(steps)).toBeCloseTo(50, 0);
});

it('keeps the password out of the list of processes and of errors, and reads with it', async () => {
  const password = "it's p@ss:w/rd#%?&=";
  await using server = await startRtspServer({ file: await footage(small), user: 'admin', password });
  let args: Promise<string> | undefined;
  const look = async (): Promise<string> => {
    const [pid = ''] = await children();
    return readFile(`/proc/${pid}/cmdline`, 'utf8');
  };
  const stop = new AbortController();
  const packets: Packet[] = [];
  const sink = {
    formats: () => undefined,
    packet: (packet: Packet) => {
      packets.push(packet);
      args ??= look().finally(() => {
        stop.abort();
      });
    },
  };
  await source(server.url())(sink, openGate, stop.signal);
  expect(await args).toContain('concat');
  expect(await args).not.toContain('rtsp');

  const wrong = await collect(source(server.url().replace('admin', 'someone')), () => false);
  expect(wrong.error).toMatchObject({ failure: 'unauthorized' });
  expect(wrong.error?.message).toBe(
    `The camera at 127.0.0.1:${server.port} refuses the user name or the password: check both in the settings.`,
  );
});

it('reads with the address as an argument where an old ffmpeg takes no script', async () => {
  await using server = await startRtspServer({ file: await footage(small), user: 'admin', password: 'p@ss' });
  const old = { ...ffmpeg, scriptedInput: false };
  const { error } = await collect(source(server.url(), { ffmpeg: old }), (got) => videoCount(got) >= 5);
  expect(error).toBeUndefined();
});

it('leaves the sound out where none is wanted', async () => {
  await using server = await startRtspServer({ file: await footage(small) });
  const { formats, packets } = await collect(source(server.url(), { audio: false }), (got) => videoCount(got) >= 30);
  expect(formats.at(-1)?.audio).toBeUndefined();
  expect(of(packets, 'audio')).toEqual([]);
});

it('tells of new parameter sets in mid-stream', async () => {
  await using server = await startRtspServer({ file: await footage(small), audio: 'none' });
  let switched = false;
  const { formats } = await collect(source(server.url()), (got) => {
    if (!switched && videoCount(got) >= 10) {
      switched = true;
      void footage({ ...small, width: 320, height: 240 }).then((file) => server.switch(file));
    }
    return got.formats.at(-1)?.video.width === 320;
  });
  expect(formats.at(-1)?.video).toMatchObject({ width: 320, height: 240 });
});

it('says that the camera ended the stream', async () => {
  await using server = await startRtspServer({ file: await footage(small) });
  let killed = false;
  const { error } = await collect(source(server.url()), (got) => {
    if (!killed && videoCount(got) >= 10) void server.kill();
    killed ||= videoCount(got) >= 10;
    return false;
  });
  expect(error).toMatchObject({ failure: 'closed', message: expect.stringMatching(/ended the stream/) as string });
});

it('is held by the gate, and goes on', async () => {
  await using server = await startRtspServer({ file: await footage(small), audio: 'none' });
  let wakeups = 0;
  const held = (stream: Pausable): void => {
    wakeups++;
    stream.pause();
    setTimeout(() => stream.resume(), 200);
  };
  const { packets } = await collect(source(server.url()), (got) => videoCount(got) >= 60, { afterRead: held });
  expect(wakeups).toBeLessThan(30);
  const times = packets.map(({ time }) => time);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});

describe('what cannot be read', () => {
  let silent: Server;
  const sockets = new Set<Socket>();
  beforeAll(async () => {
    silent = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });
  const portOf = (server: Server): number => (server.address() as { port: number }).port;

  it('a path that is not there', async () => {
    await using server = await startRtspServer({ file: await footage(small) });
    const { error } = await collect(source(server.url().replace('/stream', '/other')), () => false);
    expect(error).toMatchObject({ failure: 'not-found', message: expect.stringMatching(/no such stream/) as string });
  });

  it('a port where nothing is', async () => {
    const { error } = await collect(source('rtsp://u:secret@127.0.0.1:1/x'), () => false);
    expect(error).toMatchObject({
      failure: 'unreachable',
      message: 'The camera at 127.0.0.1:1 refuses connections: check the port in the address.',
    });
  });

  it('a name that nobody knows', async () => {
    const { error } = await collect(source('rtsp://nosuchcamera.invalid/x'), () => false);
    expect(error).toMatchObject({ failure: 'unreachable', message: expect.stringMatching(/name service/) as string });
  });

  it('a camera that accepts and never answers', async () => {
    const { error } = await collect(source(`rtsp://127.0.0.1:${portOf(silent)}/x`), () => false);
    expect(error).toMatchObject({ failure: 'timed-out' });
  }, 30_000);

  it('without an ffmpeg', async () => {
    const { error } = await collect(
      source('rtsp://127.0.0.1:1/x', { ffmpeg: { ...ffmpeg, path: '/no/ffmpeg' } }),
      () => false,
    );
    expect(error).toMatchObject({ failure: 'no-reader' });
  });
});
