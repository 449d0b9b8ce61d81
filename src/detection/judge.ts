import type { Reason } from './types.js';
import type { Upheaval } from './upheaval.js';

/** What a track was like that came to nothing: means over the frames in which it was seen. */
export interface Rejected {
  /** Frames in which it was seen, and milliseconds from the first to the last. */
  readonly hits: number;
  readonly age: number;
  /** Share of the frames from the first to the last in which it was seen. */
  readonly hitRate: number;
  /** Pixels, the largest. */
  readonly area: number;
  /** Net way over way, 0 to 1; pixels. */
  readonly straight: number;
  readonly net: number;
  readonly texture: number;
  readonly edges: number;
  readonly changed: number;
  readonly ratio: number;
  readonly busy: number;
  /** Its size against its own, in sizes per second over 5. */
  readonly fast: number;
  /** Other blobs at the same time. */
  readonly others: number;
  /** 1: all of it brighter than the background, or all of it darker. */
  readonly oneSign: number;
  /** The whole picture was shifted to and fro, or its light changed. */
  readonly shaken: boolean;
  readonly lit: boolean;
}

/**
 * Why it was no event. The order is that of certainty: what the whole picture did explains a track best, its own looks
 * next, its want of evidence last.
 */
export function judge(track: Rejected): Reason {
  if (track.shaken) return 'camera-shake';
  if (track.lit) return 'lighting';
  const brief = track.age < 1500;
  const erratic = track.fast > 0.5 || track.hitRate < 0.8;
  const flash = brief && track.changed > 0.7 && track.area < 300 && track.others < 4;
  if (track.edges > 0.7 && track.area > 20 && !flash) return track.oneSign > 0.8 ? 'lighting' : 'sway';
  if (track.others > 6 && track.ratio < 1.25) return 'noise';
  if (track.others > 6 && (erratic || brief)) return 'precipitation';
  if (track.changed > 0.5 && (brief || erratic) && track.area < 600)
    return track.others > 3 ? 'precipitation' : 'insect';
  if (track.area < 10) return 'too-small';
  if (track.busy > 0.04 || (track.straight < 0.4 && track.net < 5 && !brief)) return 'sway';
  if (track.net < 3 && track.texture > 0.4) return 'sway';
  if (track.hitRate < 0.6 || track.ratio < 1.1) return 'noise';
  return track.texture > 0.85 ? 'lighting' : 'too-brief';
}

/** Why the light jumped: an exposure that changed leaves little that is not explained, other lamps leave much. */
export const judgeJump = (share: number): Reason => (share > 0.15 ? 'infrared-switch' : 'exposure');

/** Why all of the picture changed at once. */
export function judgeUpheaval({ likeness, edges, shiftedEdges }: Upheaval): Reason {
  if (shiftedEdges > edges + 0.15 && shiftedEdges > 0.35) return 'camera-move';
  if (likeness > 0.9 && edges > 0.6) return 'exposure';
  if (edges > 0.25 || likeness > 0.4) return 'infrared-switch';
  return 'camera-move';
}
