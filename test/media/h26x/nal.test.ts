import fc from 'fast-check';
import {
  isAccessUnitDelimiter,
  isKeyframe,
  isNalCodec,
  isParameterSet,
  isSlice,
  isSps,
  nalType,
  splitAnnexB,
  splitLengthPrefixed,
  toAnnexB,
} from '../../../src/media/h26x/nal.js';

const h264 = (type: number): Buffer => Buffer.from([0x60 | type, 1, 2]);
const hevc = (type: number): Buffer => Buffer.from([type << 1, 1, 2]);

/** What a unit is: parameter set, SPS, delimiter, slice, keyframe. */
const kinds = (codec: 'h264' | 'hevc', unit: Buffer): string =>
  [
    isParameterSet(codec, unit) && 'set',
    isSps(codec, unit) && 'sps',
    isAccessUnitDelimiter(codec, unit) && 'aud',
    isSlice(codec, unit) && 'slice',
    isKeyframe(codec, [unit]) && 'key',
  ]
    .filter(Boolean)
    .join(' ');

describe('kinds of NAL units', () => {
  it.each([
    [0, ''],
    [1, 'slice'],
    [2, 'slice'],
    [5, 'slice key'],
    [6, ''],
    [7, 'set sps'],
    [8, 'set'],
    [9, 'aud'],
    [12, ''],
    [14, ''],
    [24, ''],
  ])('H.264 type %i is "%s"', (type, expected) => {
    expect(nalType('h264', h264(type))).toBe(type);
    expect(kinds('h264', h264(type))).toBe(expected);
  });

  it.each([
    [0, 'slice'],
    [1, 'slice'],
    [9, 'slice'],
    [16, 'slice key'],
    [19, 'slice key'],
    [20, 'slice key'],
    [21, 'slice key'],
    [23, 'slice key'],
    [32, 'set'],
    [33, 'set sps'],
    [34, 'set'],
    [35, 'aud'],
    [39, ''],
    [40, ''],
  ])('HEVC type %i is "%s"', (type, expected) => {
    expect(nalType('hevc', hevc(type))).toBe(type);
    expect(kinds('hevc', hevc(type))).toBe(expected);
  });

  it('is no slice and no keyframe where there are no bytes', () => {
    expect(kinds('h264', Buffer.alloc(0))).toBe('');
    expect(kinds('hevc', Buffer.alloc(0))).toBe('');
    expect(isKeyframe('h264', [])).toBe(false);
  });

  it('knows its codecs', () => {
    expect(['h264', 'hevc', 'mjpeg', ''].map(isNalCodec)).toEqual([true, true, false, false]);
  });
});

/** A NAL unit as an encoder may write it: no start code inside, no zero at the end. */
const unit = fc
  .uint8Array({ minLength: 1, maxLength: 60 })
  .map((bytes) => Buffer.from([...emulationPrevented(bytes), 0x80]));

function* emulationPrevented(bytes: Uint8Array): Iterable<number> {
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte <= 3) {
      yield 3;
      zeros = 0;
    }
    yield byte;
    zeros = byte === 0 ? zeros + 1 : 0;
  }
}

describe('Annex B', () => {
  it('gives back the units it was made of, whatever zeros lie between', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(unit, fc.nat({ max: 4 }))), (parts) => {
        const stream = Buffer.concat(
          parts.flatMap(([bytes, zeros]) => [Buffer.alloc(zeros), Buffer.from([0, 0, 1]), bytes]),
        );
        expect(splitAnnexB(stream)).toEqual(parts.map(([bytes]) => bytes));
      }),
    );
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        expect(splitAnnexB(toAnnexB(units))).toEqual(units);
      }),
    );
  });

  it('leaves out what stands before the first start code, zeros at the end, and empty units', () => {
    expect(splitAnnexB(Buffer.from([9, 9, 0, 0, 1, 0x65, 7, 0, 0, 0, 0, 1, 0, 0, 1, 0x41, 0, 0]))).toEqual([
      Buffer.from([0x65, 7]),
      Buffer.from([0x41]),
    ]);
    expect(splitAnnexB(Buffer.from([1, 2, 3]))).toEqual([]);
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const found of splitAnnexB(Buffer.from(bytes))) expect(found.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('length-prefixed units', () => {
  it.each([1, 2, 4])('gives back the units with lengths of %i bytes', (lengthSize) => {
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        const prefixed = units.map((bytes) => {
          const length = Buffer.alloc(lengthSize);
          length.writeUIntBE(bytes.length, 0, lengthSize);
          return Buffer.concat([length, bytes]);
        });
        expect(splitLengthPrefixed(Buffer.concat(prefixed), lengthSize)).toEqual(units);
      }),
    );
  });

  it('drops what is cut short, and empty units', () => {
    expect(splitLengthPrefixed(Buffer.from([0, 2, 5, 6, 0, 0, 0, 1, 7, 0, 9, 1]), 2)).toEqual([
      Buffer.from([5, 6]),
      Buffer.from([7]),
    ]);
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(1, 2, 3, 4), (bytes, lengthSize) => {
        const units = splitLengthPrefixed(Buffer.from(bytes), lengthSize);
        expect(units.reduce((sum, { length }) => sum + length + lengthSize, 0)).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
