import fc from 'fast-check';
import { addCell, addMask, CELLS, countCells, countCommon, emptyMask, hasCell } from '../../src/detection/mask.js';
import type { EventMask, Pair } from '../../src/detection/types.js';
import { PIXELS, WIDTH } from '../../src/detection/types.js';
import type { Zone } from '../../src/detection/zones.js';
import {
  blackOut,
  contains,
  maskedPixels,
  overlap,
  prepareZones,
  zoneMask,
  zonesOf,
} from '../../src/detection/zones.js';

const rectangle = (x: number, y: number, w: number, h: number): Pair[] => [
  [x, y],
  [x + w, y],
  [x + w, y + h],
  [x, y + h],
];
const cells = fc.array(fc.nat(CELLS - 1), { maxLength: 300 });
const maskOf = (list: readonly number[]): EventMask => {
  const mask = emptyMask();
  for (const cell of list) addCell(mask, cell);
  return mask;
};
const fraction = fc.double({ min: -0.2, max: 1.2, noNaN: true });
const polygon = fc.array(fc.tuple(fraction, fraction), { minLength: 3, maxLength: 12 });

describe('masks', () => {
  it('count what was added, once', () => {
    fc.assert(
      fc.property(cells, (list) => {
        const mask = maskOf(list);
        expect(countCells(mask)).toBe(new Set(list).size);
        expect(list.every((cell) => hasCell(mask, cell))).toBe(true);
      }),
    );
  });

  it('join and meet as sets do', () => {
    fc.assert(
      fc.property(cells, cells, (a, b) => {
        const joined = maskOf(a);
        addMask(joined, maskOf(b));
        expect(countCells(joined)).toBe(new Set([...a, ...b]).size);
        expect(countCommon(maskOf(a), maskOf(b))).toBe(new Set(a.filter((cell) => b.includes(cell))).size);
      }),
    );
  });

  it('pass over cells that are none', () => {
    expect(countCells(maskOf([-1, CELLS, CELLS + 7]))).toBe(0);
  });
});

describe('polygons', () => {
  const arrow: Pair[] = [
    [0.1, 0.1],
    [0.9, 0.1],
    [0.5, 0.5],
    [0.9, 0.9],
    [0.1, 0.9],
  ];
  it.each([
    { x: 0.2, y: 0.5, inside: true },
    { x: 0.8, y: 0.5, inside: false },
    { x: 0.7, y: 0.2, inside: true },
    { x: 0.05, y: 0.5, inside: false },
    { x: 0.5, y: 0.95, inside: false },
  ])('know inside from outside: $x, $y', ({ x, y, inside }) => {
    expect(contains(arrow, x, y)).toBe(inside);
  });

  it('fill the cells that they cover', () => {
    expect(countCells(zoneMask(rectangle(0, 0, 1, 1)))).toBe(CELLS);
    expect(countCells(zoneMask(rectangle(0, 0, 0.5, 0.5)))).toBe(CELLS / 4);
    expect(countCells(zoneMask(rectangle(0.3, 0.2, 0.002, 0.7)))).toBeGreaterThan(20);
  });

  it('too thin to fill a cell are their outline, whichever way they are drawn', () => {
    // From one of its ends a point is rounded into another cell than from the other.
    const thin: Pair[] = [[0, 1 / 6], [1 / 5, 4 / 15], [0.2001, 4 / 15]]; // prettier-ignore
    const mask = zoneMask(thin);
    expect(countCells(mask)).toBeGreaterThan(15);
    expect(zoneMask([...thin].reverse())).toEqual(mask);
  });

  it('of any shape make a mask in the picture, the same whichever way they are drawn', () => {
    fc.assert(
      fc.property(polygon, (corners) => {
        const mask = zoneMask(corners);
        expect(countCells(mask)).toBeLessThanOrEqual(CELLS);
        expect(zoneMask([...corners].reverse())).toEqual(mask);
      }),
      { numRuns: 20 },
    );
  });
});

describe('zones of an event', () => {
  const zone = (purpose: Zone['purpose'], share?: number): Zone => ({
    name: purpose,
    polygon: rectangle(0, 0, 0.25, 1),
    purpose,
    ...(share === undefined ? {} : { share }),
  });
  const street = zoneMask(rectangle(0, 0.8, 1, 0.2));
  const inside = zoneMask(rectangle(0.05, 0.1, 0.1, 0.3));
  const outside = zoneMask(rectangle(0.5, 0.5, 0.3, 0.3));
  it.each([
    {
      what: 'a path across the picture touches a narrow zone',
      event: street,
      zones: [zone('notice')],
      has: ['notice'],
    },
    { what: 'and is not ignored for that', event: street, zones: [zone('ignore')], has: [] },
    { what: 'what stays inside is ignored', event: inside, zones: [zone('ignore')], has: ['ignore'] },
    { what: 'what is elsewhere has none', event: outside, zones: [zone('notice'), zone('ignore')], has: [] },
    { what: 'a share of 0 still needs a cell', event: outside, zones: [zone('notice', 0)], has: [] },
    { what: 'a share can be raised', event: street, zones: [zone('notice', 0.9)], has: [] },
    { what: 'masks are no zones of an event', event: inside, zones: [zone('mask')], has: [] },
    { what: 'an event without cells has none', event: emptyMask(), zones: [zone('notice', 0)], has: [] },
  ])('$what', ({ event, zones, has }) => {
    expect(zonesOf(event, prepareZones(zones))).toEqual(has);
  });

  it('overlap lies between 0 and 1, and grows with the event inside of the zone', () => {
    fc.assert(
      fc.property(cells, cells, fc.nat(CELLS - 1), (event, area, cell) => {
        const share = overlap(maskOf(event), maskOf(area), 'ignore');
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
        expect(overlap(maskOf([...event, cell]), maskOf([...area, cell]), 'ignore')).toBeGreaterThanOrEqual(share);
      }),
    );
  });
});

describe('masked pixels', () => {
  it('are there only where a zone masks', () => {
    expect(maskedPixels([{ name: 'a', polygon: rectangle(0, 0, 1, 1), purpose: 'ignore' }])).toBeUndefined();
  });

  it('are blacked out, the border too, and no others', () => {
    const masked = maskedPixels([{ name: 'a', polygon: rectangle(0.252, 0, 0.25, 1), purpose: 'mask' }]);
    const pixels = new Uint8Array(PIXELS).fill(200);
    blackOut(pixels, masked ?? new Uint8Array());
    const row = [...pixels.subarray(0, WIDTH)];
    expect(row.slice(0, 40).every((value) => value === 200)).toBe(true);
    expect(row.slice(40, 80).every((value) => value === 0)).toBe(true);
    expect(row.slice(81).every((value) => value === 200)).toBe(true);
  });
});
