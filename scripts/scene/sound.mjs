/** What the camera hears: wind, and steps when somebody walks by. */
import { normalFrom } from './random.mjs';
import { SECONDS } from './view.mjs';
import { footfalls } from './walker.mjs';

/** Hertz; a minute of it is a whole number of AAC frames (1024 samples), so that the loop has no gap. */
export const SAMPLE_RATE = 32_000;

/** Seconds over which the wind's end is mixed into its beginning. */
const SEAM = 2;

function wind() {
  const noise = normalFrom(21);
  const length = SAMPLE_RATE * SECONDS;
  const seam = SAMPLE_RATE * SEAM;
  const long = new Float32Array(length + seam);
  let low = 0;
  let lower = 0;
  for (let index = 0; index < long.length; index++) {
    low += 0.03 * (noise() - low);
    lower += 0.05 * (low - lower);
    const turn = (2 * Math.PI * index) / length;
    long[index] = lower * (0.1 + 0.04 * Math.sin(turn * 3) + 0.03 * Math.sin(turn * 7 + 1));
  }
  for (let index = 0; index < seam; index++) {
    const part = index / seam;
    long[index] = long[index] * Math.sqrt(part) + long[length + index] * Math.sqrt(1 - part);
  }
  return long.subarray(0, length);
}

/** One step: a dull thump and the grit under the sole. */
function addStep(samples, { time, x, z }, noise) {
  const loudness = 1 / (1 + (x * x + (z - 4) ** 2) / 9);
  const start = Math.round(time * SAMPLE_RATE);
  let low = 0;
  let last = 0;
  for (let index = 0; index < SAMPLE_RATE * 0.16; index++) {
    const seconds = index / SAMPLE_RATE;
    const grain = noise();
    low += 0.02 * (grain - low);
    const thump = low * 1.1 * Math.exp(-seconds / 0.03);
    const grit = (grain - last) * 0.028 * Math.min(1, seconds / 0.012) * Math.exp(-seconds / 0.035);
    last = grain;
    samples[(start + index) % samples.length] += loudness * (thump + grit);
  }
}

/** @returns the whole minute, mono, signed 16-bit little-endian */
export function hearGarden() {
  const samples = wind();
  const noise = normalFrom(22);
  for (const step of footfalls()) addStep(samples, step, noise);
  const bytes = Buffer.alloc(samples.length * 2);
  samples.forEach((sample, index) =>
    bytes.writeInt16LE(Math.round(32_767 * Math.max(-1, Math.min(1, sample))), index * 2),
  );
  return bytes;
}
