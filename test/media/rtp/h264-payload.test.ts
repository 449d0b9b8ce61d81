import fc from 'fast-check';
import { H264RtpPayload } from 'werift-rtp';
import { splitAnnexB } from '../../../src/media/h26x/nal.js';
import { h264Payloads } from '../../../src/media/rtp/h264-payload.js';
import { depacketize } from './depacketize.js';

const unit = (type: number, length: number, importance = 3): Buffer =>
  Buffer.concat([Buffer.from([(importance << 5) | type]), Buffer.alloc(length - 1, type)]);
const sps = unit(7, 20);
const pps = unit(8, 5);
const sei = unit(6, 30, 0);

/** `STAP-A 24(7 8)`, `FU-A 28:5 S`, plain `5`. */
const outline = (payloads: readonly Buffer[]): string[] =>
  payloads.map((payload) => {
    const type = payload.readUInt8(0) & 0x1f;
    if (type === 24)
      return `24(${depacketize([payload])
        .map((each) => each.readUInt8(0) & 0x1f)
        .join(' ')})`;
    if (type !== 28) return String(type);
    const header = payload.readUInt8(1);
    return `28:${header & 0x1f}${(header & 0x80) !== 0 ? 'S' : ''}${(header & 0x40) !== 0 ? 'E' : ''}`;
  });

describe('h264Payloads', () => {
  it.each<[string, Buffer[], number, string[]]>([
    ['parameter sets before a keyframe', [sps, pps, unit(5, 900)], 1200, ['24(7 8)', '5']],
    ['SEI with them', [sps, pps, sei, unit(5, 900)], 1200, ['24(7 8 6)', '5']],
    ['one parameter set', [sps, unit(5, 900)], 1200, ['7', '5']],
    ['parameter sets that do not fit together', [sps, pps, unit(5, 20)], 25, ['7', '8', '5']],
    ['parameter sets that just fit together', [sps, pps, unit(5, 20)], 30, ['24(7 8)', '5']],
    ['a parameter set that fits nowhere', [unit(7, 40), pps, unit(5, 20)], 30, ['28:7S', '28:7E', '8', '5']],
    ['a unit of just the size', [unit(1, 1200)], 1200, ['1']],
    ['a unit one byte larger', [unit(1, 1201)], 1200, ['28:1S', '28:1E']],
    ['a unit of many packets', [unit(5, 5000)], 1200, ['28:5S', '28:5', '28:5', '28:5', '28:5E']],
    ['slices', [unit(1, 100), unit(1, 100)], 1200, ['1', '1']],
    ['sets in the middle', [unit(1, 100), sps, pps, unit(5, 100)], 1200, ['1', '24(7 8)', '5']],
    ['nothing', [], 1200, []],
    [
      'units that RFC 6184 keeps for itself, and empty ones',
      [unit(24, 9), Buffer.alloc(0), unit(28, 9), unit(0, 9)],
      1200,
      [],
    ],
  ])('sends %s', (_name, units, maxBytes, expected) => {
    const payloads = h264Payloads(units, maxBytes);
    expect(outline(payloads)).toEqual(expected);
    expect(Math.max(0, ...payloads.map(({ length }) => length))).toBeLessThanOrEqual(maxBytes);
  });

  it('gives a STAP-A the highest importance of its units, and fragments that of their unit', () => {
    expect(h264Payloads([unit(6, 5, 0), unit(7, 5, 2), unit(8, 5, 1)], 100)[0]?.readUInt8(0)).toBe((2 << 5) | 24);
    expect(h264Payloads([unit(1, 50, 1)], 30)[0]?.readUInt8(0)).toBe((1 << 5) | 28);
  });

  const plainUnit = fc
    .tuple(fc.integer({ min: 1, max: 23 }), fc.nat({ max: 3 }), fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 9000 })))
    .map(([type, importance, length]) => unit(type, 1 + length, importance));

  it('loses no byte of any access unit, whatever the sizes', () => {
    fc.assert(
      fc.property(fc.array(plainUnit, { maxLength: 8 }), fc.integer({ min: 3, max: 1400 }), (units, maxBytes) => {
        const payloads = h264Payloads(units, maxBytes);
        expect(payloads.every(({ length }) => length > 0 && length <= maxBytes)).toBe(true);
        expect(Buffer.concat(depacketize(payloads)).equals(Buffer.concat(units))).toBe(true);
        expect(depacketize(payloads).map(({ length }) => length)).toEqual(units.map(({ length }) => length));
      }),
    );
  });

  it('is understood by werift', () => {
    fc.assert(
      fc.property(
        fc.array(
          plainUnit.filter(({ length }) => length > 1),
          { maxLength: 6 },
        ),
        (units) => {
          let fragment: Buffer | undefined;
          const stream: Buffer[] = [];
          for (const payload of h264Payloads(units, 1200)) {
            const read = H264RtpPayload.deSerialize(payload, fragment);
            fragment = read.fragment;
            if (fragment === undefined) stream.push(read.payload);
          }
          const sizes = (all: readonly Buffer[]): number[] => all.map(({ length }) => length);
          expect(sizes(splitAnnexB(Buffer.concat(stream)))).toEqual(sizes(units));
        },
      ),
    );
  });
});
