import fc from 'fast-check';
import { contains } from '../../../src/detection/zones.js';
import { maskFilter, MOST_BOXES, type Polygon } from '../../../src/media/ffmpeg/mask-filter.js';
import { ffmpeg } from '../nut/ffmpeg.js';

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The pixels that a filter draws on, worked out as ffmpeg does. */
function boxes(filter: string | undefined, width: number, height: number): Box[] {
  if (filter === undefined) return [];
  return filter.split(',').map((one) => {
    const [left = NaN, top = NaN, right = NaN, bottom = NaN] = [
      'x=floor(iw',
      'y=floor(ih',
      'w=ceil(iw',
      'h=ceil(ih',
    ].map((head) => {
      const [, cell, cells] = /^(\d+)\/(\d+)\)\*2/.exec(one.slice(one.indexOf(`${head}*`) + head.length + 1)) ?? [];
      const at = ((head.includes('iw') ? width : height) * Number(cell)) / Number(cells);
      return 2 * (head.includes('floor') ? Math.floor(at) : Math.ceil(at));
    });
    return { left, top, right, bottom };
  });
}

const covers = (all: readonly Box[], x: number, y: number): boolean =>
  all.some(({ left, top, right, bottom }) => x >= left && x < right && y >= top && y < bottom);

const QUARTER: Polygon = [
  [0.25, 0.25],
  [0.5, 0.25],
  [0.5, 0.5],
  [0.25, 0.5],
];
const TILTED: Polygon = [
  [0.3, 0.1],
  [0.9, 0.3],
  [0.7, 0.9],
  [0.1, 0.7],
];
/** A comb of 30 teeth. */
const RAGGED: Polygon = Array.from({ length: 61 }, (_, nth) => [nth / 60, nth % 2 === 0 ? 0.02 : 0.97] as const);
const fraction = fc.integer({ min: 0, max: 9999 }).map((at) => at / 10_000);
const polygon = fc.array(fc.tuple(fraction, fraction), { minLength: 3, maxLength: 12 });
const pixels = fc.integer({ min: 8, max: 4000 });

it('hides nothing without a polygon', () => {
  expect(maskFilter([])).toBeUndefined();
  expect(maskFilter([[]])).toBeUndefined();
});

it.each<[string, Polygon[], Box[]]>([
  ['is exact on the lines of its grid', [QUARTER], [{ left: 320, top: 180, right: 640, bottom: 360 }]],
  [
    'keeps two apart',
    [QUARTER, QUARTER.map(([x, y]) => [x + 0.5, y] as const)],
    [
      { left: 320, top: 180, right: 640, bottom: 360 },
      { left: 960, top: 180, right: 1280, bottom: 360 },
    ],
  ],
  ['draws one where two lie upon each other', [QUARTER, QUARTER], [{ left: 320, top: 180, right: 640, bottom: 360 }]],
  [
    'hides the cells of a line that is thinner than a cell',
    [
      [
        [0, 0.501],
        [1, 0.501],
        [1, 0.502],
        [0, 0.502],
      ],
    ],
    [{ left: 0, top: 360, right: 1280, bottom: 364 }],
  ],
  [
    'hides what an outline encloses twice',
    [[...QUARTER, ...QUARTER]],
    [{ left: 320, top: 180, right: 640, bottom: 360 }],
  ],
])('%s', (_, polygons, expected) => {
  expect(boxes(maskFilter(polygons), 1280, 720)).toEqual(expected);
});

it('covers each pixel in which a polygon has a point, with few rectangles that are never empty', () => {
  fc.assert(
    fc.property(
      ...[fc.array(polygon, { minLength: 1, maxLength: 4 }), pixels, pixels],
      fc.array(fc.tuple(fraction, fraction), { minLength: 30, maxLength: 30 }),
      (polygons, width, height, points) => {
        const all = boxes(maskFilter(polygons), width, height);
        expect(all.length).toBeLessThanOrEqual(MOST_BOXES);
        for (const { left, top, right, bottom } of all) expect(Math.min(right - left, bottom - top)).toBeGreaterThan(0);
        for (const [x, y] of points) {
          if (polygons.some((one) => contains(one, x, y))) expect(covers(all, x * width, y * height)).toBe(true);
        }
      },
    ),
    { numRuns: 100 },
  );
});

it('hugs a polygon', () => {
  const all = boxes(maskFilter([TILTED]), 1280, 720);
  const area = all.reduce((sum, { left, top, right, bottom }) => sum + (right - left) * (bottom - top), 0);
  expect(all.length).toBeGreaterThan(20);
  expect(area / (1280 * 720)).toBeGreaterThan(0.4);
  expect(area / (1280 * 720)).toBeLessThan(0.41);
});

it('covers more of what is too ragged for few rectangles', () => {
  const all = boxes(maskFilter([RAGGED]), 1280, 720);
  expect(all.length).toBeLessThanOrEqual(MOST_BOXES);
  const area = all.reduce((sum, { left, top, right, bottom }) => sum + (right - left) * (bottom - top), 0);
  expect(area / (1280 * 720)).toBeGreaterThan(0.475);
  expect(covers(all, (1280 * 29) / 60, 690)).toBe(true);
  expect(covers(all, 639, 710)).toBe(false);
});

it.each([
  ['yuv420p', 640, 360],
  ['yuvj422p', 641, 363],
  ['yuv420p10le', 352, 288],
  ['yuv444p', 66, 50],
])('blacks out white pictures of %s, %i×%i, without a slit', async (format, width, height) => {
  const filter = maskFilter([TILTED, QUARTER]);
  const source = `color=white:size=1280x720,format=yuv444p,crop=${width}:${height}:exact=1,format=${format}`;
  const white = `${source},${filter ?? ''},format=gray`;
  const gray = await ffmpeg([...['-f', 'lavfi', '-i', white, '-frames:v', '1', '-f', 'rawvideo', 'pipe:1']]);
  expect(gray).toHaveLength(width * height);
  const expected = boxes(filter, width, height);
  const wrong = [...gray].filter((level, at) => {
    const hidden = covers(expected, at % width, Math.floor(at / width));
    return hidden ? level > 20 : level < 230;
  });
  expect(wrong).toEqual([]);
});
