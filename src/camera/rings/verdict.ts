/** Who may say that the button was pressed. `control`: somebody who tries, on the settings page or the command line. */
export const RING_SOURCES = ['camera', 'mqtt', 'http', 'homekit', 'control'] as const;
export type RingSource = (typeof RING_SOURCES)[number];

export interface Press {
  /** Milliseconds on the hub's monotonic clock. */
  readonly at: number;
  readonly source: RingSource;
}

/**
 * `rings`. `agrees`: another source says what is known already. `too-soon`: somebody hammers at the button, or it
 * bounces.
 */
export type Verdict = 'rings' | 'agrees' | 'too-soon';

/**
 * @param last the last press that rang
 * @param interval ms; a button that is held down rings once in each
 */
export function verdictOf(press: Press, last: Press | undefined, interval: number): Verdict {
  if (last === undefined || Math.abs(press.at - last.at) >= interval) return 'rings';
  return press.source === last.source ? 'too-soon' : 'agrees';
}
