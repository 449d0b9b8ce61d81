import { Random } from '../../bench/detection/random.js';
import { makeScenery } from '../../bench/detection/scenery.js';
import { fitLight } from '../../src/detection/light.js';
import { PIXELS, WIDTH } from '../../src/detection/types.js';

const scene = makeScenery(new Random(3)).pixels;
const deviation = new Float32Array(PIXELS).fill(2);

describe('fitting the light', () => {
  it.each([
    { gain: 1, offset: 0 },
    { gain: 0.7, offset: 0 },
    { gain: 0.8, offset: 25 },
    { gain: 1.15, offset: -10 },
  ])('finds gain $gain and offset $offset though a fifth of the picture is covered', ({ gain, offset }) => {
    const pixels = Uint8Array.from(scene, (m, i) => (i % WIDTH < WIDTH / 5 ? 15 : gain * m + offset));
    const light = fitLight(pixels, scene, deviation);
    expect(light?.gain).toBeCloseTo(gain, 1);
    const probe = 120;
    expect(Math.abs((light?.gain ?? 0) * probe + (light?.offset ?? 0) - gain * probe - offset)).toBeLessThan(3);
  });

  it('takes the light to be the same where all is black', () => {
    expect(fitLight(new Uint8Array(PIXELS), scene, deviation)).toEqual({ gain: 1, offset: 0, inliers: 1 });
  });

  it('gives up on a frame that no change of light explains', () => {
    const random = new Random(1);
    const pixels = Uint8Array.from({ length: PIXELS }, () => (random.chance(0.5) ? 5 : 248));
    expect(fitLight(pixels, scene, deviation)).toBeUndefined();
  });
});
