import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findFfmpeg, type Ffmpeg } from '../../../src/media/ffmpeg/capabilities.js';
import { audioArguments, startAudioTranscoder, type AudioOutput } from '../../../src/media/ffmpeg/transcode-audio.js';
import type { AudioFormat, AudioPacket } from '../../../src/media/packet.js';
import { NutWriter } from '../../../src/media/nut/writer.js';
import { demux, ffmpeg as make } from '../nut/ffmpeg.js';
import { noChildren } from './processes.js';

const run = promisify(execFile);
let ffmpeg: Ffmpeg;
let life: AbortController;

beforeAll(async () => {
  ffmpeg = await findFfmpeg();
});
beforeEach(() => {
  life = new AbortController();
});
afterEach(async () => {
  life.abort();
  await noChildren();
});

interface Sound {
  readonly format: AudioFormat;
  readonly packets: readonly AudioPacket[];
}

/** Silence but for 100 ms of a tone at the start of each second. */
async function beeps(coder: readonly string[], { seconds = 3, rate = 48_000 } = {}): Promise<Sound> {
  const tone = `aevalsrc=exprs='0.3*sin(2*PI*1000*t)*lt(mod(t,1),0.1)':sample_rate=${rate}:duration=${seconds}`;
  const { streams, packets } = demux(await make(['-f', 'lavfi', '-i', tone, ...coder, '-f', 'nut', 'pipe:1']));
  const [stream] = streams;
  if (stream?.codec === undefined) throw new Error('no sound');
  const { codec, sampleRate, channels, extradata } = stream;
  return {
    format: { kind: 'audio', codec, sampleRate, channels, extradata },
    packets: packets.map(({ time, data }) => ({ kind: 'audio', time: time + 7_000_000.25, data })),
  };
}

const OPUS: AudioOutput = { codec: 'opus', sampleRate: 24_000, channels: 1, bitrate: 24_000, packetTime: 20 };

interface Running {
  readonly out: AudioPacket[];
  readonly ended: string[];
  readonly push: (packet: AudioPacket) => void;
  readonly arrival: (count: number) => Promise<void>;
}

function start(input: AudioFormat, output: AudioOutput = OPUS, path = ffmpeg.path, waiting?: number): Running {
  const out: AudioPacket[] = [];
  const ended: string[] = [];
  let check: () => void = () => undefined;
  const transcoder = startAudioTranscoder({
    ...{ ffmpeg: { ...ffmpeg, path }, input, output, signal: life.signal },
    ...(waiting !== undefined && { waiting }),
    onPacket: (packet) => {
      out.push(packet);
      check();
    },
    onEnd: (reason) => {
      ended.push(reason);
      check();
    },
  });
  return {
    ...{ out, ended },
    push: (packet) => {
      transcoder.push(packet);
    },
    arrival: (count) =>
      new Promise((resolve) => {
        check = () => {
          if (out.length >= count || ended.length > 0) resolve();
        };
        check();
      }),
  };
}

/** When the tone begins in what came out, ms on the clock of the packets. */
async function onsets(
  packets: readonly AudioPacket[],
  { codec, sampleRate, channels }: AudioOutput,
): Promise<number[]> {
  const first = packets[0]?.time ?? 0;
  const kind = { kind: 'audio', codec: codec === 'opus' ? 'opus' : 'aac', sampleRate, channels } as const;
  const extradata = codec === 'opus' ? opusHead(sampleRate, channels) : Buffer.from([0x13, 0x08]);
  const writer = new NutWriter([{ ...kind, extradata }]);
  const frames = packets.map(({ time, data }) =>
    writer.frame({ stream: 0, time: (time - first) * 1000, keyframe: true, data }),
  );
  const decoder = run(
    'ffmpeg',
    ['-v', 'error', '-f', 'nut', '-i', 'pipe:0', '-f', 's16le', '-ar', '8000', '-ac', '1', 'pipe:1'],
    {
      encoding: 'buffer',
      maxBuffer: 1 << 26,
    },
  );
  decoder.child.stdin?.end(Buffer.concat([writer.header, ...frames]));
  const { stdout } = await decoder;
  const found: number[] = [];
  let quiet = 8000;
  for (let at = 0; at + 1 < stdout.length; at += 2) {
    if (Math.abs(stdout.readInt16LE(at)) > 800) {
      if (quiet > 4000) found.push(first + at / 16);
      quiet = 0;
    } else quiet++;
  }
  return found;
}

function opusHead(sampleRate: number, channels: number): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead');
  head[8] = 1;
  head[9] = channels;
  head.writeUInt32LE(sampleRate, 12);
  return head;
}

