export interface StreamMoment {
  readonly online: boolean;
  /** Milliseconds since the newest keyframe came; undefined where there is none. */
  readonly age: number | undefined;
  /** Milliseconds between keyframes; undefined while only one was seen. */
  readonly interval: number | undefined;
}

/** `fresh` may be shown as what the camera sees now, `stale` may not, of `none` there is nothing to be shown. */
export type Freshness = 'fresh' | 'stale' | 'none';

/** A keyframe is awaited for that long beyond its time, ms: a camera's load, the network, reading in batches. */
const SLACK = 3_000;
/** Cameras that save keyframes while nothing moves may leave a minute between them. */
const LONGEST = 60_000;
/** For an interval that is not known yet: the longest that a common camera can be set to. */
const ASSUMED = 20_000;

/** While a camera is away its last picture ages at once: it serves for as long as the next one might still be due. */
export function freshness({ online, age, interval }: StreamMoment): Freshness {
  if (age === undefined) return 'none';
  const awaited = interval === undefined ? (online ? ASSUMED : 0) : Math.min(online ? 2 * interval : interval, LONGEST);
  return age <= Math.min(awaited + SLACK, LONGEST) ? 'fresh' : 'stale';
}
