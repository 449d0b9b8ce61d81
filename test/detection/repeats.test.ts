import { Scene } from '../../src/detection/scene.js';
import { logit } from '../../src/detection/score.js';
import { HEIGHT, PIXELS, WIDTH } from '../../src/detection/types.js';

const INTERVAL = 200;

/** A pale block that is 6 pixels further with every new picture, from 4 s on. */
const picture = (time: number, newEvery: number): Uint8Array => {
  const pixels = new Uint8Array(PIXELS).fill(90);
  const shown = Math.floor(time / newEvery) * newEvery;
  if (shown < 4_000) return pixels;
  const left = 10 + (6 * (shown - 4_000)) / newEvery;
  for (let y = 30; y < Math.min(HEIGHT, 50); y++) pixels.fill(200, y * WIDTH + left, y * WIDTH + left + 10);
  return pixels;
};

interface Seen {
  readonly time: number;
  readonly id: number;
  readonly changed: number;
  readonly speed: number;
}

const play = (newEvery: number, until: number): Seen[] => {
  const seen: Seen[] = [];
  let time = 0;
  const scene = new Scene({ bias: -9, features: [] }, undefined, 0, (track, _features, { changed }) => {
    seen.push({ time, id: track.id, changed, speed: track.velocityX });
  });
  for (; time < until; time += INTERVAL) scene.look({ time, pixels: picture(time, newEvery), keyframe: false });
  return seen;
};

describe('a camera of few pictures a second', () => {
  it.each([400, 600])('is one thing that moves steadily: a new picture every %i ms', (newEvery) => {
    const later = play(newEvery, 9_000).filter(({ time }) => time > 7_000);
    expect(new Set(later.map(({ id }) => id)).size).toBe(1);
    for (const { changed, speed } of later) {
      expect(changed).toBeGreaterThan(0.3);
      expect(Math.abs(speed - 6_000 / newEvery)).toBeLessThan(2);
    }
  });

  it('does not hide for long that nothing changes any more', () => {
    const rests = play(60_000, 63_000).filter(({ time }) => time > 61_200);
    expect(rests.length).toBeGreaterThan(0);
    for (const { changed } of rests) expect(changed).toBe(0);
  });
});

describe('the logit', () => {
  const features = Float64Array.of(1, 2);
  it.each([
    { what: 'is a sum', weights: { bias: 0.5, features: [1, -1] }, is: -0.5 },
    {
      what: 'is corrected by units',
      weights: { bias: 0.5, features: [1, -1], units: [{ weight: 2, bias: 0, features: [20, 20] }] },
      is: 1.5,
    },
    {
      what: 'is not changed by a unit that stands in the middle',
      weights: { bias: 0.5, features: [1, -1], units: [{ weight: 2, bias: -3, features: [1, 1] }] },
      is: -0.5,
    },
  ])('$what', ({ weights, is }) => {
    expect(logit(features, weights)).toBeCloseTo(is, 6);
  });
});
