import type { Feed } from '../feed/feed.js';
import type { Gop } from '../feed/ring.js';
import type { Coders, Codings } from './coding.js';

export interface ClipFeed extends Pick<Feed, 'formats' | 'subscribe'> {
  readonly ring: { readonly all: readonly Gop[] };
}

export interface ClipOptions {
  /** On the hub's clock, ms: the clip begins with the last keyframe at or before it, as far as memory reaches. */
  readonly from: number;
  /** The end on the hub's clock, ms; undefined as long as it is not known. Asked at each picture. */
  readonly until: () => number | undefined;
  /** Ends the clip with what is there. */
  readonly signal: AbortSignal;
  readonly coders: Coders;
  /** What becomes of the streams; default: whatever MP4 carries is copied, but for a mask. */
  readonly codings?: Codings;
  /** Filters for ffmpeg, which blacken what must not be seen. */
  readonly mask?: string | undefined;
  /** Without a picture for so long the clip ends, ms; default 5000. */
  readonly patience?: number;
  /** How long sound, or pictures in an encoder, are waited for, ms; default 1000: sound comes some 100 ms late. */
  readonly grace?: number;
  /**
   * The same for the first sound, and for pictures in an encoder when the camera has gone: a process has to start before
   * they come. Default `grace`.
   */
  readonly startGrace?: number;
  /** What may wait for a slow disk or encoder beside what was in memory already, bytes; default 32 MiB. */
  readonly waiting?: number;
}

/**
 * `complete`: at its end. The others, before it: the connection broke, the camera sends another format, no picture came,
 * the disk or an encoder is too slow, there is no encoder or it failed, or it was told to.
 */
export type ClipEnding =
  'complete' | 'interrupted' | 'format-changed' | 'stalled' | 'too-slow' | 'no-encoder' | 'encoder-failed' | 'aborted';

export interface ClipEnd {
  readonly ending: ClipEnding;
  /** When the first picture was taken, on the hub's clock, ms. */
  readonly start: number;
  /** Milliseconds; 0 where there is no picture. */
  readonly duration: number;
  /** What an encoder said at its end. */
  readonly detail?: string;
}
