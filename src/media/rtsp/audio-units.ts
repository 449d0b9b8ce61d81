/** Takes sound units out of the RTP payloads of one stream, which come in order. */
export interface AudioDepacketiser {
  /** The units that this payload completes, as copies. */
  push(payload: Buffer, timestamp: number): readonly AudioUnit[];
  /** Forgets a unit that is under way: a packet was lost. */
  reset(): void;
}

export interface AudioUnit {
  /** 32 bits, of the RTP clock. */
  readonly timestamp: number;
  readonly data: Buffer;
}

/** Payloads that are a unit as they are: G.711 and L16 (RFC 3551, 4.5), Opus (RFC 7587, 4.2). */
export class WholePayloads implements AudioDepacketiser {
  push(payload: Buffer, timestamp: number): readonly AudioUnit[] {
    return payload.length === 0 ? [] : [{ timestamp, data: Buffer.from(payload) }];
  }

  reset(): void {
    // Nothing is ever under way.
  }
}

/** Bits of the fields before each AAC access unit, and the ticks that one lasts. */
export interface AacLayout {
  /** Where it is 0 no size is told, and there are no units: see plan.ts. */
  readonly sizeLength: number;
  readonly indexLength: number;
  readonly indexDeltaLength: number;
  readonly duration: number;
}

/** AAC access units stay below this (6144 bits a channel, ISO 14496-3, at most 8 channels), with room to spare. */
const LONGEST = 16 * 1024;

/** RFC 3640: access units behind a table of their sizes, or one in several packets. */
export class AacDepacketiser implements AudioDepacketiser {
  private parts: Buffer[] = [];
  private missing = 0;

  constructor(private readonly layout: AacLayout) {}

  push(payload: Buffer, timestamp: number): readonly AudioUnit[] {
    const { sizeLength, indexLength, indexDeltaLength, duration } = this.layout;
    if (payload.length < 2 || sizeLength === 0) return [];
    const headerBits = payload.readUInt16BE(0);
    const start = 2 + Math.ceil(headerBits / 8);
    const units: AudioUnit[] = [];
    let at = start;
    let bit = 16;
    for (let index = 0; bit < 16 + headerBits && at < payload.length; index++) {
      if (bit + sizeLength > payload.length * 8) break;
      const size = readBits(payload, bit, sizeLength);
      bit += sizeLength + (index === 0 ? indexLength : indexDeltaLength);
      const part = payload.subarray(at, at + size);
      at += size;
      const data = this.join(part, size);
      if (data !== undefined) units.push({ timestamp: (timestamp + index * duration) >>> 0, data });
    }
    return units;
  }

  reset(): void {
    this.parts = [];
    this.missing = 0;
  }

  /** A part that is shorter than its unit waits for the rest: RFC 3640, 3.2.3. */
  private join(part: Buffer, size: number): Buffer | undefined {
    if (part.length === size) {
      this.reset();
      return size === 0 ? undefined : withoutAdts(Buffer.from(part));
    }
    if (size > LONGEST) {
      this.reset();
      return undefined;
    }
    if (this.missing === 0) this.missing = size;
    this.parts.push(Buffer.from(part));
    this.missing -= part.length;
    if (this.missing > 0) return undefined;
    const unit = this.missing === 0 ? Buffer.concat(this.parts) : undefined;
    this.reset();
    return unit && withoutAdts(unit);
  }
}

/** Some cameras leave the ADTS header on. No raw access unit can begin like one: its first element would be the end. */
function withoutAdts(unit: Buffer): Buffer {
  if (unit.length < 9 || (unit.readUInt16BE(0) & 0xfff6) !== 0xfff0) return unit;
  return unit.subarray((unit.readUInt8(1) & 1) === 1 ? 7 : 9);
}

function readBits(data: Buffer, start: number, count: number): number {
  let value = 0;
  for (let bit = start; bit < start + count; bit++)
    value = value * 2 + (((data[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
  return value;
}
