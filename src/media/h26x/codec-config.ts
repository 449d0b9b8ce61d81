import { isParameterSet, splitAnnexB, type NalCodec } from './nal.js';

/** How a container describes H.264 or HEVC. */
export interface CodecConfig {
  /** (VPS,) SPS and PPS without start codes, as copies. */
  readonly parameterSets: readonly Buffer[];
  /** Bytes of the length before each unit in a packet; undefined where packets are Annex B. */
  readonly lengthSize: number | undefined;
}

/**
 * Reads ffmpeg's `extradata`: `avcC` and `hvcC` as MP4, Matroska and FLV have them (ISO/IEC 14496-15, 5.3.3.1 and
 * 8.3.3.1), or parameter sets in Annex B, as everything else has. Nothing at all counts as Annex B. Undefined for what
 * is neither.
 */
export function readCodecConfig(codec: NalCodec, extradata: Buffer): CodecConfig | undefined {
  if (extradata.length === 0) return { parameterSets: [], lengthSize: undefined };
  if (extradata[0] === 1) return codec === 'h264' ? readAvcC(extradata) : readHvcC(extradata);
  const units = splitAnnexB(extradata);
  if (units.length === 0) return undefined;
  return { parameterSets: setsOf(codec, units), lengthSize: undefined };
}

const setsOf = (codec: NalCodec, units: readonly Buffer[]): Buffer[] =>
  units.filter((unit) => isParameterSet(codec, unit)).map((unit) => Buffer.from(unit));

function readAvcC(data: Buffer): CodecConfig | undefined {
  if (data.length < 7) return undefined;
  const lengthSize = (data.readUInt8(4) & 3) + 1;
  const sps = readUnits(data, 6, data.readUInt8(5) & 0x1f);
  if (sps === undefined || sps.end >= data.length) return undefined;
  const pps = readUnits(data, sps.end + 1, data.readUInt8(sps.end));
  return pps && { parameterSets: setsOf('h264', [...sps.units, ...pps.units]), lengthSize };
}

function readHvcC(data: Buffer): CodecConfig | undefined {
  if (data.length < 23) return undefined;
  const lengthSize = (data.readUInt8(21) & 3) + 1;
  const units: Buffer[] = [];
  let at = 23;
  for (let arrays = data.readUInt8(22); arrays > 0; arrays--) {
    if (at + 3 > data.length) return undefined;
    const array = readUnits(data, at + 3, data.readUInt16BE(at + 1));
    if (array === undefined) return undefined;
    units.push(...array.units);
    at = array.end;
  }
  return { parameterSets: setsOf('hevc', units), lengthSize };
}

/** So many units, each behind a length of two bytes; undefined where they are cut short. */
function readUnits(data: Buffer, start: number, count: number): { units: Buffer[]; end: number } | undefined {
  const units: Buffer[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 2 > data.length) return undefined;
    const end = at + 2 + data.readUInt16BE(at);
    if (end > data.length) return undefined;
    units.push(data.subarray(at + 2, end));
    at = end;
  }
  return { units, end: at };
}
