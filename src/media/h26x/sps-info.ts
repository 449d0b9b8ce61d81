/** What a sequence parameter set says of its pictures. */
export interface SpsInfo {
  /** Pixels after cropping. */
  readonly width: number;
  readonly height: number;
  readonly profileIdc: number;
  /** H.264: the byte with `constraint_set0_flag` in its highest bit. HEVC: the 48 bits before `general_level_idc`. */
  readonly constraintFlags: number;
  /** H.264: ten times the level; HEVC: thirty times. */
  readonly levelIdc: number;
  readonly profile: Profile;
  /** `3.1`, `4`, `1b`. */
  readonly level: string;
  /** Frames a second from the VUI; absent where the stream does not say. Cameras are known to lie here. */
  readonly fps?: number;
  /** Of luma. */
  readonly bitDepth: number;
  readonly chroma: Chroma;
  /** True where the pictures may be fields or hold two of them. */
  readonly interlaced: boolean;
  /**
   * Frames that may precede another in decoding order and follow it on the screen: 0 means no B-frames that matter.
   * Absent where the stream neither says nor implies it.
   */
  readonly reorderFrames?: number;
  /** Where the codes that say so stand, as bits of the payload after the NAL unit's header; one for each sub-layer in HEVC. */
  readonly reorderCodes: readonly BitRange[];
  /** H.264: where a flag says that it does not say so; nothing but the end comes after it. */
  readonly unsaidAt?: { readonly bit: number; readonly flag: 'vui_parameters_present' | 'bitstream_restriction' };
}

export interface BitRange {
  readonly start: number;
  /** The first bit after it. */
  readonly end: number;
}

/** As ffmpeg's encoders call them in `-profile:v`, without the variants of a family. */
export type Profile =
  | 'baseline'
  | 'main'
  | 'extended'
  | 'high'
  | 'high10'
  | 'high422'
  | 'high444'
  | 'cavlc444'
  | 'main10'
  | 'mainstillpicture'
  | 'rext'
  | 'unknown';

export type Chroma = '400' | '420' | '422' | '444';
