import { Budget } from '../../src/detection/budget.js';

/** How many suspicions of 1 s each are looked at when there is one every `every` ms. */
function looked(every: number, seconds: number): number {
  const budget = new Budget();
  let count = 0;
  for (let time = 0; time < seconds * 1000; time += every) {
    if (!budget.affords(time, 1000)) continue;
    budget.spend(time, 1000);
    count++;
  }
  return count;
}

describe('the budget of suspicions', () => {
  it.each([
    { what: 'four at once', every: 1, seconds: 1, count: 4 },
    { what: 'one a minute, always', every: 60_000, seconds: 3600, count: 60 },
    { what: 'of one every 2 s, 4 % of the time and the four', every: 2000, seconds: 1000, count: 43 },
  ])('looks at $what', ({ every, seconds, count }) => {
    expect(looked(every, seconds)).toBe(count);
  });

  it('earns nothing from a time that went back', () => {
    const budget = new Budget();
    budget.spend(100_000, 4000);
    budget.spend(0, 0);
    expect(budget.affords(100_000, 1)).toBe(false);
    expect(budget.affords(125_000, 1000)).toBe(true);
  });
});
