import { isNalCodec, isSps } from '../../media/h26x/nal.js';
import { parseSps } from '../../media/h26x/sps.js';
import type { AudioFormat, VideoFormat, VideoPacket } from '../../media/packet.js';
import type { Gop } from './ring.js';

/** What a camera's stream turned out to be, measured over what is in memory. */
export interface StreamInfo {
  /** ffmpeg's name of the codec. */
  readonly codec: string;
  /** `baseline`, `main`, `high`, …; undefined where the codec has none or it cannot be read. */
  readonly profile: string | undefined;
  /** Pixels; 0 where unknown. */
  readonly width: number;
  readonly height: number;
  /** True for 8 bits a sample, 4:2:0, whole frames: what every HomeKit viewer's decoder takes. */
  readonly plain: boolean;
  /** Measured pictures a second; undefined before there are enough. */
  readonly fps: number | undefined;
  /** Measured bits a second, sound not counted; undefined before there are enough pictures. */
  readonly bitrate: number | undefined;
  /** Milliseconds between keyframes; where only one was seen, the time since then. */
  readonly keyframeInterval: number;
  /** Pictures come in another order than they are shown (B-frames). */
  readonly reordered: boolean;
  readonly audio: Pick<AudioFormat, 'codec' | 'sampleRate' | 'channels'> | undefined;
}

/** Fewer pictures than this tell nothing about a rate. */
const FEWEST = 5;

/** @returns undefined while there is no picture */
export function describeStream(gops: readonly Gop[]): StreamInfo | undefined {
  const newest = gops.at(-1);
  if (newest === undefined) return undefined;
  const { video, audio } = newest.formats;
  const pictures = gops.flatMap((gop) => gop.packets.filter((packet) => packet.kind === 'video'));
  return {
    codec: video.codec,
    ...shapeOf(video),
    ...ratesOf(pictures),
    keyframeInterval: keyframeInterval(gops, pictures.at(-1)?.time ?? newest.start),
    reordered: pictures.some((picture, at) => picture.time < (pictures[at - 1]?.time ?? -Infinity)),
    audio: audio && { codec: audio.codec, sampleRate: audio.sampleRate, channels: audio.channels },
  };
}

function shapeOf(video: VideoFormat): Pick<StreamInfo, 'profile' | 'width' | 'height' | 'plain'> {
  const codec = video.codec;
  if (!isNalCodec(codec)) return { profile: undefined, width: video.width, height: video.height, plain: true };
  const unit = video.parameterSets.find((set) => isSps(codec, set));
  const sps = unit && parseSps(codec, unit);
  if (sps === undefined) return { profile: undefined, width: video.width, height: video.height, plain: true };
  const plain = sps.bitDepth === 8 && sps.chroma === '420' && !sps.interlaced;
  return { profile: sps.profile, width: sps.width, height: sps.height, plain };
}

function ratesOf(pictures: readonly VideoPacket[]): Pick<StreamInfo, 'fps' | 'bitrate'> {
  if (pictures.length < FEWEST) return { fps: undefined, bitrate: undefined };
  const times = pictures.map((picture) => picture.time);
  const seconds = (Math.max(...times) - Math.min(...times)) / 1000;
  if (seconds <= 0) return { fps: undefined, bitrate: undefined };
  const intervals = pictures.length - 1;
  const bytes = pictures.reduce((sum, picture) => sum + picture.bytes, 0);
  return { fps: intervals / seconds, bitrate: ((bytes * 8) / seconds) * (intervals / pictures.length) };
}

function keyframeInterval(gops: readonly Gop[], now: number): number {
  const first = gops[0]?.start ?? now;
  const last = gops.at(-1)?.start ?? now;
  return gops.length > 1 ? Math.max((last - first) / (gops.length - 1), now - last) : now - last;
}
