import type { AudioFormat, AudioPacket } from '../packet.js';
import { NutReader } from '../nut/reader.js';
import { NutWriter } from '../nut/writer.js';
import type { Ffmpeg } from './capabilities.js';
import { startFfmpeg } from './process.js';

export interface AudioOutput {
  readonly codec: 'opus' | 'aac-eld' | 'aac-lc';
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Bits a second. */
  readonly bitrate: number;
  /** Milliseconds of sound in a packet; AAC has its own (1024 or 480 samples). */
  readonly packetTime: number;
}

export interface AudioTranscoderOptions {
  readonly ffmpeg: Ffmpeg;
  readonly input: AudioFormat;
  readonly output: AudioOutput;
  readonly signal: AbortSignal;
  /**
   * Sound waits for at most this much in front of an encoder that does not keep up, or starts; then it is dropped. Bytes,
   * default 256 KiB: some seconds of what is heard live.
   */
  readonly waiting?: number;
  /** Each packet's time is that of its first sample, on the clock of the packets that were pushed. */
  readonly onPacket: (packet: AudioPacket) => void;
  /** The process has ended without having been told to; with its last words. */
  readonly onEnd: (reason: string) => void;
}

export interface AudioTranscoder {
  push(packet: AudioPacket): void;
}

const WAITING = 256 * 1024;

/** ffmpeg's NUT demuxer wants no negative times; codecs with a priming delay give some at the start. */
const HEADROOM = 10_000;

/** Starts an ffmpeg that turns packets in memory into packets of another codec. */
export function startAudioTranscoder(options: AudioTranscoderOptions): AudioTranscoder {
  const { ffmpeg, input, output, signal, waiting = WAITING, onPacket, onEnd } = options;
  const process = startFfmpeg({ path: ffmpeg.path, args: audioArguments(output), signal, stdin: true });
  const writer = new NutWriter([{ ...input, extradata: input.extradata }]);
  let origin: number | undefined;
  const reader = new NutReader({
    onFormats: () => undefined,
    onPacket: ({ time, data }) => {
      if (!signal.aborted) onPacket({ kind: 'audio', time: time - HEADROOM + (origin ?? 0), data });
    },
  });
  process.stdout.on('data', (chunk: Buffer) => {
    try {
      reader.push(chunk);
    } catch {
      process.kill();
    }
  });
  process.stdin.write(writer.header);
  void process.exited.then(({ stderr, error }) => {
    if (!signal.aborted) onEnd(error?.message ?? (stderr || 'without a word'));
  });
  return {
    push: ({ time, data }) => {
      if (process.stdin.destroyed || process.stdin.writableLength > waiting) return;
      origin ??= time;
      process.stdin.write(writer.frame({ stream: 0, time: (time - origin + HEADROOM) * 1000, keyframe: true, data }));
    },
  };
}

/** Measured: the first packet 81 to 85 ms after the start. */
export function audioArguments({ codec, sampleRate, channels, bitrate, packetTime }: AudioOutput): string[] {
  const input = ['-f', 'nut', '-probesize', '32', '-analyzeduration', '0', '-threads', '1', '-i', 'pipe:0'];
  // Gaps and overlaps in the camera's times are mended by silence and by cutting, so that sound stays with the picture.
  const filters = ['-filter_threads', '1', '-af', 'aresample=async=1000'];
  const rate = ['-ar', String(sampleRate), '-ac', String(channels), '-b:a', String(bitrate)];
  const encoder = {
    opus: ['-c:a', 'libopus', '-application', 'lowdelay', '-frame_duration', String(packetTime)],
    'aac-eld': ['-c:a', 'libfdk_aac', '-profile:a', 'aac_eld', '-flags:a', '+global_header'],
    'aac-lc': ['-c:a', 'aac', '-profile:a', 'aac_low', '-flags:a', '+global_header'],
  }[codec];
  const out = ['-threads', '1', '-f', 'nut', '-write_index', '0', '-flush_packets', '1', 'pipe:1'];
  return ['-hide_banner', '-v', 'warning', '-nostdin', '-copyts', ...input, ...filters, ...encoder, ...rate, ...out];
}
