/** Fractions of the picture: [0, 0] is its top left corner, [1, 1] its bottom right. */
export type Point = readonly [x: number, y: number];
export type Polygon = readonly Point[];

/** As the settings take them. */
export const MOST_CORNERS = 64;
const LEAST_CORNERS = 3;

/** Three digits are less than a pixel of what zones are compared on. */
const rounded = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;
const inside = ([x, y]: Point): Point => [rounded(x), rounded(y)];

export const rectangle = ([x0, y0]: Point, [x1, y1]: Point): Polygon =>
  (
    [
      [Math.min(x0, x1), Math.min(y0, y1)],
      [Math.max(x0, x1), Math.min(y0, y1)],
      [Math.max(x0, x1), Math.max(y0, y1)],
      [Math.min(x0, x1), Math.max(y0, y1)],
    ] as const
  ).map(inside);

export const withCornerAt = (polygon: Polygon, corner: number, to: Point): Polygon =>
  polygon.map((point, nth) => (nth === corner ? inside(to) : point));

/** Half way from a corner to the next. */
export function midpoint(polygon: Polygon, corner: number): Point {
  const [x0, y0] = polygon[corner] ?? [0, 0];
  const [x1, y1] = polygon[(corner + 1) % polygon.length] ?? [x0, y0];
  return [(x0 + x1) / 2, (y0 + y1) / 2];
}

/** A corner between one and the next; as many as there may be stay as they are. */
export const withCornerAfter = (polygon: Polygon, corner: number, at = midpoint(polygon, corner)): Polygon =>
  polygon.length >= MOST_CORNERS ? polygon : polygon.toSpliced(corner + 1, 0, inside(at));

/** Three corners are left at least. */
export const withoutCorner = (polygon: Polygon, corner: number): Polygon =>
  polygon.length <= LEAST_CORNERS ? polygon : polygon.toSpliced(corner, 1);

/** The same shape elsewhere; it does not leave the picture. */
export function shifted(polygon: Polygon, by: Point): Polygon {
  const step = (axis: 0 | 1): number => {
    const values = polygon.map((point) => point[axis]);
    return Math.min(1 - Math.max(...values), Math.max(-Math.min(...values), by[axis]));
  };
  const [dx, dy] = [step(0), step(1)];
  return polygon.map(([x, y]) => inside([x + dx, y + dy]));
}

/** Where its name is written: the middle of its corners. */
export const middle = (polygon: Polygon): Point => [
  polygon.reduce((sum, [x]) => sum + x, 0) / polygon.length,
  polygon.reduce((sum, [, y]) => sum + y, 0) / polygon.length,
];

export const percent = (fraction: number): string => `${Math.round(fraction * 100)} %`;
