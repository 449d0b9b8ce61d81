import { createHash } from 'node:crypto';
import { isKeyframe, isNalCodec, isParameterSet, isSlice, isSps, toAnnexB, type NalCodec } from '../h26x/nal.js';
import { withoutReordering } from '../h26x/reorder.js';
import { parseSps, type SpsInfo } from '../h26x/sps.js';
import type { VideoFormat, VideoPacket } from '../packet.js';

/**
 * What a decoder that knows nothing of the stream is fed to show a keyframe at once; undefined for what is none.
 * Only what shows in the picture is passed on: with pictures of other cameras in the same decoder, nothing may depend on
 * what was there before, and SEI of cameras is known to be malformed.
 */
export function keyframeData(format: VideoFormat, keyframe: VideoPacket): Buffer | undefined {
  const { codec } = format;
  if (!isNalCodec(codec)) return keyframe.bytes === 0 ? undefined : Buffer.concat(keyframe.units);
  if (!isKeyframe(codec, keyframe.units)) return undefined;
  const sets = [...format.parameterSets, ...keyframe.units.filter((unit) => isParameterSet(codec, unit))].map((set) =>
    isSps(codec, set) ? withoutReordering(codec, set) : set,
  );
  // The second field of an interlaced keyframe is no keyframe by itself.
  const fields = spsOf(format)?.interlaced === true;
  const slices = keyframe.units.filter((unit) => isSlice(codec, unit) && (fields || isKeyframe(codec, [unit])));
  return toAnnexB([...sets, ...slices, ...END_OF_SEQUENCE[codec]]);
}

/** HEVC's keyframes may be CRA pictures, which count on from the pictures before them unless the sequence has ended. */
const END_OF_SEQUENCE: Readonly<Record<NalCodec, readonly Buffer[]>> = { h264: [], hevc: [Buffer.from([36 << 1, 1])] };

/** Pixels; 0 where nobody knows. */
export function pictureSize(format: VideoFormat): { readonly width: number; readonly height: number } {
  const { width, height } = spsOf(format) ?? format;
  return { width, height };
}

/** Equal for formats that one decoder can take in turn: it makes pictures of one size only. */
export function decoderKey(format: VideoFormat): string {
  const { width, height } = pictureSize(format);
  const config = format.extradata.length === 0 ? '' : createHash('sha256').update(format.extradata).digest('base64');
  return `${format.codec} ${width}x${height} ${config}`.trimEnd();
}

function spsOf({ codec, parameterSets }: VideoFormat): SpsInfo | undefined {
  if (!isNalCodec(codec)) return undefined;
  const sps = parameterSets.find((set) => isSps(codec, set));
  return sps && parseSps(codec, sps);
}
