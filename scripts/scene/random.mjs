/** Repeatable randomness: the scene is the same on every machine. */

/** @returns numbers in [0, 1), by mulberry32 */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @returns numbers of a normal distribution, mean 0 and deviation 1 (Box-Muller) */
export function normalFrom(seed) {
  const random = randomFrom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const hash = (x, y) => {
  let mixed = Math.imul(x, 374761393) ^ Math.imul(y, 668265263);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 1274126177);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
};

/** @returns a number in [0, 1) for each cell of a grid */
export const cellNoise = (x, y) => hash(Math.floor(x), Math.floor(y));

/** Smooth value noise in [0, 1). */
export function smoothNoise(x, y) {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const across = (x - left) ** 2 * (3 - 2 * (x - left));
  const down = (y - top) ** 2 * (3 - 2 * (y - top));
  const upper = hash(left, top) * (1 - across) + hash(left + 1, top) * across;
  const lower = hash(left, top + 1) * (1 - across) + hash(left + 1, top + 1) * across;
  return upper * (1 - down) + lower * down;
}

/** Smooth noise over several octaves, about 0.5 in the middle. */
export function cloudNoise(x, y, octaves) {
  let sum = 0;
  let weight = 0.5;
  for (let octave = 0; octave < octaves; octave++) {
    sum += weight * smoothNoise(x, y);
    weight /= 2;
    x = x * 2.03 + 17.1;
    y = y * 2.03 + 5.7;
  }
  return sum / (1 - weight * 2);
}
