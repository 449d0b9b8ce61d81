/** Where a sample is in its track, ticks. */
export interface Placed {
  /** At least 1. */
  readonly duration: number;
  /** From its decoding to its presentation; signed. */
  readonly offset: number;
}

export interface Run {
  /** When the first one is decoded. */
  readonly start: number;
  /** When the next run may begin. */
  readonly end: number;
  readonly samples: readonly Placed[];
}

/** A fragment that says to be longer has wrong times; an hour in ticks of any track fits into 32 bits with a sign. */
const LONGEST_SECONDS = 3600;

const clamp = (value: number, least: number, most: number): number =>
  Number.isNaN(value) ? least : Math.min(Math.max(value, least), most);

export interface PictureRun {
  /** Times of presentation, ticks, in the order of decoding; not empty. */
  readonly times: readonly number[];
  /** When the run before ended. */
  readonly from: number;
  /** When the keyframe of the next run is shown. */
  readonly until: number;
  /** Whether pictures of the next run may be shown before its keyframe, as HEVC has it. */
  readonly open: boolean;
  /** Ticks a second. */
  readonly timescale: number;
}

/**
 * Decoding times for pictures: each when it is shown or, ahead of B-frames, spread over the time before the first of
 * them. So durations come from absolute times, and no offset is negative (that would be as valid, but ffmpeg shows such
 * fragments late). Times that repeat are moved on by a tick; those beyond reason are brought back.
 */
export function placePictures({ times, from, until, open, timescale }: PictureRun): Run {
  const longest = LONGEST_SECONDS * timescale;
  const keyframe = clamp(times[0] ?? from, from, from + longest);
  const near = times.map((time, at) =>
    at === 0 ? keyframe : clamp(time, Math.max(0, keyframe - longest), keyframe + longest),
  );
  const shown = near.map((_, at) => at).sort((a, b) => (near[a] ?? 0) - (near[b] ?? 0) || a - b);
  const presented: number[] = [];
  for (const [slot, time] of ascending(shown.map((at) => near[at] ?? 0)).entries()) presented[shown[slot] ?? 0] = time;
  const decoded = decodingTimes(presented, from);
  const [start = from] = decoded;
  const last = decoded.at(-1) ?? start;
  const isReordered = presented.some((time, at) => time < (presented[at - 1] ?? 0));
  // Leaves room to decode the next keyframe before what leads it.
  const usual = Math.max(1, Math.round((last - start) / Math.max(1, times.length - 1)));
  const end = clamp(open && isReordered ? Math.min(until, last + usual) : until, last + 1, last + longest);
  const samples = decoded.map((time, at) => ({
    duration: (decoded[at + 1] ?? end) - time,
    offset: (presented[at] ?? time) - time,
  }));
  return { start, end, samples };
}

/** None later than it, or any after it, is shown; none before `from`. */
function decodingTimes(presented: readonly number[], from: number): number[] {
  const latest: number[] = [];
  let least = Infinity;
  for (let at = presented.length - 1; at >= 0; at--) latest[at] = least = Math.min(least, presented[at] ?? least);
  const isLed = (latest[0] ?? 0) < (presented[0] ?? 0);
  const spread: number[] = [];
  for (let first = 0; first < latest.length;) {
    const due = Math.max(latest[first] ?? 0, from);
    const before = spread.at(-1) ?? (isLed ? from : due);
    const count = latest.findLastIndex((time) => time <= due) + 1 - first;
    for (let at = 1; at <= count; at++) spread.push(before + Math.round(((due - before) * at) / count));
    first += count;
  }
  return ascending(spread);
}

/** Each at least a tick after the one before. */
function ascending(times: readonly number[]): number[] {
  let least = -Infinity;
  return times.map((time) => {
    least = Math.max(time, least + 1);
    return least;
  });
}

/** Times of sound that differ by less from where the unit before ended are taken for rounded, seconds. */
const ROUNDING_SECONDS = 0.002;

export interface SoundRun extends Run {
  /** The indices of the units that have a place. */
  readonly kept: readonly number[];
}

/**
 * Places units of sound one after the other. What begins before the track, or overlaps the unit before by more than half
 * of its length, has no place. Undefined where nothing has.
 * @param times ticks, in order of arrival
 * @param from when the run before ended; undefined before the first
 * @param length of a unit, ticks
 */
export function placeSound(
  times: readonly number[],
  from: number | undefined,
  length: number,
  timescale: number,
): SoundRun | undefined {
  const [longest, rounding] = [LONGEST_SECONDS * timescale, ROUNDING_SECONDS * timescale];
  const starts: number[] = [];
  const kept: number[] = [];
  let next = from;
  for (const [at, time] of times.entries()) {
    const overlap = (next ?? 0) - time;
    if (Number.isNaN(time) || overlap > (next === undefined ? 0 : length / 2)) continue;
    // Half a unit that is lost is made good by the next one's true time.
    const free = starts.length === 0 ? (next ?? 0) : (starts.at(-1) ?? 0) + 1;
    const start = Math.abs(overlap) <= rounding && next !== undefined ? next : clamp(time, free, (next ?? 0) + longest);
    starts.push(start);
    kept.push(at);
    next = start + length;
  }
  const [start] = starts;
  if (start === undefined || next === undefined) return undefined;
  const end = next;
  const samples = starts.map((time, at) => ({ duration: (starts[at + 1] ?? end) - time, offset: 0 }));
  return { start, end, samples, kept };
}
