export type NalCodec = 'h264' | 'hevc';

export const isNalCodec = (codec: string): codec is NalCodec => codec === 'h264' || codec === 'hevc';

/** `nal_unit_type`: H.264 7.3.1, H.265 7.3.1.2. */
export function nalType(codec: NalCodec, unit: Buffer): number {
  const first = unit[0] ?? 0;
  return codec === 'h264' ? first & 0x1f : (first >> 1) & 0x3f;
}

const H264 = { IDR: 5, SEI: 6, SPS: 7, PPS: 8, AUD: 9 } as const;
const HEVC = { BLA_W_LP: 16, RSV_IRAP_VCL23: 23, VPS: 32, SPS: 33, PPS: 34, AUD: 35, PREFIX_SEI: 39 } as const;

/** SPS and PPS, and HEVC's VPS. */
export function isParameterSet(codec: NalCodec, unit: Buffer): boolean {
  const type = nalType(codec, unit);
  return codec === 'h264' ? type === H264.SPS || type === H264.PPS : type >= HEVC.VPS && type <= HEVC.PPS;
}

export const isSps = (codec: NalCodec, unit: Buffer): boolean =>
  nalType(codec, unit) === (codec === 'h264' ? H264.SPS : HEVC.SPS);

export const isAccessUnitDelimiter = (codec: NalCodec, unit: Buffer): boolean =>
  nalType(codec, unit) === (codec === 'h264' ? H264.AUD : HEVC.AUD);

/** A coded slice, as against parameter sets, SEI and delimiters. */
export function isSlice(codec: NalCodec, unit: Buffer): boolean {
  const type = nalType(codec, unit);
  return codec === 'h264' ? type >= 1 && type <= H264.IDR : unit.length > 0 && type < HEVC.VPS;
}

/** True for an access unit at which decoding can begin: an IDR picture, for HEVC any IRAP picture. */
export function isKeyframe(codec: NalCodec, units: readonly Buffer[]): boolean {
  return units.some((unit) => {
    const type = nalType(codec, unit);
    return codec === 'h264' ? type === H264.IDR : type >= HEVC.BLA_W_LP && type <= HEVC.RSV_IRAP_VCL23;
  });
}

/** Splits an Annex B byte stream (start codes of three or four bytes) into NAL units; the units are slices of `data`. */
export function splitAnnexB(data: Buffer): Buffer[] {
  const units: Buffer[] = [];
  let start = -1;
  for (let at = data.indexOf(START_CODE); at >= 0; at = data.indexOf(START_CODE, at + 3)) {
    if (start >= 0) push(units, data, start, at);
    start = at + 3;
  }
  if (start >= 0) push(units, data, start, data.length);
  return units;
}

const START_CODE = Buffer.from([0, 0, 1]);

/** Zero bytes before the next start code belong to no unit (`trailing_zero_8bits`). */
function push(units: Buffer[], data: Buffer, start: number, end: number): void {
  while (end > start && data[end - 1] === 0) end--;
  if (end > start) units.push(data.subarray(start, end));
}

/** Splits length-prefixed units, as MP4 and Matroska carry them; what is cut short is dropped. */
export function splitLengthPrefixed(data: Buffer, lengthSize: number): Buffer[] {
  const units: Buffer[] = [];
  for (let at = 0; at + lengthSize <= data.length;) {
    const length = data.readUIntBE(at, lengthSize);
    at += lengthSize;
    if (at + length > data.length) break;
    if (length > 0) units.push(data.subarray(at, at + length));
    at += length;
  }
  return units;
}

const START_CODE_BYTES = 4;

/** Joins NAL units into an Annex B byte stream, in memory of its own, which can be handed to another thread. */
export function toAnnexB(units: readonly Buffer[]): Buffer {
  let length = 0;
  for (const unit of units) length += START_CODE_BYTES + unit.length;
  const joined = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (const unit of units) {
    at = joined.writeUInt32BE(1, at);
    joined.set(unit, at);
    at += unit.length;
  }
  return joined;
}
