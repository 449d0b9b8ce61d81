import { demandsOf } from '../../src/detection/sensitivity.js';

describe('sensitivity', () => {
  it.each([
    { sensitivity: 50, demands: { offset: 0, watch: 1, area: 0 } },
    { sensitivity: 0, demands: { offset: -4, watch: 4, area: 144 } },
    { sensitivity: 25, demands: { offset: -2, watch: 2, area: 36 } },
    { sensitivity: 75, demands: { offset: 3, watch: 0.5, area: 0 } },
    { sensitivity: 100, demands: { offset: 6, watch: 0.25, area: 0 } },
    { sensitivity: 1000, demands: { offset: 6, watch: 0.25, area: 0 } },
    { sensitivity: -3, demands: { offset: -4, watch: 4, area: 144 } },
  ])('$sensitivity means $demands', ({ sensitivity, demands }) => {
    expect(demandsOf(sensitivity)).toEqual(demands);
  });

  it('asks for less and less', () => {
    const all = Array.from({ length: 101 }, (_, sensitivity) => demandsOf(sensitivity));
    for (const [i, demands] of all.slice(1).entries()) {
      const before = all[i];
      expect(demands.offset).toBeGreaterThan(before?.offset ?? NaN);
      expect(demands.watch).toBeLessThan(before?.watch ?? NaN);
      expect(demands.area).toBeLessThanOrEqual(before?.area ?? NaN);
    }
  });
});
