import { BitReader } from './bits.js';
import type { BitRange, Chroma, Profile, SpsInfo } from './sps-info.js';

/** Clause and field names are those of H.264 7.3.2.1.1 and E.1.1. */
export function parseH264Sps(unit: Buffer): SpsInfo | undefined {
  const reader = new BitReader(unit, 1);
  const profileIdc = reader.bits(8);
  const constraintFlags = reader.bits(8);
  const levelIdc = reader.bits(8);
  if (reader.ue() > 31) return undefined; // seq_parameter_set_id
  let chromaFormat = 1;
  let planesApart = false;
  let bitDepth = 8;
  if (HAS_CHROMA_FORMAT.has(profileIdc)) {
    chromaFormat = reader.ue();
    if (chromaFormat === 3) planesApart = reader.flag();
    bitDepth = 8 + reader.ue();
    const chromaDepth = 8 + reader.ue();
    if (chromaFormat > 3 || bitDepth > 14 || chromaDepth > 14) return undefined;
    reader.skip(1); // qpprime_y_zero_transform_bypass_flag
    if (reader.flag()) skipScalingLists(reader, chromaFormat === 3 ? 12 : 8);
  }
  if (reader.ue() > 12) return undefined; // log2_max_frame_num_minus4
  const orderType = reader.ue(); // pic_order_cnt_type
  if (!skipPictureOrder(reader, orderType)) return undefined;
  if (reader.ue() > 16) return undefined; // max_num_ref_frames
  reader.skip(1); // gaps_in_frame_num_value_allowed_flag
  const columns = reader.ue() + 1;
  const mapUnits = reader.ue() + 1;
  const framesOnly = reader.flag(); // frame_mbs_only_flag
  if (!framesOnly) reader.skip(1); // mb_adaptive_frame_field_flag
  reader.skip(1); // direct_8x8_inference_flag
  const [left, right, top, bottom] = reader.flag()
    ? [reader.ue(), reader.ue(), reader.ue(), reader.ue()]
    : [0, 0, 0, 0];
  const vuiAt = reader.position;
  const hasVui = reader.flag();
  if (reader.overran()) return undefined;

  const fieldFactor = framesOnly ? 1 : 2;
  const subsampled = planesApart ? 0 : chromaFormat;
  const cropX = subsampled === 1 || subsampled === 2 ? 2 : 1;
  const cropY = (subsampled === 1 ? 2 : 1) * fieldFactor;
  const width = columns * 16 - cropX * (left + right);
  const height = mapUnits * 16 * fieldFactor - cropY * (top + bottom);
  if (width < 1 || height < 1 || columns * 16 > MAX_SIDE || mapUnits * 16 * fieldFactor > MAX_SIDE) return undefined;

  const vui: Vui = hasVui ? readVui(reader) : { unsaidAt: { bit: vuiAt, flag: 'vui_parameters_present' } };
  const reorderFrames = vui.reorderFrames ?? impliedReorder(profileIdc, constraintFlags, orderType);
  return {
    width,
    height,
    profileIdc,
    constraintFlags,
    levelIdc,
    profile: PROFILES.get(profileIdc) ?? 'unknown',
    level: levelName(profileIdc, constraintFlags, levelIdc),
    ...(vui.fps === undefined ? {} : { fps: vui.fps }),
    bitDepth,
    chroma: CHROMA[chromaFormat] ?? '420',
    interlaced: !framesOnly,
    ...(reorderFrames === undefined ? {} : { reorderFrames }),
    reorderCodes: vui.reorderCode === undefined ? [] : [vui.reorderCode],
    ...(vui.unsaidAt === undefined ? {} : { unsaidAt: vui.unsaidAt }),
  };
}

/** Level 6.2 allows 16,888 pixels a side (A.3.1: √(8 × MaxFS) macroblocks). */
const MAX_SIDE = 16_896;

const HAS_CHROMA_FORMAT = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

const CHROMA: readonly Chroma[] = ['400', '420', '422', '444'];

const PROFILES: ReadonlyMap<number, Profile> = new Map([
  [66, 'baseline'],
  [77, 'main'],
  [88, 'extended'],
  [100, 'high'],
  [110, 'high10'],
  [122, 'high422'],
  [244, 'high444'],
  [44, 'cavlc444'],
]);

/** A.3.1, A.3.2: level 1b is 11 with `constraint_set3_flag` in the older profiles and 9 in the others. */
function levelName(profileIdc: number, constraintFlags: number, levelIdc: number): string {
  const older = profileIdc === 66 || profileIdc === 77 || profileIdc === 88;
  if (levelIdc === 9 || (older && levelIdc === 11 && (constraintFlags & 0x10) !== 0)) return '1b';
  return String(levelIdc / 10);
}

