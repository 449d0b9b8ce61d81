/** Day and night are learned apart: at night there are insects and noise, by day clouds and leaves. */
export type Period = 'day' | 'night';

/** How a window ended that the camera's own pictures or packets opened. */
export type Outcome = 'event' | 'nothing';

/** How much more than usual it takes to open a window; 1 is the usual, {@link MOST} the most. */
export interface Sensitivity {
  readonly factor: number;
  /** Windows that came to nothing lately; fades with {@link FADE}. */
  readonly vain: number;
  readonly at: number;
}

export type Adaptation = Readonly<Record<Period, Sensitivity>>;

const MOST = 3;
const FADE = 30 * 60_000;
const RECOVER = 2 * 3_600_000;
/** More in half an hour than this are a pile. */
const PILE = 4;
const RAISE = 1.2;
const LOWER = 0.9;

/** How every camera begins, and what resetting it gives. */
export const UNADAPTED: Adaptation = {
  day: { factor: 1, vain: 0, at: 0 },
  night: { factor: 1, vain: 0, at: 0 },
};

/** @param at milliseconds; only differences count */
export function adapt(before: Adaptation, period: Period, outcome: Outcome, at: number): Adaptation {
  const { factor, vain, at: last } = before[period];
  const elapsed = Math.max(0, at - last);
  const faded = vain * Math.exp(-elapsed / FADE);
  const recovered = 1 + (factor - 1) * Math.exp(-elapsed / RECOVER);
  const next =
    outcome === 'event'
      ? { factor: Math.max(1, recovered * LOWER), vain: faded / 2, at }
      : faded + 1 > PILE
        ? { factor: Math.min(MOST, recovered * RAISE), vain: faded + 1 - PILE / 2, at }
        : { factor: recovered, vain: faded + 1, at };
  return { ...before, [period]: next };
}

const DARK = 70;

/**
 * Day or night by the mean gray level, with a margin so that dusk does not flicker. The one infrared clip that was measured
 * has 61, seven by day have 102 to 141.
 */
export function periodOf(brightness: number, before: Period | undefined): Period {
  const margin = before === undefined ? 0 : before === 'day' ? -10 : 10;
  return brightness < DARK + margin ? 'night' : 'day';
}
