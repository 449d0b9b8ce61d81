import { spawn } from 'node:child_process';
import { NutReader } from '../../src/media/nut/reader.js';

/** A sine tone. */
export interface Tone {
  /** Hertz. */
  readonly frequency: number;
  /** Of its power, dB below full scale. */
  readonly level: number;
  /** Its share of all that was heard, 0 to 1. */
  readonly purity: number;
}

/** The peaks of the tones that are made here; their power is 9.03 dB below full scale. */
const AMPLITUDE = 0.5;
export const TONE_LEVEL = 20 * Math.log10(AMPLITUDE / Math.SQRT2);
const TIMEOUT = 60_000;

/** A tone as HomeKit's viewers send sound: Opus packets of one length. (For voice, libopus lets a tone fade at times.) */
export async function opusTone(
  frequency: number,
  { seconds = 2, packetTime = 20, sampleRate = 24_000 } = {},
): Promise<Buffer[]> {
  const nut = await ffmpeg([
    ...['-f', 'lavfi', '-i', sine(frequency, seconds, sampleRate), '-c:a', 'libopus', '-b:a', '24k'],
    ...['-application', 'audio', '-frame_duration', String(packetTime), '-f', 'nut', 'pipe:1'],
  ]);
  const packets: Buffer[] = [];
  new NutReader({ onFormats: () => undefined, onPacket: ({ data }) => packets.push(data) }).push(nut);
  return packets;
}

/** A WAV file with a tone. */
export const writeTone = async (file: string, frequency: number, seconds = 1): Promise<void> => {
  await ffmpeg(['-f', 'lavfi', '-i', sine(frequency, seconds, 44_100), '-y', file]);
};

/** Mono samples from −1 to 1 of coded sound. @param input ffmpeg's options for it */
export async function samplesOf(data: Buffer, input: readonly string[], sampleRate = 8000): Promise<Float32Array> {
  const out = await ffmpeg(
    [...input, '-i', 'pipe:0', '-ac', '1', '-ar', String(sampleRate), '-f', 'f32le', 'pipe:1'],
    data,
  );
  return Float32Array.from({ length: Math.floor(out.length / 4) }, (_, at) => out.readFloatLE(at * 4));
}

/** The tone in the middle of what was heard: encoders begin and end as they like. */
export function toneOf(heard: Float32Array, sampleRate = 8000): Tone {
  const samples = heard.subarray(Math.floor(heard.length / 4), Math.floor((heard.length * 3) / 4));
  if (samples.length < sampleRate / 10) throw new Error(`only ${heard.length} samples were heard`);
  const ups: number[] = [];
  for (let at = 1; at < samples.length; at++) {
    const before = samples[at - 1] ?? 0;
    const after = samples[at] ?? 0;
    if (before < 0 && after >= 0) ups.push(at - after / (after - before));
  }
  const frequency = ((ups.length - 1) * sampleRate) / ((ups.at(-1) ?? 0) - (ups[0] ?? 0));
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
  return { frequency, level: 10 * Math.log10(power), purity: powerAt(samples, frequency / sampleRate) / power };
}

/** @param turns of the tone in a sample */
function powerAt(samples: Float32Array, turns: number): number {
  let [real, imaginary] = [0, 0];
  for (const [at, sample] of samples.entries()) {
    real += sample * Math.cos(2 * Math.PI * turns * at);
    imaginary += sample * Math.sin(2 * Math.PI * turns * at);
  }
  return (2 * (real * real + imaginary * imaginary)) / samples.length ** 2;
}

const sine = (frequency: number, seconds: number, rate: number): string =>
  `aevalsrc=${AMPLITUDE}*sin(2*PI*${frequency}*t):s=${rate}:d=${seconds}`;

async function ffmpeg(args: readonly string[], input?: Buffer): Promise<Buffer> {
  const child = spawn('ffmpeg', ['-hide_banner', '-v', 'error', '-nostdin', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: TIMEOUT,
    killSignal: 'SIGKILL',
  });
  const out: Buffer[] = [];
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
  if (code !== 0) throw new Error(`ffmpeg has ended with ${String(code)}: ${said}`);
  return Buffer.concat(out);
}
