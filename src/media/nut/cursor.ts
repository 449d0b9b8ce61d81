/**
 * Reads NUT's numbers from the head of a packet. Past the end every read gives 0 and {@link overran} says so, so a
 * parser checks once instead of at every field.
 */
export class Cursor {
  private overrun = false;
  private broken = false;

  constructor(
    private readonly data: Buffer,
    public at = 0,
  ) {}

  get overran(): boolean {
    return this.overrun;
  }

  /** True when a number did not fit 53 bits. */
  get invalid(): boolean {
    return this.broken;
  }

  get left(): number {
    return this.data.length - this.at;
  }

  byte(): number {
    const byte = this.data[this.at];
    if (byte === undefined) this.overrun = true;
    else this.at++;
    return byte ?? 0;
  }

  /** `v`: seven bits a byte, the highest first. */
  number(): number {
    let value = 0;
    for (let count = 0; count < MAX_NUMBER_BYTES; count++) {
      const byte = this.byte();
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) this.broken = true;
        return this.broken ? 0 : value;
      }
    }
    this.broken = true;
    return 0;
  }

  /** `s`: 0, 1, -1, 2, -2, … */
  signed(): number {
    const value = this.number() + 1;
    return value % 2 === 1 ? -Math.floor(value / 2) : value / 2;
  }

  /** Passes over a number of any size. */
  skip(): void {
    for (let count = 1; this.byte() >= 0x80; count++) {
      if (count === MAX_NUMBER_BYTES) {
        this.broken = true;
        return;
      }
    }
  }

  /** The next bytes as a slice. */
  bytes(count: number): Buffer {
    if (count > this.left) {
      this.overrun = true;
      return Buffer.alloc(0);
    }
    this.at += count;
    return this.data.subarray(this.at - count, this.at);
  }
}

/** As many as 64 bits need. */
const MAX_NUMBER_BYTES = 10;
