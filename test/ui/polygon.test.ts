import fc from 'fast-check';
import { zoneMask } from '../../src/detection/zones.js';
import { midpoint, type Point, type Polygon, rectangle, shifted } from '../../ui/polygon.js';
import { withCornerAfter, withCornerAt, withoutCorner } from '../../ui/polygon.js';

const SQUARE: Polygon = [
  [0.2, 0.2],
  [0.4, 0.2],
  [0.4, 0.6],
  [0.2, 0.6],
];
const TRIANGLE = SQUARE.slice(0, 3);

it.each<[string, Polygon, Polygon]>([
  ['a rectangle, drawn from its end', rectangle([0.4, 0.6], [0.2, 0.2]), SQUARE],
  [
    'a rectangle that leaves the picture',
    rectangle([-0.5, 0.5], [0.5, 7]),
    [
      [0, 0.5],
      [0.5, 0.5],
      [0.5, 1],
      [0, 1],
    ],
  ],
  [
    'a corner elsewhere',
    withCornerAt(TRIANGLE, 1, [0.71239, -3]),
    [
      [0.2, 0.2],
      [0.712, 0],
      [0.4, 0.6],
    ],
  ],
  ['a corner after the last', withCornerAfter(TRIANGLE, 2), [...TRIANGLE, [0.3, 0.4]]],
  ['a corner less', withoutCorner(SQUARE, 0), SQUARE.slice(1)],
  ['three corners, which stay', withoutCorner(TRIANGLE, 0), TRIANGLE],
  [
    'a shape that goes',
    shifted(SQUARE, [0.1, -0.1]),
    [
      [0.3, 0.1],
      [0.5, 0.1],
      [0.5, 0.5],
      [0.3, 0.5],
    ],
  ],
  [
    'a shape that goes to the edge and no further',
    shifted(SQUARE, [9, -9]),
    [
      [0.8, 0],
      [1, 0],
      [1, 0.4],
      [0.8, 0.4],
    ],
  ],
])('%s', (_, made, expected) => {
  expect(made).toEqual(expected);
});

it('has at most as many corners as the settings take', () => {
  let polygon = SQUARE;
  for (let more = 0; more < 100; more++) polygon = withCornerAfter(polygon, 0);
  expect(polygon).toHaveLength(64);
});

const fraction = fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000);
const anywhere = fc.tuple(fc.double(), fc.double()).filter((point) => !point.some(Number.isNaN));
const polygon = fc.array(fc.tuple(fraction, fraction), { minLength: 3, maxLength: 64 });
const isInside = ([x, y]: Point): boolean => x >= 0 && x <= 1 && y >= 0 && y <= 1;

it('stays in the picture with its corners, whatever is done to it', () => {
  fc.assert(
    fc.property(polygon, fc.nat(), anywhere, (corners, number, to) => {
      const corner = number % corners.length;
      const made = [
        withCornerAt(corners, corner, to),
        withCornerAfter(corners, corner),
        withoutCorner(corners, corner),
        shifted(corners, to),
      ];
      expect(made.every((one) => one.length >= 3 && one.length <= 64 && one.every(isInside))).toBe(true);
    }),
  );
});

it('covers the same with a corner more on its edge', () => {
  const flat = withCornerAfter(SQUARE, 1, midpoint(SQUARE, 1));
  expect(zoneMask(flat)).toEqual(zoneMask(SQUARE));
});
