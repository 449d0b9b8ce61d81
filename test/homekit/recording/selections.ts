import type { Selection } from '../../../src/homekit/recording/selection.js';

/** What an Apple TV selects. */
export const SELECTION: Selection = {
  ...{ prebuffer: 4000, fragment: 4000, width: 1920, height: 1080, fps: 30, bitrate: 2_000_000, profile: 'high' },
  sound: { sampleRate: 32_000, channels: 1, bitrate: 64_000 },
};
