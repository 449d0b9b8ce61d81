import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { promisify } from 'node:util';
import type { AudioFormat, Packet, VideoPacket } from '../../../src/media/packet.js';
import { isSlice, splitAnnexB, toAnnexB } from '../../../src/media/h26x/nal.js';
import { connectToCamera } from '../../../src/media/rtsp/connect.js';
import type { InterleavedFrame } from '../../../src/media/rtsp/message.js';
import { planTracks } from '../../../src/media/rtsp/plan.js';
import { RtspReader } from '../../../src/media/rtsp/reader.js';
import { Receiver } from '../../../src/media/rtsp/receiver.js';
import { parseSdp } from '../../../src/media/rtsp/sdp.js';
import { rtspSource } from '../../../src/media/rtsp/source.js';
import { footage } from '../../peers/footage.js';
import { startRtspServer, type RtspServer } from '../../peers/rtsp-server.js';
import { audioCount, collect, openGate, videoCount, type Collected } from './collect.js';

const run = promisify(execFile);
const now = (): number => performance.now();
const small = { width: 640, height: 360, seconds: 4, gop: 1 };

const videoOf = (packets: readonly Packet[]): VideoPacket[] => packets.filter((packet) => packet.kind === 'video');

/** What ffmpeg complains of when it decodes `data`, and how many frames it gets. */
async function decode(format: readonly string[], data: Buffer): Promise<{ complaints: string; frames: number }> {
  const output = ['-map', '0', '-f', 'framemd5', '-'];
  const child = spawn('ffmpeg', ['-v', 'warning', '-nostdin', ...format, '-i', 'pipe:0', ...output]);
  let complaints = '';
  let frames = 0;
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => (frames += chunk.toString().match(/^0,/gm)?.length ?? 0));
  child.stdin.end(data);
  await once(child, 'close');
  return { complaints, frames };
}

/** ADTS: ISO 14496-3, 1.A.2, for AAC-LC. */
function adts(unit: Buffer, { sampleRate, channels }: AudioFormat): Buffer {
  const header = Buffer.from([0xff, 0xf1, 0, 0, 0, 0x1f, 0xfc]);
  const length = unit.length + 7;
  const index = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000].indexOf(sampleRate);
  header[2] = 0x40 | (index << 2);
  header[3] = (channels << 6) | (length >> 11);
  header[4] = (length >> 3) & 0xff;
  header[5] = ((length & 7) << 5) | 0x1f;
  return Buffer.concat([header, unit]);
}

const sourceOf = (server: RtspServer, more: { username?: string; password?: string; audio?: boolean } = {}) =>
  rtspSource({ url: server.url({ credentials: false }), audio: true, now, ...more });

