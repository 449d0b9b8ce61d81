import { BitReader } from './bits.js';
import type { BitRange, Chroma, Profile, SpsInfo } from './sps-info.js';

/** Clause and field names are those of H.265 7.3.2.2.1, 7.3.3 and E.2.1. */
export function parseHevcSps(unit: Buffer): SpsInfo | undefined {
  const reader = new BitReader(unit, 2);
  reader.skip(4); // sps_video_parameter_set_id
  const maxSubLayer = reader.bits(3);
  if (maxSubLayer > 6) return undefined;
  reader.skip(1); // sps_temporal_id_nesting_flag
  const general = readProfileTierLevel(reader, maxSubLayer);
  if (reader.ue() > 15) return undefined; // sps_seq_parameter_set_id
  const chromaFormat = reader.ue();
  if (chromaFormat > 3) return undefined;
  const planesApart = chromaFormat === 3 && reader.flag();
  const codedWidth = reader.ue();
  const codedHeight = reader.ue();
  const [left, right, top, bottom] = reader.flag()
    ? [reader.ue(), reader.ue(), reader.ue(), reader.ue()]
    : [0, 0, 0, 0];
  const bitDepth = 8 + reader.ue();
  const chromaDepth = 8 + reader.ue();
  if (bitDepth > 16 || chromaDepth > 16) return undefined;
  const orderBits = 4 + reader.ue(); // log2_max_pic_order_cnt_lsb_minus4
  if (orderBits > 16) return undefined;
  let reorderFrames = 0;
  const reorderCodes: BitRange[] = [];
  for (let i = reader.flag() ? 0 : maxSubLayer; i <= maxSubLayer; i++) {
    reader.ue(); // sps_max_dec_pic_buffering_minus1
    const start = reader.position;
    reorderFrames = reader.ue(); // of the highest sub-layer in the end
    reorderCodes.push({ start, end: reader.position });
    reader.ue(); // sps_max_latency_increase_plus1
  }
  if (reader.overran() || reorderFrames > 16) return undefined;

  const subsampled = planesApart ? 0 : chromaFormat;
  const cropX = subsampled === 1 || subsampled === 2 ? 2 : 1;
  const cropY = subsampled === 1 ? 2 : 1;
  const width = codedWidth - cropX * (left + right);
  const height = codedHeight - cropY * (top + bottom);
  if (width < 1 || height < 1 || codedWidth > MAX_SIDE || codedHeight > MAX_SIDE) return undefined;

  const vui = readToVui(reader, orderBits);
  return {
    width,
    height,
    profileIdc: general.profileIdc,
    constraintFlags: general.constraintFlags,
    levelIdc: general.levelIdc,
    profile: PROFILES.get(general.profileIdc) ?? 'unknown',
    level: String(general.levelIdc / 30),
    ...(vui.fps === undefined ? {} : { fps: vui.fps }),
    bitDepth,
    chroma: CHROMA[chromaFormat] ?? '420',
    interlaced: general.interlaced || vui.fields === true,
    reorderFrames,
    reorderCodes,
  };
}

/** Level 6.2 allows 16,888 luma samples a side (A.4.1: √(8 × MaxLumaPs)). */
const MAX_SIDE = 16_896;

const CHROMA: readonly Chroma[] = ['400', '420', '422', '444'];

const PROFILES: ReadonlyMap<number, Profile> = new Map([
  [1, 'main'],
  [2, 'main10'],
  [3, 'mainstillpicture'],
  [4, 'rext'],
]);

interface General {
  readonly profileIdc: number;
  readonly constraintFlags: number;
  readonly levelIdc: number;
  readonly interlaced: boolean;
}

