/** Size of the gray pictures that the detector sees. Halving or doubling it measured worse (F1 .85 at 320×180). */
export const WIDTH = 160;
export const HEIGHT = 90;
export const PIXELS = WIDTH * HEIGHT;

/** A small gray picture. */
export interface GrayFrame {
  /** Milliseconds; the detector knows no other clock than this. */
  readonly time: number;
  /** {@link PIXELS} bytes, row by row from the top left, black 0 to white 255. */
  readonly pixels: Uint8Array;
  /** True for a frame decoded from a keyframe; between windows, keyframes are all that is looked at. */
  readonly keyframe: boolean;
}

/** A point or a size in fractions of the picture. */
export type Pair = readonly [x: number, y: number];

/** Left, top, width and height in fractions of the picture. */
export type Box = readonly [x: number, y: number, width: number, height: number];

/** Which cells of the 64×36 grid were touched: 288 bytes, row by row, lowest bit first. */
export type EventMask = Uint8Array;

/** One thing that was followed: where it began and ended, how large and fast it was. */
export interface Track {
  readonly id: number;
  /** Milliseconds on the frames' clock. */
  readonly from: number;
  readonly to: number;
  readonly start: Pair;
  readonly end: Pair;
  /** Share of the picture, the largest seen. */
  readonly size: number;
  /** Picture widths per second along its way. */
  readonly speed: number;
  /** Seconds. */
  readonly duration: number;
}

export interface DetectedEvent {
  /** Counts up from 1 in one detector's life. */
  readonly id: number;
  /** First motion, milliseconds on the frames' clock. */
  readonly start: number;
  /** When it was certain enough to be raised; never before `start`. */
  readonly detectedAt: number;
  /** Last motion seen so far. */
  readonly end: number;
  readonly category: 'motion';
  /** 0 to 1. */
  readonly confidence: number;
  /** Around everything that moved. */
  readonly box: Box;
  readonly mask: EventMask;
  readonly tracks: readonly Track[];
  /** Names of the zones that it has. */
  readonly zones: readonly string[];
  /** The event that this one goes on from, where one was cut because it was long. */
  readonly continues: number | undefined;
}

/** Why a candidate was no event. */
export type Reason =
  | 'lighting'
  | 'infrared-switch'
  | 'exposure'
  | 'camera-move'
  | 'camera-shake'
  | 'precipitation'
  | 'insect'
  | 'sway'
  | 'noise'
  | 'too-small'
  | 'too-brief'
  | 'masked'
  | 'nothing-seen';

export interface NonEvent {
  readonly at: number;
  readonly reason: Reason;
}

/** Who said that something may have begun. */
export type CandidateSource = 'start' | 'keyframe' | 'packets' | 'onvif' | 'mqtt' | 'http' | 'homekit';

/** What a detector says. Everything in it survives a structured clone. */
export type Finding =
  | { readonly type: 'event'; readonly phase: 'start' | 'update' | 'end'; readonly event: DetectedEvent }
  | { readonly type: 'non-event'; readonly nonEvent: NonEvent }
  /** Frames at 5 fps are wanted from `from` to `until`, beginning with the past. */
  | { readonly type: 'look'; readonly from: number; readonly until: number; readonly source: CandidateSource };
