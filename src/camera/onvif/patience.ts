import type { SourceFailure } from '../../media/source.js';
import type { OnvifFault } from '../../onvif/device.js';

const FIRST = 1000;
const LONGEST = 60_000;
/** Cameras lock an account after a few wrong passwords. */
const REFUSED = 300_000;
/** Nobody switches ONVIF on while we wait. */
const ABSENT_LONGEST = 600_000;

/**
 * How long to wait before the next attempt, ms.
 *
 * @param attempts since it was last connected for a while, the failed one included
 */
export function onvifDelay(fault: OnvifFault, attempts: number): number {
  if (fault === 'login') return REFUSED;
  return Math.min(fault === 'absent' ? ABSENT_LONGEST : LONGEST, FIRST * 2 ** Math.min(attempts - 1, 12));
}

/** The same for events that it refuses while the rest of it works. @param attempts the failed one included */
export const eventsDelay = (attempts: number): number =>
  Math.min(ABSENT_LONGEST, 10_000 * 2 ** Math.min(attempts - 1, 8));

/**
 * What a refusal of events means: `there`: the rest of it works; `gone`: it is to be found anew; `unknown`: it may be
 * that events are what it cannot do.
 */
export function presence(fault: OnvifFault): 'there' | 'gone' | 'unknown' {
  if (fault === 'refused') return 'there';
  return fault === 'silent' || fault === 'login' ? 'gone' : 'unknown';
}

/** What it means for a stream whose address cannot be asked for. */
export const FAILURES: Readonly<Record<OnvifFault, SourceFailure>> = {
  login: 'unauthorized',
  absent: 'unreachable',
  silent: 'timed-out',
  nonsense: 'garbage',
  refused: 'not-found',
};
