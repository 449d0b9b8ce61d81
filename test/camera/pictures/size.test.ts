import fc from 'fast-check';
import { drawnSize, fitInside } from '../../../src/camera/pictures/size.js';

describe('fitInside', () => {
  it.each([
    ['the same', [1280, 720], [1280, 720], [1280, 720]],
    ['smaller', [1280, 720], [640, 360], [640, 360]],
    ['never enlarged', [640, 360], [1280, 720], [640, 360]],
    ['a wide picture in a square', [1280, 720], [480, 480], [480, 270]],
    ['a 4:3 picture in 16:9', [640, 480], [640, 360], [480, 360]],
    ['an upright picture', [720, 1280], [1280, 720], [405, 720]],
    ['no size asked for', [1280, 720], [0, 0], [1280, 720]],
    ['a width only', [1280, 720], [320, 0], [320, 180]],
    ['a height only', [1280, 720], [0, 180], [320, 180]],
    ['next to nothing', [1280, 720], [1, 1], [1, 1]],
  ] as const)('%s', (_, [width, height], [askedWidth, askedHeight], [shownWidth, shownHeight]) => {
    expect(fitInside({ width, height }, { width: askedWidth, height: askedHeight })).toEqual({
      width: shownWidth,
      height: shownHeight,
    });
  });
});

describe('drawnSize', () => {
  it.each([
    [
      [640, 360],
      [640, 360],
    ],
    [
      [640, 480],
      [640, 480],
    ],
    [
      [0, 0],
      [1280, 720],
    ],
    [
      [320, 0],
      [320, 180],
    ],
    [
      [0, 180],
      [320, 180],
    ],
    [
      [3840, 2160],
      [1920, 1080],
    ],
    [
      [1, 1],
      [16, 16],
    ],
  ] as const)('of %p is %p', ([width, height], [drawnWidth, drawnHeight]) => {
    expect(drawnSize({ width, height })).toEqual({ width: drawnWidth, height: drawnHeight });
  });

  it('stays within bounds', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (width, height) => {
        const drawn = drawnSize({ width, height });
        for (const side of [drawn.width, drawn.height]) {
          expect(side).toBeGreaterThanOrEqual(16);
          expect(side).toBeLessThanOrEqual(1920);
        }
      }),
    );
  });
});
