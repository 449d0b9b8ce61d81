import { codecOfTag, type NutKind } from './codec-tags.js';
import { Cursor } from './cursor.js';
import { FLAG, N } from './format.js';

/** What is no NUT, or no NUT that ffmpeg writes. */
export class NutError extends Error {
  override readonly name = 'NutError';
}

export interface TimeBase {
  readonly num: number;
  readonly den: number;
}

/** What a frame's first byte stands for. */
export interface FrameCode {
  readonly flags: number;
  readonly ptsDelta: number;
  readonly sizeMul: number;
  readonly sizeLsb: number;
  readonly stream: number;
  readonly reserved: number;
  readonly headerIdx: number;
}

export interface MainHeader {
  readonly streamCount: number;
  readonly timeBases: readonly TimeBase[];
  /** By the byte; undefined for those that begin no frame. */
  readonly frameCodes: readonly (FrameCode | undefined)[];
  /** First bytes that frames have in common and that are left out of them. */
  readonly elided: readonly Buffer[];
}

export interface NutStream {
  /** From 0. */
  readonly index: number;
  readonly kind: NutKind;
  /** ffmpeg's name; undefined for an unknown tag. */
  readonly codec: string | undefined;
  /** A fourcc or a WAVE format tag, in little-endian order. */
  readonly tag: number;
  /** ffmpeg's `extradata`. */
  readonly extradata: Buffer;
  /** Pixels, video only. */
  readonly width: number;
  readonly height: number;
  /** Hertz, audio only. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Frames by which presentation lags behind decoding. */
  readonly decodeDelay: number;
  readonly timeBase: TimeBase;
  readonly msbPtsShift: number;
}

/** As many as a hub's own streams could ever need; the format allows any number. */
const MAX_STREAMS = 16;
const MAX_TIME_BASES = 64;

/** @param payload without its checksum */
export function parseMainHeader(payload: Buffer): MainHeader {
  const cursor = new Cursor(payload);
  const version = cursor.number();
  if (version < 3 || version > 4) throw new NutError(`NUT version ${version} is not supported`);
  if (version > 3) cursor.skip(); // minor_version
  const streamCount = within('stream_count', cursor.number(), 1, MAX_STREAMS);
  cursor.skip(); // max_distance
  const timeBaseCount = within('time_base_count', cursor.number(), 1, MAX_TIME_BASES);
  const timeBases = Array.from({ length: timeBaseCount }, () => ({
    num: within('time_base_num', cursor.number(), 1, 2 ** 31),
    den: within('time_base_denom', cursor.number(), 1, 2 ** 31),
  }));
  const frameCodes = parseFrameCodes(cursor, streamCount);
  const elided: Buffer[] = [Buffer.alloc(0)];
  if (cursor.left > 0) {
    const count = within('header_count_minus1', cursor.number(), 0, 127);
    for (let i = 0; i < count; i++) elided.push(cursor.bytes(within('elision', cursor.number(), 1, 255)));
  }
  if (cursor.overran || cursor.invalid) throw new NutError('the main header is cut short');
  if (frameCodes.some((code) => code !== undefined && code.headerIdx >= elided.length)) {
    throw new NutError('a frame code names an elision header that is not there');
  }
  return { streamCount, timeBases, frameCodes, elided };
}

/** The table is run-length coded: each entry says how it differs from the one before, and for how many codes it holds. */
function parseFrameCodes(cursor: Cursor, streamCount: number): (FrameCode | undefined)[] {
  const codes: (FrameCode | undefined)[] = [];
  let ptsDelta = 0;
  let sizeMul = 1;
  let stream = 0;
  let headerIdx = 0;
  while (codes.length < 256) {
    const flags = cursor.number();
    const fields = within('fields', cursor.number(), 0, 64);
    if (fields > 0) ptsDelta = cursor.signed();
    if (fields > 1) sizeMul = within('size_mul', cursor.number(), 0, 0xffff);
    if (fields > 2) stream = within('stream', cursor.number(), 0, streamCount - 1);
    const sizeLsb = fields > 3 ? within('size_lsb', cursor.number(), 0, 0xffff) : 0;
    const reserved = fields > 4 ? within('reserved_count', cursor.number(), 0, MAX_RESERVED) : 0;
    const count = within('count', fields > 5 ? cursor.number() : sizeMul - sizeLsb, 1, 256);
    if (fields > 6) cursor.skip(); // match_time_delta
    if (fields > 7) headerIdx = within('header_idx', cursor.number(), 0, 127);
    for (let i = 8; i < fields; i++) cursor.skip();
    if (cursor.overran || cursor.invalid) throw new NutError('the table of frame codes is cut short');
    for (let i = 0; i < count; i++) {
      if (codes.length === N) codes.push(undefined);
      if (codes.length >= 256) throw new NutError('the table of frame codes is too long');
      const code = { flags, ptsDelta, sizeMul, sizeLsb: sizeLsb + i, stream, reserved, headerIdx };
      codes.push((flags & FLAG.INVALID) !== 0 ? undefined : code);
    }
  }
  return codes;
}

/** Reserved fields that a frame may have; none are known. */
export const MAX_RESERVED = 32;

const KINDS: readonly NutKind[] = ['video', 'audio'];

/** @param payload without its checksum */
export function parseStreamHeader(payload: Buffer, main: MainHeader): NutStream {
  const cursor = new Cursor(payload);
  const index = within('stream_id', cursor.number(), 0, main.streamCount - 1);
  const kind = KINDS[cursor.number()] ?? 'other';
  const tagBytes = cursor.bytes(within('fourcc', cursor.number(), 2, 4));
  const tag = tagBytes.length > 0 ? tagBytes.readUIntLE(0, tagBytes.length) : 0;
  const timeBase = main.timeBases[cursor.number()];
  const msbPtsShift = within('msb_pts_shift', cursor.number(), 0, 15);
  cursor.skip(); // max_pts_distance
  const decodeDelay = within('decode_delay', cursor.number(), 0, 999);
  cursor.skip(); // stream_flags
  const extradata = Buffer.from(cursor.bytes(cursor.number()));
  const [width, height] = kind === 'video' ? [side(cursor), side(cursor)] : [0, 0];
  let sampleRate = 0;
  let channels = 0;
  if (kind === 'audio') {
    const numerator = cursor.number();
    sampleRate = within('samplerate', Math.round(numerator / Math.max(1, cursor.number())), 1, 1_000_000);
    channels = within('channel_count', cursor.number(), 1, 64);
  }
  if (cursor.overran || cursor.invalid || timeBase === undefined) throw new NutError('a stream header is cut short');
  const codec = codecOfTag(kind, tag);
  return {
    ...{ index, kind, codec, tag, extradata, width, height },
    ...{ sampleRate, channels, decodeDelay, timeBase, msbPtsShift },
  };
}

const side = (cursor: Cursor): number => within('width and height', cursor.number(), 0, 0xffff);

export function within(field: string, value: number, least: number, most: number): number {
  if (value < least || value > most) throw new NutError(`${field} is ${value}, expected ${least} to ${most}`);
  return value;
}