it.each<[string, string[], number]>([
  ['AAC', ['-c:a', 'aac'], 48_000],
  ['µ-law', ['-c:a', 'pcm_mulaw'], 8000],
  ['A-law', ['-c:a', 'pcm_alaw'], 8000],
  ['Opus', ['-c:a', 'libopus'], 48_000],
  ['linear PCM', ['-c:a', 'pcm_s16be'], 16_000],
  ['MP3', ['-c:a', 'libmp3lame'], 44_100],
  ['G.722', ['-c:a', 'g722', '-ac', '1'], 16_000],
  ['stereo AAC', ['-ac', '2', '-c:a', 'aac'], 48_000],
])('makes Opus of %s, in step', async (_, coder, rate) => {
  const { format, packets } = await beeps(coder, { rate });
  const { out, push, arrival, ended } = start(format);
  for (const packet of packets) push(packet);
  await arrival(140);
  expect(ended).toEqual([]);
  for (const [at, { time }] of out.entries()) expect(time - (out[0]?.time ?? 0)).toBeCloseTo(at * 20, 1);
  expect(out.reduce((sum, { data }) => sum + data.length, 0) / out.length).toBeLessThan(100);
  const heard = await onsets(out, OPUS);
  expect(heard).toHaveLength(3);
  for (const [at, onset] of heard.entries()) expect(Math.abs(onset - 7_000_000.25 - at * 1000)).toBeLessThan(30);
});

it.each<[AudioOutput, number]>([
  [{ ...OPUS, packetTime: 40 }, 40],
  [{ ...OPUS, packetTime: 60, sampleRate: 16_000, bitrate: 16_000 }, 60],
  [{ codec: 'aac-lc', sampleRate: 24_000, channels: 1, bitrate: 32_000, packetTime: 0 }, 1024 / 24],
])('makes packets of %j', async (output, length) => {
  const { format, packets } = await beeps(['-c:a', 'aac']);
  const { out, push, arrival } = start(format, output);
  for (const packet of packets) push(packet);
  await arrival(Math.floor(2800 / length));
  for (const [at, { time }] of out.entries()) expect(time - (out[0]?.time ?? 0)).toBeCloseTo(at * length, 0);
  const heard = await onsets(out, output);
  for (const [at, onset] of heard.entries()) expect(Math.abs(onset - 7_000_000 - at * 1000)).toBeLessThan(60);
  expect(heard.length).toBeGreaterThanOrEqual(2);
});

it('gives each packet as soon as there is enough sound for it', async () => {
  const { format, packets } = await beeps(['-c:a', 'pcm_alaw'], { rate: 8000 });
  const { out, push, arrival } = start(format);
  for (const packet of packets.slice(0, 20)) {
    push(packet);
    const end = packet.time + packet.data.length / 8;
    // Resampling and the encoder look ahead.
    const complete = Math.floor((end - 7_000_000.25 - 60) / 20);
    await arrival(complete);
    expect(out.length).toBeGreaterThanOrEqual(complete);
  }
});

it('stays in step over a gap, and over a camera whose clock runs slow', async () => {
  const { format, packets } = await beeps(['-c:a', 'pcm_alaw'], { rate: 8000, seconds: 6 });
  const origin = packets[0]?.time ?? 0;
  const gap = packets
    .filter(({ time }) => time - origin < 1400 || time - origin > 1800)
    .map((packet) => ({ ...packet, time: origin + (packet.time - origin) * 1.002 }));
  const { out, push, arrival } = start(format);
  for (const packet of gap) push(packet);
  await arrival(285);
  const heard = await onsets(out, OPUS);
  expect(heard).toHaveLength(6);
  for (const [at, onset] of heard.entries()) expect(Math.abs(onset - origin - at * 1002)).toBeLessThan(60);
});

it('loses nothing of what is given at once, as far as it may wait', async () => {
  const { format, packets } = await beeps(['-ac', '2', '-c:a', 'pcm_s16be'], { seconds: 8 });
  const { out, push, arrival } = start(format, OPUS, undefined, 4 * 2 ** 20);
  for (const packet of packets) push(packet);
  await arrival(390);
  expect(await onsets(out, OPUS)).toHaveLength(8);
});

it('says why it ended', async () => {
  const { format, packets } = await beeps(['-c:a', 'aac']);
  const { ended, arrival, push } = start(format, OPUS, '/nowhere/ffmpeg');
  await arrival(1);
  expect(ended).toEqual([expect.stringMatching(/no such program/)]);
  for (const packet of packets) push(packet);
});

it('asks for AAC-ELD where an encoder for it is', () => {
  const args = audioArguments({ codec: 'aac-eld', sampleRate: 16_000, channels: 1, bitrate: 24_000, packetTime: 30 });
  expect(args.join(' ')).toMatch(/-c:a libfdk_aac -profile:a aac_eld/);
});
