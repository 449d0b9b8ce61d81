import { createHash } from 'node:crypto';
import { isKeyframe, isNalCodec, isParameterSet, isSlice, isSps, toAnnexB, type NalCodec } from '../h26x/nal.js';
import { withoutReordering } from '../h26x/reorder.js';
import { parseSps, type SpsInfo } from '../h26x/sps.js';
import type { VideoFormat, VideoPacket } from '../packet.js';

/**
 * What a decoder that knows nothing of the stream is fed to show a picture at once, one buffer for each picture that it
 * decodes on the way: a keyframe alone, or from a keyframe to the wanted picture, which is the last. Where pictures come
 * in another order than they are shown, the keyframe is shown instead. Undefined for what has no keyframe.
 * Only what shows in the picture is passed on: with pictures of other cameras in the same decoder, nothing may depend on
 * what was there before, and SEI of cameras is known to be malformed.
 */
export function pictureData(format: VideoFormat, packets: readonly VideoPacket[]): Buffer[] | undefined {
  const { codec } = format;
  const chain = neededFor(codec, packets);
  if (!isNalCodec(codec)) return chain?.map(({ units }) => Buffer.concat(units));
  // The second field of an interlaced keyframe is no keyframe by itself.
  const fields = spsOf(format)?.interlaced === true;
  return chain?.map(({ units }, at) => {
    const first = at === 0;
    const sets = units.filter((unit) => isParameterSet(codec, unit));
    const known = [...(first ? format.parameterSets : []), ...sets].map((set) =>
      isSps(codec, set) ? withoutReordering(codec, set) : set,
    );
    const slices = units.filter((unit) => isSlice(codec, unit) && (!first || fields || isKeyframe(codec, [unit])));
    return toAnnexB([...known, ...slices, ...(at === chain.length - 1 ? END_OF_SEQUENCE[codec] : [])]);
  });
}

/** From the last keyframe on; that alone where the others are reordered. */
function neededFor(codec: string, packets: readonly VideoPacket[]): VideoPacket[] | undefined {
  const pictures = packets.filter(({ units }) => !isNalCodec(codec) || units.some((unit) => isSlice(codec, unit)));
  const start = pictures.findLastIndex((picture) => standsAlone(codec, picture));
  // The wanted one must have come through, if not whole.
  if (start < 0 || pictures.at(-1) !== packets.at(-1)) return undefined;
  const chain = pictures.slice(start);
  const inOrder = chain.every(({ time }, at) => time > (chain[at - 1]?.time ?? -Infinity));
  return inOrder ? chain : chain.slice(0, 1);
}

function standsAlone(codec: string, { keyframe, units, bytes }: VideoPacket): boolean {
  if (isNalCodec(codec)) return isKeyframe(codec, units);
  return bytes > 0 && (keyframe || codec === 'mjpeg');
}

/** HEVC's keyframes may be CRA pictures, which count on from the pictures before them unless the sequence has ended. */
const END_OF_SEQUENCE: Readonly<Record<NalCodec, readonly Buffer[]>> = { h264: [], hevc: [Buffer.from([36 << 1, 1])] };

/** Pixels; 0 where nobody knows. */
export function pictureSize(format: VideoFormat): { readonly width: number; readonly height: number } {
  const { width, height } = spsOf(format) ?? format;
  return { width, height };
}

/** Equal for formats that one decoder can take in turn: it makes pictures of one size only. */
export function formatKey(format: VideoFormat): string {
  const { width, height } = pictureSize(format);
  const config = format.extradata.length === 0 ? '' : createHash('sha256').update(format.extradata).digest('base64');
  return `${format.codec} ${width}x${height} ${config}`.trimEnd();
}

function spsOf({ codec, parameterSets }: VideoFormat): SpsInfo | undefined {
  if (!isNalCodec(codec)) return undefined;
  const sps = parameterSets.find((set) => isSps(codec, set));
  return sps && parseSps(codec, sps);
}
