/** ADTS header (ISO 14496-3, 1.A.2.2): seven bytes, nine with a checksum. */
const SYNC = 0xfff;

/** What MPEG-TS puts before each AAC access unit. */
export interface AdtsUnit {
  /** AudioSpecificConfig of two bytes. */
  readonly config: Buffer;
  /** The access unit without the header; a slice. */
  readonly data: Buffer;
}

/** Splits ADTS frames; what is none ends the list. */
export function splitAdts(data: Buffer): AdtsUnit[] {
  const units: AdtsUnit[] = [];
  for (let at = 0; at + 7 <= data.length;) {
    if (data.readUInt16BE(at) >> 4 !== SYNC) break;
    const header = (data.readUInt8(at + 1) & 1) === 1 ? 7 : 9;
    const second = data.readUInt8(at + 2);
    const third = data.readUInt8(at + 3);
    const length = ((third & 3) << 11) | (data.readUInt8(at + 4) << 3) | (data.readUInt8(at + 5) >> 5);
    if (length < header || at + length > data.length) break;
    const objectType = (second >> 6) + 1;
    const rate = (second >> 2) & 0x0f;
    const channels = ((second & 1) << 2) | (third >> 6);
    const config = Buffer.from([(objectType << 3) | (rate >> 1), ((rate & 1) << 7) | (channels << 3)]);
    units.push({ config, data: data.subarray(at + header, at + length) });
    at += length;
  }
  return units;
}

export const isAdts = (data: Buffer): boolean => data.length >= 7 && data.readUInt16BE(0) >> 4 === SYNC;
