import type { Weights } from './score.js';

/**
 * Learned by bench/detection/train.ts on generated scenes, on generated things in real empty scenes, and on real clips with
 * and without generated disturbances; docs/detection.md has how they do on cameras that were left out.
 */
export const WEIGHTS: Weights = {
  bias: -6.76,
  features: [
    2.53, // ratio
    5.09, // straight
    -0.43, // texture
    0.88, // changed
    0.64, // age
    4.34, // hits
    -2.35, // fast
    -1.58, // others
    -3.11, // edges
    2.3, // sharp
    -2.84, // fill
    -0.88, // brighter
  ],
};
