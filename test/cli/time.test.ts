import { isoTime, localTime, parseTime } from '../../src/cli/time.js';

const now = new Date(2026, 2, 15, 14, 30).getTime();
const at = (...parts: [number, number, number, number?, number?, number?]): number => new Date(...parts).getTime();

it.each([
  ['90m', now - 90 * 60_000],
  ['12h', now - 12 * 3_600_000],
  ['3d', now - 3 * 86_400_000],
  ['2w', now - 14 * 86_400_000],
  ['today', at(2026, 2, 15)],
  ['yesterday', at(2026, 2, 14)],
  ['2026-03-01', at(2026, 2, 1)],
  ['2026-03-01 18:30', at(2026, 2, 1, 18, 30)],
  ['2026-03-01T18:30:05', at(2026, 2, 1, 18, 30, 5)],
  ['2026-03-01T18:30:05Z', Date.UTC(2026, 2, 1, 18, 30, 5)],
  ['2026-03-01T18:30:05.250+02:00', Date.UTC(2026, 2, 1, 16, 30, 5, 250)],
])('%s is understood', (text, expected) => {
  expect(parseTime('--since', text, now)).toBe(expected);
});

it.each([
  '',
  'soon',
  '3',
  '3y',
  '-3d',
  '2026-02-30',
  '2026-13-01',
  '2026-03-01 24:00',
  '2026-03-01 10:60',
  '2026-03-01T10:00+99:99',
])('“%s” is refused with examples', (text) => {
  expect(() => parseTime('--since', text, now)).toThrow(/^--since is a time like 12h, .*not “/);
});

it('is printed in local time, and survives what is no time', () => {
  expect(localTime(at(2026, 2, 1, 8, 3, 9))).toBe('2026-03-01 08:03:09');
  expect(localTime(1e300)).toBe('?');
  expect(isoTime(Number.NaN)).toBe('1970-01-01T00:00:00.000Z');
});
