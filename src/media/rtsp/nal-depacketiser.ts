/** Takes NAL units out of the RTP payloads of one stream, which come in order. */
export interface NalDepacketiser {
  /**
   * The units that end with or before this payload, as copies; undefined where it makes no sense, so that the access
   * unit cannot be whole.
   */
  push(payload: Buffer): readonly Buffer[] | undefined;
  /** The unit that is under way, where no more of it can come. Some cameras leave the end bit out. */
  flush(): readonly Buffer[];
  /** Forgets a unit that is under way: a packet was lost. */
  reset(): void;
}

/** A single unit, and so what is held of one that is under way, stays below this. */
export const LONGEST_UNIT = 8 * 1024 * 1024;

/** Puts one unit together again. */
export class FragmentedUnit {
  private parts: Buffer[] = [];
  private bytes = 0;

  /** @param header the unit's own header, for its first fragment */
  push(header: Buffer, fragment: Buffer, start: boolean, end: boolean): readonly Buffer[] | undefined {
    const before = start ? this.take() : [];
    if (start) this.add(header);
    else if (this.parts.length === 0) return undefined;
    this.add(Buffer.from(fragment));
    if (this.bytes > LONGEST_UNIT) {
      this.reset();
      return undefined;
    }
    return end ? [...before, ...this.take()] : before;
  }

  take(): readonly Buffer[] {
    if (this.parts.length === 0) return [];
    const unit = Buffer.concat(this.parts, this.bytes);
    this.reset();
    return [unit];
  }

  reset(): void {
    this.parts = [];
    this.bytes = 0;
  }

  private add(part: Buffer): void {
    this.parts.push(part);
    this.bytes += part.length;
  }
}

/** Units behind their lengths of 16 bits: RFC 6184, 5.7.1, and RFC 7798, 4.4.2. Undefined where one is cut short. */
export function aggregated(data: Buffer): readonly Buffer[] | undefined {
  const units: Buffer[] = [];
  for (let at = 0; at + 2 <= data.length;) {
    const end = at + 2 + data.readUInt16BE(at);
    if (end > data.length) return undefined;
    if (end > at + 2) units.push(Buffer.from(data.subarray(at + 2, end)));
    at = end;
  }
  return units;
}
