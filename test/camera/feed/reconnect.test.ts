import fc from 'fast-check';
import { patience, reconnectDelay } from '../../../src/camera/feed/reconnect.js';

describe('reconnectDelay', () => {
  it.each([
    ['at once after a stream that ran', { failure: 'closed', attempts: 1, lasted: 0 }, 0, 0],
    ['soon the second time', { failure: 'unreachable', attempts: 2, lasted: 300 }, 0, 375],
    ['every two seconds at most while viewers wait', { failure: 'unreachable', attempts: 9, lasted: 19_000 }, 0, 1500],
    ['patiently after a minute', { failure: 'unreachable', attempts: 40, lasted: 61_000 }, 0, 22_500],
    ['slowly from the first refused password on', { failure: 'unauthorized', attempts: 1, lasted: 0 }, 0, 7500],
    [
      'minutes apart while the password stays wrong',
      { failure: 'unauthorized', attempts: 12, lasted: 9e6 },
      0,
      225_000,
    ],
  ] as const)('tries again %s', (_, downtime, random, expected) => {
    expect(reconnectDelay(downtime, random)).toBe(expected);
  });

  it('gives a camera that is back within 20 s at least nine tries in that time', () => {
    let lasted = 0;
    let tries = 0;
    for (let attempts = 1; lasted < 20_000; attempts++, tries++) {
      lasted += reconnectDelay({ failure: 'unreachable', attempts, lasted }, 0.999);
    }
    expect(tries).toBeGreaterThanOrEqual(9);
  });

  it('is spread, bounded and never negative', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.nat(1e9),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempts, lasted, random) => {
          const delay = reconnectDelay({ failure: 'timed-out', attempts, lasted }, random);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(30_200);
        },
      ),
    );
  });
});

describe('patience', () => {
  it.each([
    [undefined, 25_000],
    [50, 3000],
    [1000, 5000],
    [60_000, 20_000],
  ])('with a picture every %p ms is %p ms', (interval, expected) => {
    expect(patience(interval)).toBe(expected);
  });
});
