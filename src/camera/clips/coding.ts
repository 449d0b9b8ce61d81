import type { Ffmpeg } from '../../media/ffmpeg/capabilities.js';
import type { H264Encoder } from '../../media/ffmpeg/encoders.js';
import type { VideoOutput } from '../../media/ffmpeg/picture-encoder.js';
import type { AudioOutput } from '../../media/ffmpeg/transcode-audio.js';
import { isCarried } from '../../media/fmp4/fragmenter.js';
import { isParameterSet } from '../../media/h26x/nal.js';
import type { AudioFormat, Formats, VideoFormat, VideoPacket } from '../../media/packet.js';
import type { StreamInfo } from '../feed/stream-info.js';

/** What encoders there are. */
export interface Coders {
  readonly ffmpeg: Ffmpeg;
  /** The hub's best one, undefined where there is none. */
  readonly encoder: H264Encoder | undefined;
}

/** What becomes of a stream in a file. */
export type Coding<Output> = { readonly mode: 'copy' } | { readonly mode: 'transcode'; readonly output: Output };

/** Decides what becomes of the streams of a file. */
export interface Codings {
  readonly video: (formats: Formats, info: StreamInfo | undefined) => Coding<VideoOutput>;
  /** Undefined where sound is left out. */
  readonly audio: (audio: AudioFormat | undefined) => Coding<AudioOutput> | undefined;
}

/** Whatever MP4 carries is copied; but a mask (ffmpeg filters) is laid upon decoded pictures. */
export function videoCoding(
  { video }: Formats,
  info: StreamInfo | undefined,
  mask: string | undefined,
): Coding<VideoOutput> {
  if (mask === undefined && isCarried(video)) return { mode: 'copy' };
  const size = fitted(info !== undefined && info.width > 0 ? info : video);
  return {
    mode: 'transcode',
    output: { ...size, bitrate: bitrateFor(size, info), profile: 'main', ...(mask !== undefined && { mask }) },
  };
}

const WIDEST = 1920;
/** Of a stream that does not tell its size. */
const USUAL_SIZE = { width: 1280, height: 720 };

/** Even, as 4:2:0 needs it. */
function fitted({ width, height }: { readonly width: number; readonly height: number }) {
  if (width < 2 || height < 2) return USUAL_SIZE;
  const scale = Math.min(1, WIDEST / width);
  const even = (pixels: number): number => Math.max(2, Math.round((pixels * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}

/** Bits of a fast H.264 encoder for a pixel that looks like the source: 5 Mbit/s for 1080p at 25 pictures a second. */
const BITS_PER_PIXEL = 0.1;
const USUAL_FPS = 25;
const BITRATES = { least: 300_000, most: 8_000_000 } as const;

/** No more than H.264 has already; HEVC says as much in fewer bits, and MJPEG in many more. */
function bitrateFor({ width, height }: { width: number; height: number }, info: StreamInfo | undefined): number {
  const good = width * height * (info?.fps ?? USUAL_FPS) * BITS_PER_PIXEL;
  const own = info?.codec === 'h264' ? (info.bitrate ?? Infinity) : Infinity;
  return Math.round(Math.min(Math.max(Math.min(good, own), BITRATES.least), BITRATES.most));
}

/** AAC is copied; undefined where sound is left out. */
export function audioCoding(audio: AudioFormat | undefined, { ffmpeg }: Coders): Coding<AudioOutput> | undefined {
  if (audio === undefined) return undefined;
  if (isCarried(audio)) return { mode: 'copy' };
  if (audio.sampleRate <= 0 || audio.channels < 1 || !ffmpeg.encoders.has('aac')) return undefined;
  const sampleRate = RATES.find((rate) => rate >= audio.sampleRate) ?? 48_000;
  const channels = Math.min(2, audio.channels);
  const bitrate = (sampleRate <= 24_000 ? 32_000 : 64_000) * channels;
  return { mode: 'transcode', output: { codec: 'aac-lc', sampleRate, channels, bitrate, packetTime: 0 } };
}

/** Hertz, ascending. */
const RATES = [16_000, 24_000, 32_000, 44_100, 48_000];
/** `samplingFrequencyIndex` by hertz: ISO 14496-3, table 1.18. */
const RATE_INDICES = new Map([
  [8000, 11],
  [16_000, 8],
  [24_000, 6],
  [32_000, 5],
  [44_100, 4],
  [48_000, 3],
]);

/** What an AAC-LC encoder that was told so gives: object type 2, the rate's index, channels. */
export function aacFormat({ sampleRate, channels }: Pick<AudioOutput, 'sampleRate' | 'channels'>): AudioFormat {
  const index = RATE_INDICES.get(sampleRate) ?? 0;
  const extradata = Buffer.alloc(2);
  extradata.writeUInt16BE((2 << 11) | (index << 7) | (channels << 3));
  return { kind: 'audio', codec: 'aac', sampleRate, channels, extradata };
}

/** The hub's encoders give the parameter sets with each keyframe. */
export function encodedFormat({ units }: VideoPacket): VideoFormat {
  const parameterSets = units.filter((unit) => isParameterSet('h264', unit));
  return { kind: 'video', codec: 'h264', width: 0, height: 0, parameterSets, extradata: Buffer.alloc(0) };
}
