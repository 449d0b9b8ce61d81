/** What a camera's sensitivity means to the detector. */
export interface Demands {
  /** Added to the logit of every track. */
  readonly offset: number;
  /** Multiplies what it takes to open a window. */
  readonly watch: number;
  /** Pixels that a thing must have had; at 160×90, 144 are 1 % of the picture. */
  readonly area: number;
}

export const USUAL = 50;

const LESS = -4;
const MORE = 6;
const LARGE = 144;
const STEEP = 4;

/**
 * @param sensitivity 0 only large and certain things, 50 the usual, 100 whatever moves; beyond that as the nearer of them
 */
export function demandsOf(sensitivity: number): Demands {
  const part = Math.min(1, Math.max(-1, (sensitivity - USUAL) / USUAL));
  return {
    offset: part < 0 ? -part * LESS : part * MORE,
    watch: STEEP ** -part,
    area: part < 0 ? LARGE * part * part : 0,
  };
}