/** E.2.1: intra profiles reorder nothing; A.2.1: Baseline has no B slices; 8.2.1.3: type 2 is output in decoding order. */
function impliedReorder(profileIdc: number, constraintFlags: number, orderType: number): number | undefined {
  const intra = [44, 86, 100, 110, 122, 244].includes(profileIdc) && (constraintFlags & 0x10) !== 0;
  return intra || profileIdc === 66 || orderType === 2 ? 0 : undefined;
}

function skipPictureOrder(reader: BitReader, type: number): boolean {
  if (type === 0) return reader.ue() <= 12; // log2_max_pic_order_cnt_lsb_minus4
  if (type === 2) return true;
  if (type !== 1) return false;
  reader.skip(1); // delta_pic_order_always_zero_flag
  reader.se(); // offset_for_non_ref_pic
  reader.se(); // offset_for_top_to_bottom_field
  const cycle = reader.ue();
  if (cycle > 255) return false;
  for (let i = 0; i < cycle; i++) reader.se();
  return true;
}

function skipScalingLists(reader: BitReader, lists: number): void {
  for (let list = 0; list < lists; list++) {
    if (!reader.flag()) continue;
    let last = 8;
    let next = 8;
    for (let i = 0; i < (list < 6 ? 16 : 64); i++) {
      if (next !== 0) next = (last + reader.se() + 256) % 256;
      if (next !== 0) last = next;
    }
  }
}

interface Vui {
  readonly fps?: number;
  readonly reorderFrames?: number;
  readonly reorderCode?: BitRange;
  readonly unsaidAt?: SpsInfo['unsaidAt'];
}

/** Cameras are known to cut the VUI short: what it says counts only as far as it is whole. */
function readVui(reader: BitReader): Vui {
  if (reader.flag() && reader.bits(8) === 255) reader.skip(32); // aspect_ratio_idc, Extended_SAR
  if (reader.flag()) reader.skip(1); // overscan_appropriate_flag
  if (reader.flag()) {
    reader.skip(4); // video_format, video_full_range_flag
    if (reader.flag()) reader.skip(24); // colour description
  }
  if (reader.flag()) {
    reader.ue(); // chroma_sample_loc_type_top_field
    reader.ue(); // chroma_sample_loc_type_bottom_field
  }
  const fps = readTiming(reader);
  if (reader.overran()) return {};
  const timing = fps === undefined ? {} : { fps };
  const nalHrd = reader.flag();
  if (nalHrd && !skipHrd(reader)) return timing;
  const vclHrd = reader.flag();
  if (vclHrd && !skipHrd(reader)) return timing;
  if (nalHrd || vclHrd) reader.skip(1); // low_delay_hrd_flag
  reader.skip(1); // pic_struct_present_flag
  const bit = reader.position;
  if (!reader.flag())
    return reader.overran() ? timing : { ...timing, unsaidAt: { bit, flag: 'bitstream_restriction' } };
  reader.skip(1); // motion_vectors_over_pic_boundaries_flag
  for (let i = 0; i < 4; i++) reader.ue(); // max_bytes_per_pic_denom … log2_max_mv_length_vertical
  const start = reader.position;
  const reorderFrames = reader.ue();
  const reorderCode = { start, end: reader.position };
  const buffered = reader.ue(); // max_dec_frame_buffering
  if (reader.overran() || buffered > 16 || reorderFrames > buffered) return timing;
  return { ...timing, reorderFrames, reorderCode };
}

/** A frame is two ticks, whether it is interlaced or not (E.2.1, `num_units_in_tick`). */
function readTiming(reader: BitReader): number | undefined {
  if (!reader.flag()) return undefined;
  const unitsInTick = reader.bits(32);
  const timeScale = reader.bits(32);
  reader.skip(1); // fixed_frame_rate_flag
  return unitsInTick > 0 && timeScale > 0 ? timeScale / (2 * unitsInTick) : undefined;
}

function skipHrd(reader: BitReader): boolean {
  const count = reader.ue() + 1; // cpb_cnt_minus1
  if (count > 32) return false;
  reader.skip(8); // bit_rate_scale, cpb_size_scale
  for (let i = 0; i < count; i++) {
    reader.ue();
    reader.ue();
    reader.skip(1);
  }
  reader.skip(20); // lengths of delays and of the time offset
  return true;
}