function readProfileTierLevel(reader: BitReader, maxSubLayer: number): General {
  reader.skip(3); // general_profile_space, general_tier_flag
  const profileIdc = reader.bits(5);
  reader.skip(32); // general_profile_compatibility_flag
  const constraintFlags = reader.bits(48);
  const levelIdc = reader.bits(8);
  const present: { profile: boolean; level: boolean }[] = [];
  for (let i = 0; i < maxSubLayer; i++) present.push({ profile: reader.flag(), level: reader.flag() });
  if (maxSubLayer > 0) reader.skip(2 * (8 - maxSubLayer)); // reserved_zero_2bits
  for (const { profile, level } of present) reader.skip((profile ? 88 : 0) + (level ? 8 : 0));
  const progressive = constraintFlags >= 2 ** 47; // general_progressive_source_flag
  const interlaced = constraintFlags % 2 ** 47 >= 2 ** 46; // general_interlaced_source_flag
  return { profileIdc, constraintFlags, levelIdc, interlaced: interlaced && !progressive };
}

interface Vui {
  readonly fps?: number;
  readonly fields?: boolean;
}

/** What lies between the size and the VUI has to be walked through; an odd value there only costs the VUI. */
function readToVui(reader: BitReader, orderBits: number): Vui {
  for (let i = 0; i < 6; i++) reader.ue(); // log2_min_luma_coding_block_size_minus3 … max_transform_hierarchy_depth_intra
  if (reader.flag() && reader.flag()) skipScalingLists(reader);
  reader.skip(2); // amp_enabled_flag, sample_adaptive_offset_enabled_flag
  if (reader.flag()) {
    reader.skip(8); // pcm_sample_bit_depth_luma_minus1, pcm_sample_bit_depth_chroma_minus1
    reader.ue();
    reader.ue();
    reader.skip(1);
  }
  if (!skipReferenceSets(reader)) return {};
  if (reader.flag()) {
    const longTerm = reader.ue(); // num_long_term_ref_pics_sps
    if (longTerm > 32) return {};
    reader.skip(longTerm * (orderBits + 1));
  }
  reader.skip(2); // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
  return reader.flag() ? readVui(reader) : {};
}

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
  reader.skip(1); // neutral_chroma_indication_flag
  const fields = reader.flag(); // field_seq_flag
  reader.skip(1); // frame_field_info_present_flag
  if (reader.flag()) for (let i = 0; i < 4; i++) reader.ue(); // default display window
  if (reader.overran()) return {};
  if (!reader.flag()) return { fields }; // vui_timing_info_present_flag
  const unitsInTick = reader.bits(32);
  const timeScale = reader.bits(32);
  if (reader.overran() || unitsInTick === 0 || timeScale === 0) return { fields };
  return { fields, fps: timeScale / unitsInTick };
}

/** 7.3.4. */
function skipScalingLists(reader: BitReader): void {
  for (let size = 0; size < 4; size++) {
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      if (!reader.flag()) {
        reader.ue(); // scaling_list_pred_matrix_id_delta
        continue;
      }
      if (size > 1) reader.se(); // scaling_list_dc_coef_minus8
      for (let i = 0; i < Math.min(64, 1 << (4 + (size << 1))); i++) reader.se();
    }
  }
}

/** 7.3.7, as it stands in an SPS; false where the counts are out of range. */
function skipReferenceSets(reader: BitReader): boolean {
  const sets = reader.ue(); // num_short_term_ref_pic_sets
  if (sets > 64) return false;
  let pictures = 0; // of the set before
  for (let set = 0; set < sets; set++) {
    if (set > 0 && reader.flag()) {
      reader.skip(1); // delta_rps_sign
      reader.ue(); // abs_delta_rps_minus1
      let kept = 0;
      for (let i = 0; i <= pictures; i++) if (reader.flag() || reader.flag()) kept++; // used_by_curr_pic, use_delta
      pictures = kept;
    } else {
      const before = reader.ue(); // num_negative_pics
      const after = reader.ue(); // num_positive_pics
      if (before > 16 || after > 16) return false;
      pictures = before + after;
      for (let i = 0; i < pictures; i++) {
        reader.ue(); // delta_poc_minus1
        reader.skip(1); // used_by_curr_pic_flag
      }
    }
    if (reader.overran()) return false;
  }
  return true;
}
