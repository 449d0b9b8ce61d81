/** Times on the hub's clock, ms. */
export interface MotionTimes {
  readonly isOn: boolean;
  /** When it last began; undefined where it never did. */
  readonly beganAt: number | undefined;
  /** When the sensor last went off. */
  readonly endedAt: number | undefined;
  /** When somebody last rang. */
  readonly rangAt: number | undefined;
}

export interface Opened {
  /** When the hub opened the recording, ms. */
  readonly at: number;
  readonly prebuffer: number;
  /** Where the camera's last recording ended. */
  readonly lastEnd: number | undefined;
}

/** A recording is no longer than this, ms. */
export const LONGEST = 180_000;
/** Motion that ended longer ago is not what the hub opens a recording for, ms. */
const RECENT = 15_000;
/** Motion is found some pictures after its first pixels, ms. */
const UNNOTICED = 1_000;
/** Without motion, ms from the opening. */
const WITHOUT_MOTION = 15_000;
/** Who rings stands still and waits, ms. */
const AFTER_RING = 15_000;

/**
 * Where a recording is to begin, ms: its prebuffer before the motion, as far as memory reaches; but what the recording
 * before has shown is not shown again, beyond the prebuffer.
 */
export function beginning({ beganAt, endedAt, isOn }: MotionTimes, { at, prebuffer, lastEnd }: Opened): number {
  const isRecent = isOn || at - (endedAt ?? -Infinity) < RECENT;
  const wanted = (isRecent && beganAt !== undefined ? beganAt - UNNOTICED : at) - prebuffer;
  return Math.min(at - prebuffer, Math.max(wanted, lastEnd ?? -Infinity));
}

/**
 * When a recording ends, ms: with its motion, which its sensor holds on for a while, so that a second event goes on with
 * it; and some time after the last ring.
 * @param start of the first picture
 */
export function ending({ endedAt, isOn, rangAt }: MotionTimes, { at }: Pick<Opened, 'at'>, start: number): number {
  const most = start + LONGEST;
  if (isOn) return most;
  const isStill = endedAt === undefined || at - endedAt >= RECENT;
  const end = isStill ? at + WITHOUT_MOTION : Math.max(endedAt, at);
  return Math.min(most, rangAt === undefined ? end : Math.max(end, rangAt + AFTER_RING));
}
