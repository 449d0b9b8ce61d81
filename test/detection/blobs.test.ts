import fc from 'fast-check';
import { BlobFinder, MAX_BLOBS, MIN_AREA } from '../../src/detection/blobs.js';
import { PIXELS, WIDTH } from '../../src/detection/types.js';

const draw = (...boxes: [x: number, y: number, w: number, h: number][]): Uint8Array => {
  const foreground = new Uint8Array(PIXELS);
  for (const [x, y, w, h] of boxes)
    for (let j = y; j < y + h; j++) foreground.fill(1, j * WIDTH + x, j * WIDTH + x + w);
  return foreground;
};

describe('finding blobs', () => {
  it('measures place and size', () => {
    const [blob] = new BlobFinder().find(draw([10, 20, 8, 4]));
    expect(blob).toMatchObject({ area: 32, x: 14, y: 22, left: 10, top: 20, right: 18, bottom: 24 });
  });

  it.each([
    {
      what: 'joins what shares an edge',
      boxes: [
        [10, 10, 5, 5],
        [15, 10, 5, 5],
      ],
      areas: [50],
    },
    {
      what: 'parts what shares a corner',
      boxes: [
        [10, 10, 5, 5],
        [15, 15, 4, 4],
      ],
      areas: [25, 16],
    },
    {
      what: 'passes over what is too small',
      boxes: [
        [10, 10, 5, 1],
        [50, 50, 3, 2],
      ],
      areas: [MIN_AREA],
    },
    {
      what: 'does not join over the border',
      boxes: [
        [156, 10, 4, 4],
        [0, 11, 4, 4],
      ],
      areas: [16, 16],
    },
    {
      what: 'reaches the corners',
      boxes: [
        [0, 0, 4, 4],
        [156, 86, 4, 4],
      ],
      areas: [16, 16],
    },
  ] as { what: string; boxes: [number, number, number, number][]; areas: number[] }[])('$what', ({ boxes, areas }) => {
    expect(new BlobFinder().find(draw(...boxes)).map((blob) => blob.area)).toEqual(areas);
  });

  it('lists the pixels of each blob once, and never too many blobs', () => {
    const finder = new BlobFinder();
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: PIXELS, maxLength: PIXELS }),
        fc.integer({ min: 1, max: 255 }),
        (noise, cut) => {
          const foreground = noise.map((value) => (value < cut ? 1 : 0));
          const blobs = finder.find(foreground);
          expect(blobs.length).toBeLessThanOrEqual(MAX_BLOBS);
          const seen = new Set<number>();
          for (const blob of blobs)
            for (const i of finder.pixels.subarray(blob.first, blob.first + blob.area)) {
              expect(foreground[i]).toBe(1);
              expect(seen.has(i)).toBe(false);
              seen.add(i);
            }
        },
      ),
      { numRuns: 10 },
    );
  });
});
