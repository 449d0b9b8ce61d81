import type { Weights } from './score.js';

/**
 * Learned by bench/detection/train.ts on generated scenes, on generated things in real empty scenes, and on real clips with
 * and without generated disturbances; docs/detection.md has how they do on cameras that were left out.
 */
export const WEIGHTS: Weights = {
  bias: -7.84,
  features: [
    2.02, // ratio
    4.94, // straight
    -1.07, // texture
    1.88, // changed
    0.93, // age
    4.22, // hits
    -2.02, // fast
    -1.46, // others
    -3.0, // edges
    1.12, // sharp
    -3.26, // fill
    -0.97, // brighter
  ],
};
