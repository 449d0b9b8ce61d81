import type { CodedFormat, CodedPicture } from '../media/ffmpeg/coded-picture.js';
import type { Adaptation } from './adapt.js';
import type { WatchMode } from './mode.js';
import type { CandidateSource, Finding } from './types.js';
import type { Zone } from './zones.js';

/** A packet of which only the size is of interest. */
export interface PacketSize {
  readonly time: number;
  readonly bytes: number;
  readonly keyframe: boolean;
}

/** A part of a stream, in the order in which the analysis is to take it. */
export type Portion =
  | { readonly type: 'format'; readonly format: CodedFormat }
  /** As `format`, where there is no decoder for it. */
  | { readonly type: 'undecodable'; readonly codec: string }
  /** `jump`: it begins with a keyframe that may be older than what came before. */
  | { readonly type: 'coded'; readonly jump: boolean; readonly pictures: readonly CodedPicture[] }
  | { readonly type: 'sizes'; readonly packets: readonly PacketSize[] }
  /** What comes next, if anything, does not continue what came before: what is going on ends. */
  | { readonly type: 'interrupted' };

/** How one camera's analysis begins. */
export interface AnalysisSettings {
  readonly ffmpeg: { readonly path: string; readonly passthrough: readonly string[] };
  readonly mode: WatchMode;
  readonly zones: readonly Zone[];
  /** 0 to 100. */
  readonly sensitivity: number;
  /** What was learned before; undefined where nothing was. */
  readonly adaptation: Adaptation | undefined;
  /** 0 where nobody has complained; see doubt.ts. */
  readonly doubt: number;
}

/**
 * To the analysis. Plain data: it crosses a thread today, and could cross a broker to another machine. Cameras are
 * numbers given by whoever sends, so that one that is opened again is another.
 */
export type Request =
  | { readonly type: 'open'; readonly camera: number; readonly settings: AnalysisSettings }
  | { readonly type: 'feed'; readonly camera: number; readonly portions: readonly Portion[] }
  | { readonly type: 'mode'; readonly camera: number; readonly mode: WatchMode }
  | { readonly type: 'candidate'; readonly camera: number; readonly at: number; readonly source: CandidateSource }
  | { readonly type: 'doubt'; readonly camera: number; readonly doubt: number }
  /** Forgets what was learned. */
  | { readonly type: 'forget'; readonly camera: number }
  | { readonly type: 'close'; readonly camera: number };

/** What an analysis says. */
export type News =
  | { readonly type: 'finding'; readonly finding: Finding }
  | { readonly type: 'learned'; readonly adaptation: Adaptation }
  /** It cannot see for now (`blind`), or not all, and why, as a sentence without its full stop; undefined when it is over. */
  | { readonly type: 'trouble'; readonly reason: string | undefined; readonly blind: boolean };

/** From the analysis. */
export type Reply =
  | ({ readonly camera: number } & News)
  /** Everything that belonged to the camera has ended. */
  | { readonly type: 'closed'; readonly camera: number };
