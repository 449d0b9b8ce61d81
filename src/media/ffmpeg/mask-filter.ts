/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */

/** Corners in fractions of the picture; the last is joined to the first. */
export type Polygon = readonly (readonly [x: number, y: number])[];

/** In cells of a grid; `right` and `bottom` lie beyond the last one. */
interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  bottom: number;
}

/** Columns and rows, the finest first. What is too ragged for one is covered by cells of the next. */
const GRIDS = [
  [320, 180],
  [160, 90],
  [80, 45],
  [32, 18],
  [16, 9],
] as const;
/** Each takes about 10 µs a picture beside the pixels it fills. The coarsest grid cannot need more than 72. */
export const MOST_BOXES = 120;

/**
 * An ffmpeg filter that blacks out whatever a polygon touches, in pictures of any size; it never shows more than asked,
 * and hides at most a cell more. Of outlines that cross themselves all that they enclose is hidden. Undefined where there
 * is nothing to hide.
 */
export function maskFilter(polygons: readonly Polygon[]): string | undefined {
  for (const [columns, rows] of GRIDS) {
    const boxes = boxesOf(touched(polygons, columns, rows), columns, rows);
    if (boxes.length > MOST_BOXES) continue;
    return boxes.length === 0 ? undefined : boxes.map((box) => drawbox(box, columns, rows)).join(',');
  }
  return 'drawbox=color=black:t=fill';
}

/** Outwards to even pixels: colours are kept for pairs of them. */
function drawbox({ left, top, right, bottom }: Box, columns: number, rows: number): string {
  const [x, y] = [`floor(iw*${left}/${2 * columns})*2`, `floor(ih*${top}/${2 * rows})*2`];
  const [w, h] = [`ceil(iw*${right}/${2 * columns})*2-${x}`, `ceil(ih*${bottom}/${2 * rows})*2-${y}`];
  return `drawbox=x=${x}:y=${y}:w=${w}:h=${h}:color=black:t=fill`;
}

/** 1 for every cell of which a polygon covers anything. */
function touched(polygons: readonly Polygon[], columns: number, rows: number): Uint8Array {
  const cells = new Uint8Array(columns * rows);
  const mark = (row: number, left: number, right: number): void => {
    const [from, to] = [Math.max(0, Math.floor(left)), Math.min(columns, Math.ceil(right))];
    if (from < to) cells.fill(1, row * columns + from, row * columns + to);
  };
  for (const polygon of polygons) {
    const corners = polygon.map(([x, y]) => [onto(x * columns), onto(y * rows)] as const);
    const edges = corners.map((corner, nth) => new Edge(corner, corners[(nth + 1) % corners.length]!));
    for (let row = 0; row < rows; row++) {
      for (const edge of edges) edge.within(row, mark);
      inside(edges, row, mark);
    }
  }
  return cells;
}

/** A corner on a line of the grid touches the cells of its own side only, also where fractions are inexact. */
const onto = (at: number): number => (Math.abs(at - Math.round(at)) < 1e-6 ? Math.round(at) : at);

type Mark = (row: number, left: number, right: number) => void;
type Point = readonly [x: number, y: number];

class Edge {
  constructor(
    private readonly from: Point,
    private readonly to: Point,
  ) {}

  /** Marks what of a row it passes. */
  within(row: number, mark: Mark): void {
    const [y0, y1] = [this.from[1], this.to[1]];
    const [top, bottom] = [Math.max(row, Math.min(y0, y1)), Math.min(row + 1, Math.max(y0, y1))];
    const passes = top < bottom || (top === bottom && y0 === y1 && top > row && top < row + 1);
    if (!passes) return;
    const ends = y0 === y1 ? [this.from[0], this.to[0]] : [this.at(top), this.at(bottom)];
    mark(row, Math.min(...ends), Math.max(...ends));
  }

  /** Where it crosses a height, and which way; undefined where it does not. */
  crossing(y: number): { readonly x: number; readonly turn: 1 | -1 } | undefined {
    const [above, below] = [this.from[1] <= y, this.to[1] <= y];
    return above === below ? undefined : { x: this.at(y), turn: above ? 1 : -1 };
  }

  private at(y: number): number {
    const [[x0, y0], [x1, y1]] = [this.from, this.to];
    const x = y === y1 ? x1 : x0 + ((x1 - x0) * (y - y0)) / (y1 - y0);
    return Math.min(Math.max(x, Math.min(x0, x1)), Math.max(x0, x1));
  }
}

/** Marks what of a row's middle line the edges enclose. */
function inside(edges: readonly Edge[], row: number, mark: Mark): void {
  const crossings = edges.flatMap((edge) => edge.crossing(row + 0.5) ?? []).sort((a, b) => a.x - b.x);
  let winding = 0;
  for (const [nth, { x, turn }] of crossings.entries()) {
    winding += turn;
    if (winding !== 0) mark(row, x, crossings[nth + 1]?.x ?? x);
  }
}

/** Marked cells as rectangles: runs of a row, and below each other what is equal. */
function boxesOf(cells: Uint8Array, columns: number, rows: number): Box[] {
  const boxes: Box[] = [];
  let above = new Map<string, Box>();
  for (let row = 0; row < rows; row++) {
    const here = new Map<string, Box>();
    for (const [left, right] of runs(cells.subarray(row * columns, (row + 1) * columns))) {
      const key = `${left} ${right}`;
      const box = above.get(key) ?? { left, top: row, right, bottom: row };
      if (box.bottom === box.top) boxes.push(box);
      box.bottom = row + 1;
      here.set(key, box);
    }
    above = here;
  }
  return boxes;
}

function runs(row: Uint8Array): [left: number, right: number][] {
  const found: [number, number][] = [];
  for (let left = row.indexOf(1); left >= 0;) {
    const end = row.indexOf(0, left);
    const right = end < 0 ? row.length : end;
    found.push([left, right]);
    left = row.indexOf(1, right);
  }
  return found;
}
