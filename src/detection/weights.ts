import type { Weights } from './score.js';

/** First weights, of a study by leave-one-camera-out on real clips with disturbances. */
export const WEIGHTS: Weights = {
  bias: -6.7,
  features: [4, 3.9, -1, 1.7, 1.7, 4.7, -2.4, -1.2, -1.1, 0.6, -4.7, -1.1],
};