describe('the RTSP source, against a real server', () => {
  it.each([
    ['h264', 'none', undefined],
    ['h264', 'aac', ['aac', 48_000, 1]],
    ['hevc', 'aac', ['aac', 48_000, 1]],
    ['h264', 'pcmu', ['pcm_mulaw', 8000, 1]],
    ['hevc', 'pcma', ['pcm_alaw', 8000, 1]],
    ['h264', 'opus', ['opus', 48_000, 2]],
  ] as const)('reads %s with audio %s so that it decodes', async (codec, audio, expected) => {
    await using server = await startRtspServer({ file: await footage({ ...small, codec }), audio });
    const { error, formats, packets } = await collect(sourceOf(server), (got) => videoCount(got) >= 45);
    expect(error).toBeUndefined();
    expect(formats).toHaveLength(1);
    expect(formats[0]?.video).toMatchObject({ codec, width: 640, height: 360 });
    const format = formats[0]?.audio;
    expect(format && [format.codec, format.sampleRate, format.channels]).toEqual(expected);

    const pictures = videoOf(packets);
    expect(pictures[0]?.keyframe).toBe(true);
    expect(pictures.filter(({ keyframe }) => keyframe).length).toBeGreaterThanOrEqual(2);
    const steps = pictures.slice(1).map(({ time }, index) => time - (pictures[index]?.time ?? 0));
    for (const step of steps) expect(step).toBeCloseTo(50, -1);
    const stream = toAnnexB([...(formats[0]?.video.parameterSets ?? []), ...pictures.flatMap(({ units }) => units)]);
    expect(await decode(['-f', codec], stream)).toEqual({ complaints: '', frames: pictures.length });
    expect(pictures.every(({ units, bytes }) => bytes === units.reduce((sum, unit) => sum + unit.length, 0))).toBe(
      true,
    );

    const sounds = packets.flatMap((packet) => (packet.kind === 'audio' ? [packet] : []));
    if (!format) {
      expect(sounds).toEqual([]);
      return;
    }
    const apart = (sounds.at(-1)?.time ?? 0) - (sounds[0]?.time ?? 0);
    const lasts = { aac: 1024 / 48, opus: 20, pcm_mulaw: 20, pcm_alaw: 20 }[format.codec] ?? 0;
    expect(apart / (sounds.length - 1)).toBeCloseTo(lasts, 0);
    if (format.codec === 'aac') {
      const { complaints, frames } = await decode(
        ['-f', 'aac'],
        Buffer.concat(sounds.map(({ data }) => adts(data, format))),
      );
      expect(complaints).toBe('');
      expect(frames).toBe(sounds.length);
    }
  });

  it.each(['h264', 'hevc'] as const)('gives the same pictures as ffmpeg does (%s)', async (codec) => {
    await using server = await startRtspServer({ file: await footage({ ...small, codec }), aggregate: true });
    const copy = ['-v', 'error', '-rtsp_transport', 'tcp', '-i', server.url(), '-map', '0:v', '-c', 'copy'];
    const slices = (units: readonly Buffer[]): string[] =>
      units.filter((unit) => isSlice(codec, unit)).map((unit) => createHash('md5').update(unit).digest('hex'));
    let asked: Promise<{ stdout: Buffer }> | undefined;
    let theirs: string[] | undefined;
    let ours: string[] = [];
    const whole = async (): Promise<void> => {
      asked ??= run('ffmpeg', [...copy, '-frames:v', '60', '-f', codec, '-'], {
        encoding: 'buffer',
        maxBuffer: 2 ** 26,
      });
      theirs = await asked.then(
        ({ stdout }) => slices(splitAnnexB(stdout)),
        () => [],
      );
    };
    // Ours is there before ffmpeg, and stays until it has what ffmpeg has.
    await collect(sourceOf(server), (got) => {
      if (videoCount(got) > 0 && asked === undefined) void whole();
      if (theirs === undefined) return false;
      ours = slices(videoOf(got.packets).flatMap(({ units }) => units));
      ours = ours.slice(Math.max(0, ours.indexOf(theirs[0] ?? '')));
      return ours.length >= theirs.length;
    });
    await asked;
    expect(theirs).toHaveLength(60);
    expect(ours.slice(0, 60)).toEqual(theirs);
  });

  it('never gives a picture on that does not decode, whatever is lost', async () => {
    await using server = await startRtspServer({ file: await footage(small), audio: 'none' });
    const frames: InterleavedFrame[] = [];
    let sdp = '';
    const reader = new RtspReader();
    const source = rtspSource({
      url: server.url(),
      audio: false,
      now,
      connect: async (target, signal) => {
        const socket = await connectToCamera(target, signal);
        socket.on('data', (chunk: Buffer) => {
          for (const item of reader.push(chunk)) {
            if (item.kind === 'frame') frames.push({ ...item, payload: Buffer.from(item.payload) });
            if (item.kind === 'response' && item.body.length > 0) sdp = item.body.toString();
          }
        });
        return socket;
      },
    });
    await collect(source, (got) => videoCount(got) >= 110);
    const plan = planTracks(parseSdp(sdp) ?? { control: undefined, media: [] }, false);
    if (typeof plan === 'string') throw new Error(plan);
    for (const every of [61, 97, 149, 211]) {
      const pictures: VideoPacket[] = [];
      const sink = {
        formats: () => undefined,
        packet: (packet: Packet) => packet.kind === 'video' && pictures.push(packet),
      };
      const receiver = new Receiver(plan, sink, now);
      receiver.bind('video', [0, 1]);
      frames.forEach(({ channel, payload }, index) => {
        if (index % every !== every - 1) receiver.frame(channel, payload);
      });
      const stream = toAnnexB([...plan.video.parameterSets, ...pictures.flatMap(({ units }) => units)]);
      expect(await decode(['-f', 'h264'], stream)).toEqual({ complaints: '', frames: pictures.length });
      expect(pictures.length).toBeGreaterThan(10);
      expect(pictures.length).toBeLessThan(105);
    }
  });

  it('reads B-frames with the times of their presentation', async () => {
    await using server = await startRtspServer({ file: await footage({ ...small, bFrames: 2 }), audio: 'none' });
    const { packets } = await collect(sourceOf(server), (got) => videoCount(got) >= 30);
    const times = videoOf(packets).map(({ time }) => time);
    expect(times.some((time, index) => time < (times[index - 1] ?? 0))).toBe(true);
    // The last ones may lack some that stand before them.
    const sorted = [...times].sort((a, b) => a - b).slice(0, -4);
    for (const [index, time] of sorted.slice(1).entries()) expect(time - (sorted[index] ?? 0)).toBeCloseTo(50, -1);
  });

  it.each(['digest', 'basic'] as const)('logs in by %s, and says what is wrong with a password', async (auth) => {
    const [username, password] = ['ad:min', 'p@ss:w"/rd#=%'];
    const user = auth === 'basic' ? 'admin' : username.replace(':', '.');
    await using server = await startRtspServer({ file: await footage(small), user, password, auth });
    const right = await collect(sourceOf(server, { username: user, password }), (got) => videoCount(got) >= 1);
    expect(right.error).toBeUndefined();
    const wrong = await collect(sourceOf(server, { username: user, password: 'wr0ng' }), () => false);
    expect(wrong.error).toMatchObject({ failure: 'unauthorized' });
    expect(wrong.error?.message).not.toContain('wr0ng');
    const none = await collect(sourceOf(server), () => false);
    expect(none.error).toMatchObject({
      failure: 'unauthorized',
      message: expect.stringContaining('127.0.0.1') as string,
    });
  });

  it('reads over TLS', async () => {
    await using server = await startRtspServer({ file: await footage(small), tls: true });
    const { error } = await collect(sourceOf(server), (got) => videoCount(got) >= 5 && audioCount(got) >= 5);
    expect(error).toBeUndefined();
    const plain = rtspSource({ url: server.url().replace('rtsps:', 'rtsp:'), audio: false, now });
    expect((await collect(plain, () => false)).error?.failure).toMatch(/closed|garbage/);
  });

  it('needs no parameter sets in band, and tells of those that change', async () => {
    await using server = await startRtspServer({ file: await footage(small), configInterval: 0, audio: 'none' });
    const { packets } = await collect(sourceOf(server), (got) => videoCount(got) >= 5);
    expect(videoOf(packets).every(({ units }) => units.every((unit) => [1, 5, 6].includes((unit[0] ?? 0) & 31)))).toBe(
      true,
    );
    const other = await footage({ ...small, width: 320, height: 240 });
    await using changing = await startRtspServer({ file: await footage(small) });
    let switched: Promise<void> | undefined;
    const { formats, error } = await collect(sourceOf(changing), (got) => {
      if (videoCount(got) === 5) switched ??= changing.switch(other);
      return got.formats.length === 2;
    });
    await switched;
    expect(error).toBeUndefined();
    expect(formats.map(({ video }) => [video.width, video.height])).toEqual([
      [640, 360],
      [320, 240],
    ]);
  });

  it('waits in a stall, goes on after it, and ends when the camera closes', async () => {
    await using server = await startRtspServer({ file: await footage(small) });
    let stalled: Promise<unknown> | undefined;
    let killed: Promise<unknown> | undefined;
    let before = Infinity;
    const { error } = await collect(sourceOf(server), (got) => {
      if (videoCount(got) === 10) {
        stalled ??= server
          .stall()
          .then(() => new Promise((resolve) => setTimeout(resolve, 500)))
          .then(() => (before = got.packets.length))
          .then(() => server.resume());
      }
      // Far more than was on its way when the stall began.
      if (got.packets.length > 2 * before + 10) killed ??= server.kill();
      return false;
    });
    await Promise.all([stalled, killed]);
    expect(error).toMatchObject({ failure: 'closed', message: expect.stringContaining('127.0.0.1') as string });
  });

  it('says goodbye: the camera has no client left once it has ended', async () => {
    await using server = await startRtspServer({ file: await footage(small) });
    await collect(sourceOf(server), (got) => videoCount(got) >= 1, {
      ...openGate,
      // As an idle feed's gate does.
      afterRead: (stream) => {
        stream.pause();
        setTimeout(() => stream.resume(), 100);
      },
    });
    // The camera may be busy: what it was asked last it hears before the end of the connection.
    await until(async () => (await server.clients()).connected === 0);
    expect(await server.clients()).toMatchObject({ playing: 0, total: 1, farewells: 1 });
  });

  it.each([false, true])('keeps up with the camera while its reads are batched (TLS: %s)', async (tls) => {
    await using server = await startRtspServer({
      file: await footage({ bitrate: 12_000_000, seconds: 6, gop: 1 }),
      tls,
    });
    let pictures = 0;
    let reads = 0;
    const enough = (got: Omit<Collected, 'error'>): boolean => {
      pictures = videoCount(got);
      return pictures >= 80 || reads >= 40;
    };
    const { error } = await collect(sourceOf(server, { audio: false }), enough, {
      afterRead: (stream) => {
        if (pictures > 0) reads++;
        stream.pause();
        setTimeout(() => stream.resume(), 200);
      },
    });
    expect(error).toBeUndefined();
    // In the 4 s that they last there is time for 20 reads; of one chunk each, 64 KiB at most, it would take over 50.
    expect(pictures).toBe(80);
    expect(reads).toBeLessThan(40);
  });

  it('finds no stream under a wrong path', async () => {
    await using server = await startRtspServer({ file: await footage(small) });
    const source = rtspSource({ url: `${server.url()}x`, audio: true, now });
    expect((await collect(source, () => false)).error).toMatchObject({ failure: 'not-found' });
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
