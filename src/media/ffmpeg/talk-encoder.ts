import { NutReader } from '../nut/reader.js';
import { NutWriter } from '../nut/writer.js';
import type { AudioFormat, AudioPacket } from '../packet.js';
import type { Ffmpeg } from './capabilities.js';
import { startFfmpeg } from './process.js';

/** What is said. */
export type TalkInput =
  | { readonly kind: 'packets'; readonly format: AudioFormat }
  /** Played once, at its own pace. */
  | { readonly kind: 'file'; readonly path: string };

/** As what it is said. */
export interface TalkFormat {
  readonly codec: 'pcm_mulaw' | 'pcm_alaw' | 'pcm_s16be' | 'aac';
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
}

/** Where it goes. */
export type TalkOutput = TalkFormat &
  (
    | { readonly to: 'packets' }
    /** PCM as it is, AAC with ADTS headers. */
    | { readonly to: 'bytes' }
    /** ffmpeg sends it there itself. */
    | { readonly to: 'url'; readonly url: string; readonly muxer: TalkMuxer }
  );

/** What a URL is written as; `raw` is what `bytes` are. */
export type TalkMuxer = 'rtsp' | 'rtp' | 'flv' | 'raw';

export interface TalkEncoderOptions {
  readonly ffmpeg: Pick<Ffmpeg, 'path'>;
  readonly input: TalkInput;
  readonly output: TalkOutput;
  readonly signal: AbortSignal;
  /** Coded sound for `packets` and `bytes`: in runs of any length, AAC for `packets` one access unit at a time. */
  readonly onData: (data: Buffer) => void;
}

export interface TalkEncoder {
  /** Times count from 0. */
  push(packet: AudioPacket): void;
  /** Resolves when ffmpeg has ended: with why, in its own words, where that was neither asked for nor a file's end. */
  readonly ended: Promise<string | undefined>;
}

/** Sound waits for at most this much in front of an encoder that does not keep up; then it is dropped. */
const MAX_WAITING_BYTES = 64 * 1024;
const AAC_BITRATE = 32_000;

/** Starts an ffmpeg that makes of what is said what a camera takes. */
export function startTalkEncoder({ ffmpeg, input, output, signal, onData }: TalkEncoderOptions): TalkEncoder {
  const fed = input.kind === 'packets';
  const process = startFfmpeg({ path: ffmpeg.path, args: talkArguments(input, output), signal, stdin: fed });
  let garbage: string | undefined;
  const give = (data: Buffer): void => {
    if (!signal.aborted) onData(data);
  };
  const reader = new NutReader({
    onFormats: () => undefined,
    onPacket: ({ data }) => {
      give(data);
    },
  });
  process.stdout.on('data', (chunk: Buffer) => {
    // RTP writes a description of itself there.
    if (output.to === 'url') return;
    if (output.to === 'bytes') {
      give(chunk);
      return;
    }
    try {
      reader.push(chunk);
    } catch (error) {
      garbage = String(error);
      process.kill();
    }
  });
  const writer = input.kind === 'packets' ? new NutWriter([input.format]) : undefined;
  if (writer !== undefined) process.stdin.write(writer.header);
  return {
    push: ({ time, data }) => {
      if (writer === undefined || process.stdin.destroyed || process.stdin.writableLength > MAX_WAITING_BYTES) return;
      process.stdin.write(writer.frame({ stream: 0, time: time * 1000, keyframe: true, data }));
    },
    ended: process.exited.then(({ code, error, stderr }) => {
      if (signal.aborted || (code === 0 && !fed)) return undefined;
      return garbage ?? error?.message ?? lastWords(stderr);
    }),
  };
}

const lastWords = (stderr: string): string => (stderr === '' ? 'without a word' : (stderr.split('\n').at(-1) ?? ''));

const RAW: Readonly<Record<TalkFormat['codec'], string>> = {
  pcm_mulaw: 'mulaw',
  pcm_alaw: 'alaw',
  pcm_s16be: 's16be',
  aac: 'adts',
};

/** Every packet goes out at once; nothing is read ahead. */
export function talkArguments(input: TalkInput, output: TalkOutput): string[] {
  const read =
    input.kind === 'packets'
      ? ['-f', 'nut', '-probesize', '32', '-analyzeduration', '0', '-threads', '1', '-i', 'pipe:0']
      : ['-re', '-i', `file:${input.path}`, '-map', '0:a:0'];
  const { codec, sampleRate, channels } = output;
  const rate = ['-ar', String(sampleRate), '-ac', String(channels)];
  const aac = ['-profile:a', 'aac_low', '-b:a', String(AAC_BITRATE)];
  // Raw AAC in NUT and RTP has its configuration beside it; ADTS has it in each header.
  const global =
    codec === 'aac' && (output.to === 'packets' || output.to === 'url') ? ['-flags:a', '+global_header'] : [];
  const encode = ['-filter_threads', '1', '-c:a', codec, ...rate, ...(codec === 'aac' ? aac : []), ...global];
  const write = ['-threads', '1', '-flush_packets', '1', '-muxdelay', '0', ...target(output)];
  return ['-hide_banner', '-v', 'error', '-nostdin', ...read, ...encode, ...write];
}

function target(output: TalkOutput): string[] {
  switch (output.to) {
    case 'packets':
      return ['-f', 'nut', '-write_index', '0', 'pipe:1'];
    case 'bytes':
      return ['-f', RAW[output.codec], 'pipe:1'];
    case 'url':
      return [...muxer(output.muxer, output.codec), output.url];
  }
}

function muxer(name: TalkMuxer, codec: TalkFormat['codec']): string[] {
  switch (name) {
    case 'rtsp':
      return ['-f', 'rtsp', '-rtsp_transport', 'tcp'];
    case 'raw':
      return ['-f', RAW[codec]];
    case 'rtp':
    case 'flv':
      return ['-f', name];
  }
}
