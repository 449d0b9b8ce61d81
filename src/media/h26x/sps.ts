import { BitReader } from './bits.js';
import { parseH264Sps } from './h264-sps.js';
import { parseHevcSps } from './hevc-sps.js';
import { isSlice, isSps, nalType, type NalCodec } from './nal.js';
import type { SpsInfo } from './sps-info.js';

export type { Chroma, Profile, SpsInfo } from './sps-info.js';

/** Reads an SPS NAL unit (with its NAL header, without a start code). Undefined for anything that is not a valid one. */
export function parseSps(codec: NalCodec, unit: Buffer): SpsInfo | undefined {
  if (!isSps(codec, unit)) return undefined;
  return codec === 'h264' ? parseH264Sps(unit) : parseHevcSps(unit);
}

export type SliceType = 'I' | 'P' | 'B';

/**
 * The type of a coded slice, read from the head of its header. Undefined for units that are no slices, for what is cut
 * short, and for HEVC slices that do not begin a picture (their type cannot be found without the parameter sets).
 * HEVC encoders without reordering may mark their P pictures as B: for HEVC, B is no evidence of reordering.
 */
export function sliceType(codec: NalCodec, unit: Buffer): SliceType | undefined {
  if (!isSlice(codec, unit)) return undefined;
  return codec === 'h264' ? h264SliceType(unit) : hevcSliceType(unit);
}

/** Holds everything up to the slice's type: the NAL unit header and two or three Exp-Golomb codes. */
const SLICE_HEAD_BYTES = 32;

/** 7.3.3; `slice_type` 5 to 9 repeat 0 to 4, SP and SI count as P and I (table 7-6). */
function h264SliceType(unit: Buffer): SliceType | undefined {
  const type = nalType('h264', unit);
  if (type === 3 || type === 4) return undefined; // data partitions B and C have no slice header
  const reader = new BitReader(unit.subarray(0, SLICE_HEAD_BYTES), 1);
  reader.ue(); // first_mb_in_slice
  const code = reader.ue();
  if (reader.overran() || code > 9) return undefined;
  return (['P', 'B', 'I', 'P', 'I'] as const)[code % 5];
}

/** 7.3.6.1, for a picture parameter set without `num_extra_slice_header_bits`, which no camera is known to use. */
function hevcSliceType(unit: Buffer): SliceType | undefined {
  const reader = new BitReader(unit.subarray(0, SLICE_HEAD_BYTES), 2);
  if (!reader.flag()) return undefined; // first_slice_segment_in_pic_flag
  const type = nalType('hevc', unit);
  if (type >= 16 && type <= 23) reader.skip(1); // no_output_of_prior_pics_flag
  reader.ue(); // slice_pic_parameter_set_id
  const code = reader.ue();
  return reader.overran() ? undefined : (['B', 'P', 'I'] as const)[code];
}
