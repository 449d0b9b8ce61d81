import type { Weights } from './score.js';

/** First weights, of a study by leave-one-camera-out on real clips with disturbances. */
export const WEIGHTS: Weights = {
  bias: -17.7,
  features: [0.88, 1.6, 3.6, -8, 4.7, 2.1, 7.5, -4.9, -1.6, 0, 0, 0, 0, 0, 0, 0, 0],
};
