import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { GRAY_SIZE } from './scene.js';

export interface RecordedPictures {
  /** Gray, of {@link GRAY_SIZE}. */
  readonly pictures: readonly Buffer[];
  readonly complaints: string;
}

/** All pictures of a recording, in the order in which they are shown, and whatever the decoder complained of. */
export async function recordedPictures(file: Buffer): Promise<RecordedPictures> {
  const { width, height } = GRAY_SIZE;
  // Whole seconds apart, or else ffmpeg rounds times that lie between two pictures to either, and complains.
  const filters = `scale=${width}:${height}:flags=area,setpts=N/TB`;
  const scale = ['-fps_mode', 'passthrough', '-vf', filters, '-pix_fmt', 'gray'];
  const { out, complaints } = await ffmpeg([...scale, '-map', '0:v', '-f', 'rawvideo', 'pipe:1'], file);
  const size = width * height;
  const count = Math.floor(out.length / size);
  return { pictures: Array.from({ length: count }, (_, at) => out.subarray(at * size, (at + 1) * size)), complaints };
}

const SOUND_RATE = 8000;

/** The loudness (RMS, full scale 1) of each second of a recording's sound. */
export async function loudness(file: Buffer): Promise<{ seconds: number[]; complaints: string }> {
  const format = ['-map', '0:a', '-ac', '1', '-ar', String(SOUND_RATE), '-f', 'f32le', 'pipe:1'];
  const { out, complaints } = await ffmpeg(format, file);
  const samples = new Float32Array(out.buffer.slice(out.byteOffset, out.byteOffset + out.length - (out.length % 4)));
  const seconds: number[] = [];
  for (let at = 0; at < samples.length; at += SOUND_RATE) {
    const second = samples.subarray(at, at + SOUND_RATE);
    seconds.push(Math.sqrt(second.reduce((sum, sample) => sum + sample * sample, 0) / second.length));
  }
  return { seconds, complaints };
}

async function ffmpeg(output: readonly string[], input: Buffer): Promise<{ out: Buffer; complaints: string }> {
  const head = ['-hide_banner', '-v', 'warning', '-nostdin', '-f', 'mp4', '-i', 'pipe:0'];
  const child = spawn('ffmpeg', [...head, ...output]);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const out: Buffer[] = [];
  let complaints = '';
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  await once(child, 'close');
  return { out: Buffer.concat(out), complaints };
}
