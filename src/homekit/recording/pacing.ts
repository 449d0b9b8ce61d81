import { LENGTH_TOLERANCE } from './plan.js';

/** A part of a recording, ms. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** Whether one more GOP still belongs to a fragment of `length` ms. */
export const fits = (gops: readonly Span[], next: Span, length: number): boolean =>
  next.until - (gops[0]?.from ?? next.from) <= length + LENGTH_TOLERANCE;

/** Whether a fragment is to be sent without waiting for one more GOP, which will be as long as the last one was. */
export function isFull(gops: readonly Span[], length: number): boolean {
  const last = gops.at(-1);
  if (last === undefined) return false;
  return !fits(gops, { from: last.until, until: last.until + (last.until - last.from) }, length);
}

/** Hubs drop a prebuffer that is thrown at them, and give up when more than about 5 s pass between fragments: ms. */
const LEAST_BETWEEN = 1_000;
export const MOST_BETWEEN = 4_400;

/** How long to wait before the next fragment goes out, ms; the first one goes at once. */
export const waitBefore = (sentAt: number | undefined, now: number): number =>
  sentAt === undefined ? 0 : Math.max(0, sentAt + LEAST_BETWEEN - now);
