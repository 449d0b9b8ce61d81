import { Likeness } from '../../src/detection/likeness.js';

/** A texture of period 4 across and down. */
const texture = (x: number, y: number): number =>
  100 + 20 * Math.sin((x * Math.PI) / 2) + 15 * Math.cos((y * Math.PI) / 2);

function likeness(frame: (x: number, y: number) => number, background: (x: number, y: number) => number): Likeness {
  const likeness = new Likeness();
  for (let y = 0; y < 12; y++)
    for (let x = 0; x < 12; x++) {
      const [f, m] = [frame(x, y), background(x, y)];
      likeness.add(f, m, frame(x + 1, y) - f, frame(x, y + 1) - f, background(x + 1, y) - m, background(x, y + 1) - m);
    }
  return likeness;
}

const flicker = (x: number, y: number): number => 50 + ((x * 7 + y * 13) % 3);

describe('how alike frame and background are', () => {
  it.each([
    ['the same', texture, texture, 0.9, 1, 0],
    ['in shadow', (x: number, y: number) => texture(x, y) * 0.6, texture, 0.9, 1, 0.48],
    ['something plain before it', () => 40, texture, -0.1, 0.1, 0.81],
    ['something plain with noise before a plain wall', flicker, () => 150, -0.1, 0.1, 1],
    ['the opposite', (x: number, y: number) => 200 - texture(x, y), texture, -1, -0.9, 0],
  ])('%s', (_, frame, background, least, most, depth) => {
    const { texture, edges, depth: found } = likeness(frame, background);
    for (const share of [texture, edges]) {
      expect(share).toBeGreaterThanOrEqual(least);
      expect(share).toBeLessThanOrEqual(most);
    }
    expect(found).toBeCloseTo(depth, 1);
  });
});
