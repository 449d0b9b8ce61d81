import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Probed {
  readonly kind: 'video' | 'audio';
  /** Seconds. */
  readonly time: number;
  readonly decode: number;
  readonly duration: number;
  readonly keyframe: boolean;
  readonly size: number;
}

export interface ProbedStream {
  readonly kind: string;
  readonly codec: string;
  readonly tag: string;
  readonly width: number;
  readonly height: number;
  readonly sampleRate: number;
  readonly channels: number;
}

/** A file's streams and packets as ffprobe sees them, in the order of the file. */
export async function probe(file: Buffer): Promise<{ streams: ProbedStream[]; packets: Probed[] }> {
  const text = await run('ffprobe', ['-show_streams', '-show_packets', '-of', 'json', '-f', 'mp4', 'pipe:0'], file);
  const { streams, packets } = JSON.parse(text.stdout) as {
    streams: Record<string, string | number>[];
    packets: Record<string, string>[];
  };
  return {
    streams: streams.map((stream) => ({
      kind: String(stream['codec_type']),
      codec: String(stream['codec_name']),
      tag: String(stream['codec_tag_string']),
      width: Number(stream['width'] ?? 0),
      height: Number(stream['height'] ?? 0),
      sampleRate: Number(stream['sample_rate'] ?? 0),
      channels: Number(stream['channels'] ?? 0),
    })),
    packets: packets.map((packet) => ({
      kind: packet['codec_type'] === 'audio' ? 'audio' : 'video',
      time: Number(packet['pts_time']),
      decode: Number(packet['dts_time']),
      duration: Number(packet['duration_time']),
      keyframe: packet['flags']?.startsWith('K') === true,
      size: Number(packet['size']),
    })),
  };
}

/** A checksum of each picture as decoded, in the order in which they are shown, and all that the decoder complained of. */
export async function decode(file: Buffer, format = 'mp4'): Promise<{ pictures: string[]; complaints: string }> {
  const out = ['-map', '0:v', '-fps_mode', 'passthrough', '-f', 'framemd5', 'pipe:1'];
  const { stdout, stderr } = await run('ffmpeg', ['-nostdin', '-f', format, '-i', 'pipe:0', ...out], file);
  const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return { pictures: lines.map((line) => line.split(',').at(-1)?.trim() ?? ''), complaints: stderr };
}

/** Seconds of sound that come out of the decoder, and all that it complained of. */
export async function listen(file: Buffer): Promise<{ seconds: number; complaints: string }> {
  const out = ['-map', '0:a', '-ac', '1', '-ar', '8000', '-f', 's16le', 'pipe:1'];
  const { stdout, stderr } = await run('ffmpeg', ['-nostdin', '-f', 'mp4', '-i', 'pipe:0', ...out], file, 'latin1');
  return { seconds: stdout.length / 16_000, complaints: stderr };
}

async function run(
  program: string,
  args: readonly string[],
  input: Buffer,
  encoding: BufferEncoding = 'utf8',
): Promise<{ stdout: string; stderr: string }> {
  const child = spawn(program, ['-hide_banner', '-v', 'warning', ...args]);
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, 'close');
  return { stdout: Buffer.concat(stdout).toString(encoding), stderr };
}
