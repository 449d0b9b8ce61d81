import fc from 'fast-check';
import { doubtOf, LONGEST_VERDICT, MOST_DOUBT, type Verdict } from '../../src/detection/doubt.js';

const DAY = 86_400_000;
const NOW = 1000 * DAY;
const MIDNIGHT = 0;
const said = (verdict: Verdict['verdict'], times: number, { ago = 0, minute = MIDNIGHT } = {}): Verdict[] =>
  Array.from({ length: times }, () => ({ verdict, at: NOW - ago, minute }));

it.each<[string, Verdict[], number]>([
  ['nobody says anything', [], 0],
  ['one was wrong', said('wrong', 1), 0],
  ['three were wrong', said('wrong', 3), 0.5],
  ['they pile up', said('wrong', 5), 1],
  ['there is no end of them', said('wrong', 500), MOST_DOUBT],
  ['as many were right', [...said('wrong', 5), ...said('right', 5)], 0],
  ['most were right', [...said('wrong', 5), ...said('right', 50)], 0],
  ['they were wrong a fortnight ago', said('wrong', 5, { ago: 14 * DAY }), 0.25 * (5 / Math.E - 1)],
  ['they were wrong long ago', said('wrong', 500, { ago: LONGEST_VERDICT + 1 }), 0],
  ['they were wrong two hours later in the day', said('wrong', 5, { minute: 120 }), 1],
  ['they were wrong two hours earlier in the day', said('wrong', 5, { minute: 22 * 60 }), 1],
  ['they were wrong four hours earlier in the day', said('wrong', 5, { minute: 20 * 60 }), 0.25 * 1.5],
  ['they were wrong at noon', said('wrong', 500, { minute: 720 }), 0],
])('is what it should be where %s', (_, verdicts, expected) => {
  expect(doubtOf(verdicts, NOW, MIDNIGHT)).toBeCloseTo(expected, 9);
});

it('is never less than nothing nor more than the most, grows with what was wrong and shrinks with what was right', () => {
  const verdict = fc.record({
    verdict: fc.constantFrom('right' as const, 'wrong' as const),
    at: fc.integer({ min: NOW - 2 * LONGEST_VERDICT, max: NOW + DAY }),
    minute: fc.integer({ min: 0, max: 1439 }),
  });
  const minute = fc.integer({ min: 0, max: 1439 });
  fc.assert(
    fc.property(fc.array(verdict), verdict, minute, (verdicts, one, now) => {
      const doubt = doubtOf(verdicts, NOW, now);
      expect(doubt).toBeGreaterThanOrEqual(0);
      expect(doubt).toBeLessThanOrEqual(MOST_DOUBT);
      const more = doubtOf([...verdicts, one], NOW, now);
      if (one.verdict === 'wrong') expect(more).toBeGreaterThanOrEqual(doubt);
      else expect(more).toBeLessThanOrEqual(doubt);
    }),
  );
});
