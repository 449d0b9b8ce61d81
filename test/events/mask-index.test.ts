import fc from 'fast-check';
import { countCells, countCommon, MASK_BYTES } from '../../src/detection/mask.js';
import { bits, MaskIndex } from '../../src/events/sqlite/mask-index.js';
import { NOON, rectangle } from './events.js';

const anyMask = fc.oneof(
  fc.uint8Array({ minLength: MASK_BYTES, maxLength: MASK_BYTES }),
  fc
    .tuple(fc.nat(60), fc.nat(30), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 20 }))
    .map(([x, y, width, height]) => rectangle(x, y, Math.min(width, 64 - x), Math.min(height, 36 - y))),
);

it('counts bits', () => {
  fc.assert(
    fc.property(fc.integer(), (word) => {
      expect(bits(word)).toBe((word >>> 0).toString(2).replaceAll('0', '').length);
    }),
  );
});

it('finds what a search one by one finds, whatever was put, replaced and removed', () => {
  const step = fc.record({ seq: fc.nat(8), start: fc.nat(20), mask: fc.option(anyMask, { nil: undefined, freq: 1 }) });
  const query = fc.record({
    mask: anyMask,
    share: fc.double({ min: 0.01, max: 1, noNaN: true }),
    of: fc.constantFrom('smaller' as const, 'event' as const),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), query, (steps, { mask, share, of }) => {
      const index = new MaskIndex();
      const all = new Map<number, { start: number; mask: Uint8Array }>();
      for (const { seq, start, mask: own } of steps) {
        if (own === undefined) {
          index.delete(seq);
          all.delete(seq);
        } else {
          index.set({ seq, start }, own);
          all.set(seq, { start, mask: own });
        }
      }
      const expected = [...all]
        .filter(([, event]) => {
          const own = countCells(event.mask);
          const base = of === 'event' ? own : Math.min(own, countCells(mask));
          const common = countCommon(event.mask, mask);
          return common > 0 && common >= share * base;
        })
        .map(([seq, { start }]) => ({ start, seq }))
        .sort((a, b) => b.start - a.start || b.seq - a.seq);
      expect(index.search({ mask, share, of })).toEqual(expected);
      expect(index.size).toBe(all.size);
    }),
  );
});

it('grows and shrinks without losing any', () => {
  const index = new MaskIndex();
  const mask = rectangle(3, 3, 2, 2);
  for (let seq = 0; seq < 5000; seq++) index.set({ seq, start: NOON + seq }, mask);
  for (let seq = 0; seq < 4990; seq++) index.delete(seq);
  expect(index.search({ mask, share: 1, of: 'event' }).map(({ seq }) => seq)).toEqual(
    Array.from({ length: 10 }, (_, i) => 4999 - i),
  );
});
