/** What a subscription asks for at first, ms: hub and camera both forget it soon when the other is gone. */
export const LEASE = 60_000;
/** How long a camera may hold a pull until it has something to say, ms. */
export const LONGEST_WAIT = 20_000;
/** What has to be left of a subscription beyond the next pull, ms: for the renewal and its answer. */
const marginOf = (lease: number): number => Math.min(15_000, lease / 4);
/** Between the beginnings of two pulls, ms, however fast the camera answers. */
const FASTEST = 100;
/** To the next pull of a camera that answers at once, ms: so late are its events. */
const SLOWEST = 1_000;
/** A pull that is shorter than this was not held, ms. */
const HELD = 1_000;
/** A wait that cameras take which take none of 20 s, ms. */
const SHORT = 5_000;

/** Pause before the next pull, ms. `idle`: how many answers in a row were empty and at once. */
export function pauseAfter(
  messages: number,
  took: number,
  idle: number,
): { readonly pause: number; readonly idle: number } {
  if (messages > 0) return { pause: Math.max(FASTEST - took, 0), idle: 0 };
  if (took >= HELD) return { pause: 0, idle: 0 };
  return { pause: Math.max(Math.min(FASTEST * 2 ** idle, SLOWEST) - took, FASTEST), idle: Math.min(idle + 1, 16) };
}

/** A pull's wait that fits into a lease, ms: short leases are renewed rather than outlived. */
export const waitWithin = (wait: number, lease: number): number => Math.min(wait, lease / 2 - marginOf(lease));

/** Whether it ends before the next pull is over. Times in ms on one clock. */
export const isDue = (until: number, now: number, wait: number, lease: number): boolean =>
  until - now < waitWithin(wait, lease) + marginOf(lease);

/**
 * A shorter wait for a camera that refused this one; undefined where that was not the reason.
 *
 * @param longest what the camera says that it allows, ms
 * @param pulled whether it took this wait before: then it has forgotten the subscription
 */
export function shorterWait(wait: number, longest: number | undefined, pulled: boolean): number | undefined {
  if (longest !== undefined) return longest < wait ? longest : undefined;
  return !pulled && wait > SHORT ? SHORT : undefined;
}

/** After so many subscriptions in a row that brought nothing the camera is given up. */
export const MOST_FAILURES = 5;

/** A subscription that is lost sooner than this would be made all the time, ms. */
const BRIEF = 10_000;

/**
 * Before the next subscription, ms: 0 after the first that is lost, then 1 s, 2 s, 4 s.
 *
 * @param age how long the subscription lasted, ms; undefined where there was none
 */
export const pauseBeforeNext = (failures: number, age: number | undefined): number =>
  failures <= 1 ? (age !== undefined && age < BRIEF ? 1_000 : 0) : 1_000 * 2 ** (failures - 2);
