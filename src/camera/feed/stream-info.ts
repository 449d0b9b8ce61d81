import { isNalCodec, isSps } from '../../media/h26x/nal.js';
import { parseSps } from '../../media/h26x/sps.js';
import type { AudioFormat, VideoFormat } from '../../media/packet.js';
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
  const measured = measure(gops);
  return {
    codec: video.codec,
    ...shapeOf(video),
    ...ratesOf(measured),
    keyframeInterval: keyframeInterval(gops, measured.last ?? newest.start),
    reordered: measured.reordered,
    audio: audio && { codec: audio.codec, sampleRate: audio.sampleRate, channels: audio.channels },
  };
}

type Shape = Pick<StreamInfo, 'profile' | 'width' | 'height' | 'plain'>;

/** A format lasts for as long as its stream, and its stream is described every second. */
const shapes = new WeakMap<VideoFormat, Shape>();

function shapeOf(video: VideoFormat): Shape {
  let shape = shapes.get(video);
  if (shape === undefined) shapes.set(video, (shape = readShape(video)));
  return shape;
}

function readShape(video: VideoFormat): Shape {
  const codec = video.codec;
  if (!isNalCodec(codec)) return { profile: undefined, width: video.width, height: video.height, plain: true };
  const unit = video.parameterSets.find((set) => isSps(codec, set));
  const sps = unit && parseSps(codec, unit);
  if (sps === undefined) return { profile: undefined, width: video.width, height: video.height, plain: true };
  const plain = sps.bitDepth === 8 && sps.chroma === '420' && !sps.interlaced;
  return { profile: sps.profile, width: sps.width, height: sps.height, plain };
}

interface Measured {
  readonly pictures: number;
  readonly bytes: number;
  /** Times of pictures as they are shown, ms, and of the one that came last. */
  readonly earliest: number;
  readonly latest: number;
  readonly last: number | undefined;
  readonly reordered: boolean;
}

function measure(gops: readonly Gop[]): Measured {
  let pictures = 0;
  let bytes = 0;
  let earliest = Infinity;
  let latest = -Infinity;
  let last: number | undefined;
  let reordered = false;
  for (const { packets } of gops)
    for (const packet of packets) {
      if (packet.kind !== 'video') continue;
      pictures++;
      bytes += packet.bytes;
      earliest = Math.min(earliest, packet.time);
      latest = Math.max(latest, packet.time);
      reordered ||= packet.time < (last ?? -Infinity);
      last = packet.time;
    }
  return { pictures, bytes, earliest, latest, last, reordered };
}

function ratesOf({ pictures, bytes, earliest, latest }: Measured): Pick<StreamInfo, 'fps' | 'bitrate'> {
  const seconds = (latest - earliest) / 1000;
  if (pictures < FEWEST || seconds <= 0) return { fps: undefined, bitrate: undefined };
  const intervals = pictures - 1;
  return { fps: intervals / seconds, bitrate: ((bytes * 8) / seconds) * (intervals / pictures) };
}

function keyframeInterval(gops: readonly Gop[], now: number): number {
  const first = gops[0]?.start ?? now;
  const last = gops.at(-1)?.start ?? now;
  return gops.length > 1 ? Math.max((last - first) / (gops.length - 1), now - last) : now - last;
}
