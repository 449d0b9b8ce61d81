import type { OnvifClaim, OnvifEvent } from '../../onvif/device.js';
import type { Report } from '../reports/reports.js';

/** What goes on, as the camera has it: claims with their rules. */
export type GoingOn = ReadonlySet<string>;

export const NOTHING: GoingOn = new Set();

/** A camera that never says that anything is over. */
const MOST = 64;

/** What it is to others; of a lens that is covered there is nothing to report. */
const SAYS: Readonly<Record<Exclude<OnvifClaim, 'tamper'>, Report['says']>> = {
  motion: 'motion',
  person: 'person',
  vehicle: 'vehicle',
  animal: 'animal',
  package: 'package',
  line: 'motion',
  ring: 'ring',
};

export interface HeardClaim {
  readonly goesOn: GoingOn;
  readonly report: Report | undefined;
  /** It will be said when it is over. */
  readonly ends: boolean;
}

/** Cameras tell one thing by several rules: it is over when the last of them says so. */
export function heardClaim(before: GoingOn, { claim, state, rule }: OnvifEvent): HeardClaim {
  if (claim === 'tamper') return { goesOn: before, report: undefined, ends: false };
  const report = (over: boolean): Report => ({
    ...{ says: SAYS[claim], over, confidence: undefined, box: undefined },
    region: rule,
  });
  // These are moments, whatever the camera says.
  if (claim === 'ring' || claim === 'line' || state === 'happens')
    return { goesOn: before, report: state === 'ends' ? undefined : report(false), ends: false };
  const goesOn = new Set(before);
  const key = `${claim} ${rule ?? ''}`;
  if (state === 'begins') {
    if (goesOn.size < MOST) goesOn.add(key);
    return { goesOn, report: report(false), ends: true };
  }
  const known = goesOn.delete(key);
  return { goesOn, report: known && goesOn.size === 0 ? report(true) : undefined, ends: true };
}

/** As far back as the hub remembers pictures, ms. */
const MEMORY = 10_000;

/**
 * When something happened, on the hub's monotonic clock.
 *
 * @param at ms since the epoch, as the camera has it; what is not likely is not believed
 */
export function momentOf(at: number | undefined, now: { readonly monotonic: number; readonly epoch: number }): number {
  const ago = at === undefined ? 0 : now.epoch - at;
  return ago > 0 && ago <= MEMORY ? now.monotonic - ago : now.monotonic;
}
