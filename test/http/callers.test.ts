import { Callers } from '../../src/http/callers.js';

const guess = (callers: Callers, address: string, now = 0): boolean => {
  const may = callers.mayTry(address, now);
  if (may) callers.hasGuessed(address, now);
  return may;
};

it('looks at ten guesses of one address, and at one more after 5 s', () => {
  const callers = new Callers(0);
  const looked = Array.from({ length: 20 }, () => guess(callers, 'a'));
  expect(looked.filter(Boolean)).toHaveLength(10);
  expect(callers.mayTry('b', 0)).toBe(true);
  expect(callers.mayTry('a', 4999)).toBe(false);
  expect([guess(callers, 'a', 5000), guess(callers, 'a', 5000)]).toEqual([true, false]);
});

it('hears who knows the token while many guess, and who does not know it waits', () => {
  const callers = new Callers(0);
  expect(callers.mayCall('camera', 'door', 0)).toBe(true);
  const looked = Array.from({ length: 3000 }, (_, nth) => guess(callers, `10.0.${nth >> 8}.${nth & 255}`));
  expect(looked.filter(Boolean)).toHaveLength(100);
  expect(callers.mayTry('camera', 0)).toBe(true);
  expect(callers.mayTry('new', 0)).toBe(false);
  expect(callers.mayTry('new', 1000)).toBe(true);
});

it('takes so many calls for one camera, from all', () => {
  const callers = new Callers(0);
  const taken = Array.from({ length: 60 }, (_, nth) => callers.mayCall(`a${nth % 3}`, 'door', 0));
  expect(taken.filter(Boolean)).toHaveLength(20);
  expect(callers.mayCall('a', 'yard', 0)).toBe(true);
});

it.each<[address: string, camera: string, says: 'motion' | 'ring', at: number, again: boolean]>([
  ['a', 'door', 'ring', 999, true],
  ['a', 'door', 'ring', 1000, false],
  ['b', 'door', 'ring', 1, false],
  ['a', 'yard', 'ring', 1, false],
  ['a', 'door', 'motion', 1, false],
])('of %s at %s: %s after %i ms is said again: %s', (address, camera, says, at, again) => {
  const callers = new Callers(0);
  expect(callers.saysAgain('a', 'door ring', 0)).toBe(false);
  callers.hasSaid('a', 'door ring', 0);
  expect(callers.saysAgain(address, `${camera} ${says}`, at)).toBe(again);
});
