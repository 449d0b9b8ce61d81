import { SequenceCheck } from '../../../src/media/rtsp/sequence.js';

const check = (...numbers: number[]): string[] => {
  const sequence = new SequenceCheck();
  return numbers.map((number) => sequence.check(number));
};

describe('sequence numbers', () => {
  it.each([
    ['in a row, over the wrap', [65_534, 65_535, 0, 1], ['next', 'next', 'next', 'next']],
    ['a gap', [1, 2, 5, 6], ['next', 'next', 'gap', 'next']],
    ['twice', [1, 2, 2, 3], ['next', 'next', 'old', 'next']],
    ['late', [1, 2, 4, 3, 5], ['next', 'next', 'gap', 'old', 'next']],
    ['a new beginning', [40_000, 3, 4], ['next', 'gap', 'next']],
  ])('%s', (_, numbers, expected) => {
    expect(check(...numbers)).toEqual(expected);
  });

  it.each([
    ['always the same', (): number => 7],
    ['in steps of two', (index: number): number => index * 2],
    ['backwards', (index: number): number => 60_000 - index],
  ])('that make no sense are not heeded: %s', (_, number) => {
    const results = check(...Array.from({ length: 200 }, (__, index) => number(index)));
    expect(results.slice(20).every((result) => result === 'next')).toBe(true);
  });

  it('begin anew with a new source', () => {
    const sequence = new SequenceCheck();
    sequence.check(5);
    sequence.restart();
    expect(sequence.check(900)).toBe('next');
  });
});
