/**
 * Reads the bits of a NAL unit's payload (RBSP): emulation prevention bytes are skipped (H.264 7.4.1, H.265 7.4.2).
 * Past the end every read gives 0 and {@link overran} says so, so a parser checks once instead of at every field.
 */
export class BitReader {
  private readonly data: Buffer;
  private at = 0;

  /** @param start Bytes of `unit` to leave out: the NAL unit header, 1 for H.264 and 2 for HEVC. */
  constructor(unit: Buffer, start: number) {
    this.data = withoutEmulationPrevention(unit.subarray(start, start + MAX_HEADER_BYTES));
  }

  overran(): boolean {
    return this.at > this.data.length * 8;
  }

  /** Bits read so far, those of left out bytes not counted. */
  get position(): number {
    return this.at;
  }

  /** `u(1)`. */
  flag(): boolean {
    return this.bit() === 1;
  }

  /** `u(n)`, n up to 48. */
  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + this.bit();
    return value;
  }

  skip(count: number): void {
    this.at += count;
  }

  /** `ue(v)`: 9.1 of H.264, 9.2 of H.265. More than 31 leading zeros are no valid code and count as an overrun. */
  ue(): number {
    let zeros = 0;
    while (this.bit() === 0) {
      if (++zeros > 31) {
        this.at = Infinity;
        return 0;
      }
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** `se(v)`. */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }

  private bit(): number {
    const byte = this.data[this.at >> 3];
    const value = byte === undefined ? 0 : (byte >> (7 - (this.at & 7))) & 1;
    this.at++;
    return value;
  }
}

/** No parameter set or slice header that is read here is longer; keeps a hostile one from being copied whole. */
const MAX_HEADER_BYTES = 4096;

/** Takes a NAL unit's payload out of its bytes; the same buffer where there is nothing to take out. */
export function withoutEmulationPrevention(data: Buffer): Buffer {
  if (!data.includes(EMULATION_PREVENTION)) return data;
  const out = Buffer.allocUnsafe(data.length);
  let length = 0;
  let zeros = 0;
  for (const byte of data) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    out[length++] = byte;
  }
  return out.subarray(0, length);
}

const EMULATION_PREVENTION = Buffer.from([0, 0, 3]);
