import { spawn } from 'node:child_process';
import type { AccessUnit } from './access-units.js';
import { oggOpus } from './ogg.js';

/** One picture as ffmpeg decoded it. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly keyframe: boolean;
  /** Mean luma, 0 to 255. */
  readonly luma: number;
  /** A checksum over all planes. */
  readonly checksum: string;
}

export interface Decoded {
  readonly frames: readonly Frame[];
  /** What the decoder complained about. */
  readonly errors: readonly string[];
}

const START_CODE = Buffer.from([0, 0, 0, 1]);
const TIMEOUT = 60_000;

/** Decodes access units in order with ffmpeg, which is told nothing else: one frame for each unit where nothing is wrong. */
export async function decodeVideo(pictures: readonly AccessUnit[], crop = ''): Promise<Decoded> {
  const stream = pictures.flatMap(({ units }) => units.flatMap((unit) => [START_CODE, unit]));
  const { said } = await ffmpeg(
    [
      ...['-f', 'h264', '-i', 'pipe:0', '-fps_mode', 'passthrough'],
      ...['-vf', `${crop}showinfo=checksum=1`, '-f', 'null', '-'],
    ],
    Buffer.concat(stream),
  );
  return { frames: said.flatMap(frameOf), errors: said.filter(isComplaint) };
}

/** Decodes one JPEG. */
export async function decodeJpeg(jpeg: Buffer): Promise<Decoded> {
  const { said } = await ffmpeg(['-f', 'mjpeg', '-i', 'pipe:0', '-vf', 'showinfo', '-f', 'null', '-'], jpeg);
  return { frames: said.flatMap(frameOf), errors: said.filter(isComplaint) };
}

/** Decodes one JPEG to a gray picture of a fixed size. */
export async function grayJpeg(jpeg: Buffer, width: number, height: number): Promise<Buffer> {
  const scale = ['-vf', `scale=${width}:${height}:flags=area`, '-pix_fmt', 'gray', '-f', 'rawvideo', 'pipe:1'];
  return (await ffmpeg(['-f', 'mjpeg', '-i', 'pipe:0', ...scale], jpeg)).out;
}

/** Mono samples from −1 to 1 at `sampleRate`. */
export interface Sound {
  readonly samples: Float32Array;
  readonly sampleRate: number;
  readonly errors: readonly string[];
}

export async function decodeOpus(packets: readonly Buffer[], sampleRate = 48_000): Promise<Sound> {
  const { out, said } = await ffmpeg(
    ['-f', 'ogg', '-i', 'pipe:0', '-ac', '1', '-ar', String(sampleRate), '-f', 'f32le', 'pipe:1'],
    oggOpus(packets),
  );
  const samples = new Float32Array(Math.floor(out.length / 4));
  for (let index = 0; index < samples.length; index++) samples[index] = out.readFloatLE(index * 4);
  return { samples, sampleRate, errors: said.filter(isComplaint) };
}

async function ffmpeg(args: readonly string[], input: Buffer): Promise<{ out: Buffer; said: string[] }> {
  const child = spawn('ffmpeg', ['-nostdin', '-hide_banner', '-nostats', '-loglevel', 'level+info', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: TIMEOUT,
    killSignal: 'SIGKILL',
  });
  const out: Buffer[] = [];
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  // ffmpeg may leave before it has read everything; what it said tells why.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  return { out: Buffer.concat(out), said: Buffer.concat(said).toString().split('\n') };
}

function frameOf(line: string): Frame[] {
  const match = / s:(\d+)x(\d+) .*iskey:(\d) .*checksum:(\w+) .*mean:\[(\d+)/.exec(line);
  if (match === null) return [];
  const [, width, height, key, checksum, luma] = match;
  return [
    {
      width: Number(width),
      height: Number(height),
      keyframe: key === '1',
      luma: Number(luma),
      checksum: checksum ?? '',
    },
  ];
}

/** A bare H.264 stream has no times, and the muxer of `-f null` wonders about that. */
const isComplaint = (line: string): boolean =>
  /\[(warning|error|fatal|panic)\]/.test(line) && !/timestamps|Timestamps|dts|deprecated pixel format/.test(line);
