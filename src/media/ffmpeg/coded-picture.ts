import { isKeyframe, isNalCodec, isParameterSet, isSlice, isSps, toAnnexB, type NalCodec } from '../h26x/nal.js';
import { withoutReordering } from '../h26x/reorder.js';
import { tagOfCodec } from '../nut/codec-tags.js';
import type { VideoFormat, VideoPacket } from '../packet.js';
import { pictureSize } from './keyframe-data.js';

/** What a decoder is told of a stream. Survives a structured clone. */
export interface CodedFormat {
  /** ffmpeg's name, of those that NUT has a tag for. */
  readonly codec: string;
  /** Empty for H.264 and HEVC, whose parameter sets travel with the keyframes. */
  readonly extradata: Uint8Array;
  /** Pixels, never 0: ffmpeg refuses that, and the decoder finds out the real size. */
  readonly width: number;
  readonly height: number;
}

/** One picture as a decoder takes it; its bytes belong to it alone, so that they can be handed to another thread. */
export interface CodedPicture {
  /** Presentation, ms. */
  readonly time: number;
  readonly keyframe: boolean;
  readonly data: Uint8Array;
}

const UNKNOWN_SIZE = 16;

/** Undefined where there is no decoder for it. */
export function codedFormat(format: VideoFormat): CodedFormat | undefined {
  if (tagOfCodec('video', format.codec) === undefined) return undefined;
  const { width, height } = pictureSize(format);
  const extradata = isNalCodec(format.codec) ? Buffer.alloc(0) : format.extradata;
  return { codec: format.codec, extradata, width: width || UNKNOWN_SIZE, height: height || UNKNOWN_SIZE };
}

/**
 * A copy of what a decoder needs of a packet: keyframes with all parameter sets, everything without SEI. The decoder is
 * told that pictures come in the order in which they are shown, so that it holds none back; where they do not, those that
 * come late (B-frames) are not shown.
 * @returns undefined where there is nothing to decode
 */
export function codedPicture(format: VideoFormat, packet: VideoPacket): CodedPicture | undefined {
  const { codec } = format;
  const { time, units } = packet;
  if (!isNalCodec(codec)) {
    const { keyframe, bytes } = packet;
    return bytes === 0 ? undefined : { time, keyframe, data: new Uint8Array(Buffer.concat(units)) };
  }
  if (!units.some((unit) => isSlice(codec, unit))) return undefined;
  const keyframe = packet.keyframe && isKeyframe(codec, units);
  const own = units.filter((unit) => isSlice(codec, unit) || isParameterSet(codec, unit));
  const all = keyframe ? [...format.parameterSets, ...own] : own;
  const patched = all.map((unit) => (isSps(codec, unit) ? withoutReordering(codec, unit) : unit));
  return { time, keyframe, data: toAnnexB(keyframe ? [...END_OF_SEQUENCE[codec], ...patched] : patched) };
}

/** Whatever was fed before: HEVC's CRA pictures count on from it unless the sequence has ended. */
const END_OF_SEQUENCE: Readonly<Record<NalCodec, readonly Buffer[]>> = { h264: [], hevc: [Buffer.from([36 << 1, 1])] };
