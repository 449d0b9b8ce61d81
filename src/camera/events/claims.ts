/** Until when those who are trusted say that something goes on, by who says it, ms on the hub's clock. */
export type Claims = ReadonlyMap<string, number>;

export const NO_CLAIMS: Claims = new Map();

/** Of more the oldest is forgotten: it ends with the others. */
const MOST = 64;

/** With what somebody says; who said it for longer before still does. */
export function claimedBy(claims: Claims, by: string, until: number): Claims {
  const all = new Map(claims);
  all.delete(by);
  all.set(by, Math.max(until, claims.get(by) ?? until));
  const [oldest] = all.keys();
  if (all.size > MOST && oldest !== undefined) all.delete(oldest);
  return all;
}

/** Somebody says that it is over, which ends nobody else's claim; the same object where there was none to end. */
export function unclaimedBy(claims: Claims, by: string, at: number): Claims {
  const until = claims.get(by);
  return until === undefined || until <= at ? claims : new Map(claims).set(by, at);
}

/** When the last of them is silent; undefined where nobody said anything. */
export const claimedUntil = (claims: Claims): number | undefined =>
  claims.size === 0 ? undefined : Math.max(...claims.values());
