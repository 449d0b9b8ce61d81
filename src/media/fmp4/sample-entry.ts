import { withoutEmulationPrevention } from '../h26x/bits.js';
import { isNalCodec, nalType, type NalCodec } from '../h26x/nal.js';
import { parseSps, type SpsInfo } from '../h26x/sps.js';
import type { AudioFormat, VideoFormat } from '../packet.js';
import { aacConfig } from '../rtsp/aac-config.js';
import { box, fullBox, u16, u32, u8 } from './box.js';
import { FragmentError } from './fault.js';

/** What a track's description holds. */
export interface VideoEntry {
  readonly codec: NalCodec;
  /** `avc1` or `hvc1`. */
  readonly box: Buffer;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

export interface AudioEntry {
  /** `mp4a`. */
  readonly box: Buffer;
  /** Ticks a second: the sample rate. */
  readonly timescale: number;
  /** Of an access unit, ticks. */
  readonly duration: number;
}

/** Whether a muxer can be made for it. */
export function isCarried(format: VideoFormat | AudioFormat): boolean {
  try {
    if (format.kind === 'video') videoEntry(format);
    else audioEntry(format);
    return true;
  } catch (error) {
    if (error instanceof FragmentError) return false;
    throw error;
  }
}

/** @throws {FragmentError} */
export function videoEntry({ codec, parameterSets }: VideoFormat): VideoEntry {
  if (!isNalCodec(codec)) throw new FragmentError('codec', `MP4 carries H.264 and HEVC, but not ${codec}.`);
  const kinds = SETS[codec].map((type) => parameterSets.filter((unit) => nalType(codec, unit) === type));
  const broken = (): FragmentError =>
    new FragmentError('parameters', `The camera sends no ${codec} parameter sets that can be read.`);
  const sps = kinds.at(-2)?.[0];
  const info = sps && parseSps(codec, sps);
  if (sps === undefined || info === undefined) throw broken();
  if (kinds.some((sets) => sets.length < 1 || sets.length > MOST_SETS)) throw broken();
  if (parameterSets.some(({ length }) => length > 0xffff)) throw broken();
  const [width, height] = [Math.min(info.width, 0xffff), Math.min(info.height, 0xffff)];
  const config = codec === 'h264' ? avcC(kinds, sps, info) : hvcC(kinds, sps, info);
  return { codec, width, height, box: visualEntry(codec === 'h264' ? 'avc1' : 'hvc1', width, height, config) };
}

/** In the order in which they are needed: (VPS,) SPS, PPS. */
const SETS = { h264: [7, 8], hevc: [32, 33, 34] } as const;
/** `numOfSequenceParameterSets` has five bits. */
const MOST_SETS = 31;

/** ISO 14496-12, 12.1.3. */
function visualEntry(type: string, width: number, height: number, config: Buffer): Buffer {
  const resolution = u32(0x0048_0000, 0x0048_0000); // 72 dpi
  const depth = u16(0x18, 0xffff);
  return box(
    ...([
      type,
      ENTRY_HEAD,
      Buffer.alloc(16),
      u16(width, height),
      resolution,
      u32(0),
      u16(1),
      Buffer.alloc(32),
    ] as const),
    ...[depth, config],
  );
}

/** Six reserved bytes, `data_reference_index`. */
const ENTRY_HEAD = u16(0, 0, 0, 1);

const CHROMA = ['400', '420', '422', '444'];
/** The profiles whose description goes on: High, High 10, High 4:2:2, and what was High 4:4:4. */
const HIGH_PROFILES = [100, 110, 122, 144];

const withLength = (unit: Buffer): Buffer => Buffer.concat([u16(unit.length), unit]);

/** ISO 14496-15, 5.3.3.1; lengths of four bytes. */
function avcC([sets = [], pictures = []]: readonly Buffer[][], sps: Buffer, info: SpsInfo): Buffer {
  const depth = info.bitDepth - 8;
  const high = [0xfc | CHROMA.indexOf(info.chroma), 0xf8 | depth, 0xf8 | depth, 0];
  return box(
    'avcC',
    ...[u8(1), sps.subarray(1, 4), u8(0xff, 0xe0 | sets.length), ...sets.map(withLength)],
    ...[u8(pictures.length), ...pictures.map(withLength)],
    ...(HIGH_PROFILES.includes(info.profileIdc) ? [u8(...high)] : []),
  );
}

/** ISO 14496-15, 8.3.3.1; all sets of the stream are here, lengths have four bytes. */
function hvcC(kinds: readonly Buffer[][], sps: Buffer, info: SpsInfo): Buffer {
  // `general_profile_space` to `general_level_idc` stand there as they do in the SPS.
  const payload = withoutEmulationPrevention(sps.subarray(2));
  const layers = payload.readUInt8(0);
  const temporal = ((((layers >> 1) & 7) + 1) << 3) | ((layers & 1) << 2);
  const depth = 0xf8 | (info.bitDepth - 8);
  const arrays = kinds.map((sets) =>
    Buffer.concat([u8(0x80 | nalType('hevc', sets[0] ?? sps)), u16(sets.length), ...sets.map(withLength)]),
  );
  return box(
    'hvcC',
    ...[u8(1), payload.subarray(1, 13), u16(0xf000), u8(0xfc, 0xfc | CHROMA.indexOf(info.chroma), depth, depth)],
    ...[u16(0), u8(temporal | 3, arrays.length), ...arrays],
  );
}

/** AAC-LC, and the two that put their high band beside it (SBR, PS). */
const AAC_TYPES = [2, 5, 29];

/** @throws {FragmentError} */
export function audioEntry({ codec, extradata }: AudioFormat): AudioEntry {
  if (codec !== 'aac') throw new FragmentError('codec', `MP4 is written with AAC, but not with ${codec}.`);
  const config = aacConfig(extradata);
  if (config === undefined) throw new FragmentError('parameters', 'The camera does not describe its AAC sound.');
  const type = extradata.readUInt8(0) >> 3;
  if (!AAC_TYPES.includes(type)) throw new FragmentError('codec', `MP4 is written with AAC-LC, not with type ${type}.`);
  const { sampleRate, channels, samples } = config;
  // 16.16; a rate beyond that is in the descriptor alone.
  const rate = sampleRate > 0xffff ? 0 : sampleRate;
  const head = Buffer.concat([ENTRY_HEAD, u32(0, 0), u16(channels, 16, 0, 0), u16(rate, 0)]);
  return { box: box('mp4a', head, esds(extradata)), timescale: sampleRate, duration: samples };
}

/** ISO 14496-1, 7.2.6.5 and what it holds; an AudioSpecificConfig of up to 64 bytes keeps all lengths in one byte. */
function esds(config: Buffer): Buffer {
  const descriptor = (tag: number, ...content: readonly Uint8Array[]): Buffer => {
    const body = Buffer.concat(content);
    return Buffer.concat([u8(tag, body.length), body]);
  };
  const decoder = descriptor(4, u8(0x40, 0x15, 0, 0, 0), u32(0, 0), descriptor(5, config)); // AAC, audio stream
  return fullBox('esds', 0, 0, descriptor(3, u16(0), u8(0), decoder, descriptor(6, u8(2))));
}
