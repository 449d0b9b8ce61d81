import fc from 'fast-check';
import { isSilence, opusDuration } from '../../../src/media/rtp/opus.js';

/** The first byte: configuration, mono, frames by `code`. */
const toc = (config: number, code: number): number => (config << 3) | code;

describe('an Opus packet', () => {
  it.each<[bytes: number[], duration: number | undefined]>([
    [[toc(0, 0), 1], 10],
    [[toc(3, 0), 1], 60],
    [[toc(9, 0), 1], 20],
    [[toc(9, 1), 1], 40],
    [[toc(11, 2), 1], 120],
    [[toc(12, 0), 1], 10],
    [[toc(13, 0), 1], 20],
    [[toc(16, 0), 1], 2.5],
    [[toc(31, 0), 1], 20],
    [[toc(31, 3), 3, 1], 60],
    [[toc(31, 3), 7, 1], undefined],
    [[toc(31, 3), 0, 1], undefined],
    [[toc(31, 3)], undefined],
    [[], undefined],
  ])('%j lasts %s ms', (bytes, duration) => {
    expect(opusDuration(Buffer.from(bytes))).toBe(duration);
  });

  it('of any bytes is no longer than one can be', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), (bytes) => {
        const duration = opusDuration(Buffer.from(bytes));
        expect(duration === undefined || (duration > 0 && duration <= 120)).toBe(true);
      }),
    );
  });

  it('of a byte or two is silence', () => {
    expect([0, 1, 2, 3].map((length) => isSilence(Buffer.alloc(length)))).toEqual([true, true, true, false]);
  });
});
