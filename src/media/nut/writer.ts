import { tagOfCodec } from './codec-tags.js';
import { crc32, FILE_ID, FLAG, LONG_PACKET, STARTCODE } from './format.js';

export interface NutVideo {
  readonly kind: 'video';
  /** ffmpeg's name, or the number of a tag that is passed on. */
  readonly codec: string | number;
  readonly extradata: Buffer;
  /** Pixels; ffmpeg refuses 0. */
  readonly width: number;
  readonly height: number;
  /** Pictures a second, for what a decoder's user may want to know; frames carry their own times. */
  readonly fps?: number;
  /** Frames by which presentation lags behind decoding (B-frames); default 0. */
  readonly decodeDelay?: number;
}

export interface NutAudio {
  readonly kind: 'audio';
  readonly codec: string | number;
  readonly extradata: Buffer;
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
}

export interface NutFrame {
  /** Index of its stream. */
  readonly stream: number;
  /** Presentation time in microseconds, not negative. */
  readonly time: number;
  readonly keyframe: boolean;
  readonly data: Buffer;
}

/**
 * Writes NUT that ffmpeg reads frame by frame, without delay: `-f nut -probesize 32 -analyzeduration 0 -i pipe:0`.
 * Version 4 in pipe mode, which needs one syncpoint only. All streams have a time base of 1/1000000 s.
 */
export class NutWriter {
  /** What comes before the first frame. */
  readonly header: Buffer;

  /** @throws RangeError for a codec that has no tag in NUT */
  constructor(private readonly streams: readonly (NutVideo | NutAudio)[]) {
    this.header = Buffer.concat([
      FILE_ID,
      packet(STARTCODE.main, mainHeader(streams.length)),
      ...streams.map((stream, index) => packet(STARTCODE.stream, streamHeader(stream, index))),
      ...streams.flatMap((stream, index) => {
        const fps = stream.kind === 'video' ? stream.fps : undefined;
        return fps === undefined ? [] : [packet(STARTCODE.info, frameRate(fps, index))];
      }),
      packet(STARTCODE.syncpoint, bytesOf(0, 0)),
    ]);
  }

  /** The head of a frame; its data follow it. */
  head({ stream, time, keyframe, data }: NutFrame): Buffer {
    if (stream >= this.streams.length) throw new RangeError(`there is no stream ${stream}`);
    const key = keyframe ? FLAG.KEY : 0;
    const flags = key | FLAG.CODED_PTS | FLAG.STREAM_ID | FLAG.SIZE_MSB | FLAG.CHECKSUM;
    // The time is written whole: above the range of its low bits, which is 1.
    const head = Buffer.allocUnsafe(MOST_HEAD_BYTES);
    let at = 0;
    for (const value of [FRAME_CODE, flags, stream, Math.max(0, Math.round(time)) + 1, data.length])
      at = writeNumber(head, value, at);
    at = head.writeUInt32BE(crc32(head.subarray(0, at)), at);
    return head.subarray(0, at);
  }

  frame(frame: NutFrame): Buffer {
    return Buffer.concat([this.head(frame), frame.data]);
  }
}

/** The one byte by which frames begin. */
const FRAME_CODE = 1;
/** Five numbers and a checksum. */
const MOST_HEAD_BYTES = 5 * 8 + 4;
const VERSION = 4;
/** No syncpoint is needed within any distance. */
const PIPE = 2;
/** The most that ffmpeg heeds. */
const MAX_DISTANCE = 65_536;
/** Times may be this far apart, µs: the most that ffmpeg's field holds. Frames have checksums, so may be further. */
const MAX_PTS_DISTANCE = 2 ** 31 - 1;

function mainHeader(streamCount: number): Buffer {
  // Flags, the number of fields that follow, pts_delta, size_mul, stream, size_lsb, reserved, and for how many codes.
  const codes = (flags: number, count: number): number[] => [flags, 6, 0, 1, 0, 0, 0, count];
  return bytesOf(
    ...[VERSION, 0, streamCount, MAX_DISTANCE],
    ...[1, 1, 1_000_000],
    ...codes(FLAG.INVALID, FRAME_CODE),
    ...codes(FLAG.CODED, 1),
    ...codes(FLAG.INVALID, 255 - FRAME_CODE - 1),
    ...[0, PIPE],
  );
}

function streamHeader(stream: NutVideo | NutAudio, index: number): Buffer {
  const { kind, codec, extradata } = stream;
  const tag = typeof codec === 'number' ? codec : tagOfCodec(kind, codec);
  if (tag === undefined) throw new RangeError(`${codec} cannot be passed to ffmpeg`);
  const fourcc = Buffer.alloc(4);
  fourcc.writeUInt32LE(tag);
  const delay = kind === 'video' ? (stream.decodeDelay ?? 0) : 0;
  return Buffer.concat([
    bytesOf(index, kind === 'video' ? 0 : 1, fourcc.length),
    fourcc,
    bytesOf(0, 0, MAX_PTS_DISTANCE, delay, 0, extradata.length),
    extradata,
    kind === 'video' ? bytesOf(stream.width, stream.height, 0, 0, 0) : bytesOf(stream.sampleRate, 1, stream.channels),
  ]);
}

function frameRate(fps: number, index: number): Buffer {
  const text = (value: string): Buffer => Buffer.concat([bytesOf(value.length), Buffer.from(value, 'latin1')]);
  const isText = bytesOf(2); // -1 as a signed number
  return Buffer.concat([
    bytesOf(index + 1, 0, 0, 0, 1),
    text('r_frame_rate'),
    isText,
    text(`${Math.round(fps * 1000)}/1000`),
  ]);
}

function packet(startcode: Buffer, payload: Buffer): Buffer {
  const head = Buffer.concat([startcode, bytesOf(payload.length + 4)]);
  return Buffer.concat([payload.length + 4 > LONG_PACKET ? withCrc(head) : head, withCrc(payload)]);
}

function withCrc(data: Buffer): Buffer {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(data));
  return Buffer.concat([data, crc]);
}

/** Numbers as NUT's `v`, below 2⁵³. */
function bytesOf(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  let at = 0;
  for (const value of values) at = writeNumber(bytes, value, at);
  return bytes.subarray(0, at);
}

/** @returns where it ends */
function writeNumber(bytes: Buffer, value: number, at: number): number {
  let end = at + 1;
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) end++;
  let more = 0;
  for (let place = end - 1, rest = value; place >= at; place--, rest = Math.floor(rest / 128), more = 128)
    bytes[place] = (rest % 128) + more;
  return end;
}
