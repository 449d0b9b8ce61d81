import type { NalCodec } from '../../../src/media/h26x/nal.js';

const lengthPrefixed = (unit: Buffer): Buffer => Buffer.concat([Buffer.of(unit.length >> 8, unit.length & 255), unit]);

/** STAP-A (RFC 6184, 5.7.1) or AP (RFC 7798, 4.4.2). */
export const aggregate = (codec: NalCodec, units: readonly Buffer[]): Buffer =>
  Buffer.concat([codec === 'h264' ? Buffer.of(0x78) : Buffer.of(0x60, 1), ...units.map(lengthPrefixed)]);

/** FU-A (RFC 6184, 5.8) or FU (RFC 7798, 4.4.3), with at most `size` bytes of the unit in each. */
export function fragment(codec: NalCodec, unit: Buffer, size: number): Buffer[] {
  const headerBytes = codec === 'h264' ? 1 : 2;
  const [first = 0, second = 0] = unit;
  const parts: Buffer[] = [];
  for (let at = headerBytes; at < unit.length; at += size) {
    const flags = (at === headerBytes ? 0x80 : 0) | (at + size >= unit.length ? 0x40 : 0);
    const header =
      codec === 'h264'
        ? [(first & 0xe0) | 28, flags | (first & 0x1f)]
        : [(first & 0x81) | (49 << 1), second, flags | ((first >> 1) & 0x3f)];
    parts.push(Buffer.concat([Buffer.from(header), unit.subarray(at, at + size)]));
  }
  return parts;
}

/** A unit of the given type; `begins` sets the bit with which a picture's first slice begins. */
export function nal(codec: NalCodec, type: number, begins = true, fill = 0x11, length = 6): Buffer {
  const head = codec === 'h264' ? [0x60 | type] : [type << 1, 1];
  return Buffer.concat([Buffer.from([...head, begins ? 0x80 : 0x40]), Buffer.alloc(length, fill)]);
}
