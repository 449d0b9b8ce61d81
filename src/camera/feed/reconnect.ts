import type { SourceFailure } from '../../media/source.js';

export interface Downtime {
  readonly failure: SourceFailure;
  /** Attempts since the stream last ran, this failure included. */
  readonly attempts: number;
  /** Since the stream last ran (or since the start), ms. */
  readonly lasted: number;
}

/** Viewers keep their session for 20 s while a camera is away, so it is tried often for as long as that and some more. */
const EAGER_FOR = 60_000;
const EAGER_STEP = 250;
const EAGER_LONGEST = 2_000;
const PATIENT_LONGEST = 30_000;
/** Cameras lock an account after a few wrong passwords. */
const REFUSED_FIRST = 10_000;
const REFUSED_LONGEST = 300_000;

/**
 * How long to wait before the next attempt, ms.
 * @param random in [0, 1): spreads a dozen cameras behind one switch that comes back
 */
export function reconnectDelay({ failure, attempts, lasted }: Downtime, random: number): number {
  const longest = failure === 'unauthorized' ? REFUSED_LONGEST : lasted < EAGER_FOR ? EAGER_LONGEST : PATIENT_LONGEST;
  const first = failure === 'unauthorized' ? REFUSED_FIRST : EAGER_STEP;
  // The first attempt after a stream that ran comes at once: most often the camera just closed one connection.
  const doubled = attempts <= 1 && failure !== 'unauthorized' ? 0 : first * 2 ** Math.min(attempts - 1, 12);
  return Math.round(Math.min(longest, doubled) * (0.75 + random / 4) + random * 200);
}

/** The stream counts as stalled after this long without a picture, ms. */
const STALL = 3_000;
const STALL_LONGEST = 20_000;
/** Sources watch their own handshake; after it a smart codec's first keyframe may be 19 s away (seen). */
const FIRST_PICTURE = 25_000;

/**
 * How long to wait for the next picture, ms.
 * @param interval the usual time between pictures, ms; undefined before the first one
 */
export function patience(interval: number | undefined): number {
  if (interval === undefined) return FIRST_PICTURE;
  return Math.min(STALL_LONGEST, Math.max(STALL, interval * 5));
}
