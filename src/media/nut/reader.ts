import { Cursor } from './cursor.js';
import { crc32, FILE_ID, FLAG, LONG_PACKET, N, STARTCODE, STARTCODE_BYTES } from './format.js';
import {
  MAX_RESERVED,
  NutError,
  parseMainHeader,
  parseStreamHeader,
  within,
  type MainHeader,
  type NutStream,
  type TimeBase,
} from './headers.js';

export { NutError, type NutStream } from './headers.js';

export interface NutPacket {
  readonly stream: NutStream;
  /** Presentation time, ms. */
  readonly time: number;
  readonly keyframe: boolean;
  /** Never a slice of what was pushed. */
  readonly data: Buffer;
}

export interface NutSink {
  /** Called once, before the first packet; in the order of the streams' indices. */
  onFormats(streams: readonly NutStream[]): void;
  onPacket(packet: NutPacket): void;
}

/** A keyframe of an 8K camera at the highest rate has about 8 MB. */
const MAX_FRAME_BYTES = 32 * 1024 * 1024;
/** Headers with the codec data of their stream. */
const MAX_PACKET_BYTES = 256 * 1024;
/** No frame's head is longer: its fixed fields, the reserved ones and a checksum. */
const MAX_HEAD_BYTES = 1 + (7 + MAX_RESERVED) * 10 + 4;

/** What is being filled with bytes as they come. */
interface Body {
  readonly data: Buffer;
  filled: number;
  readonly done: (data: Buffer) => void;
}

/**
 * Takes NUT apart as it comes, in chunks of any size. After what is no NUT it is of no use: {@link push} throws a
 * {@link NutError}, then and ever after. Holds one frame at most.
 */
export class NutReader {
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;
  private body: Body | undefined;
  private skipping = 0;
  private begun = false;
  private main: MainHeader | undefined;
  private readonly streams: (NutStream | undefined)[] = [];
  private complete: readonly NutStream[] | undefined;
  /** By stream; set by each syncpoint, so there is none before the first. */
  private lastPts: number[] | undefined;
  private failure: NutError | undefined;

  constructor(private readonly sink: NutSink) {}

  push(chunk: Buffer): void {
    if (this.failure !== undefined) throw this.failure;
    const rest = this.bytes.subarray(this.at);
    this.bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    this.at = 0;
    try {
      while (this.step());
    } catch (error) {
      if (error instanceof NutError) this.failure = error;
      throw error;
    }
  }

  /** @returns whether there may be more to do with the bytes at hand */
  private step(): boolean {
    const left = this.bytes.length - this.at;
    if (this.skipping > 0) {
      const count = Math.min(left, this.skipping);
      this.skipping -= count;
      this.at += count;
      return this.skipping === 0;
    }
    if (this.body !== undefined) return this.fill(this.body, left);
    if (left === 0) return false;
    if (!this.begun) return this.readFileId(left);
    return this.bytes[this.at] === N ? this.readPacketHead(left) : this.readFrameHead();
  }

  private fill(body: Body, left: number): boolean {
    const count = Math.min(left, body.data.length - body.filled);
    this.bytes.copy(body.data, body.filled, this.at, this.at + count);
    this.at += count;
    body.filled += count;
    if (body.filled < body.data.length) return false;
    this.body = undefined;
    body.done(body.data);
    return true;
  }

  private readFileId(left: number): boolean {
    const count = Math.min(left, FILE_ID.length);
    if (this.bytes.compare(FILE_ID, 0, count, this.at, this.at + count) !== 0) throw new NutError('this is no NUT');
    if (count < FILE_ID.length) return false;
    this.at += count;
    this.begun = true;
    return true;
  }

  private readPacketHead(left: number): boolean {
    if (left < STARTCODE_BYTES) return false;
    const start = this.at + STARTCODE_BYTES;
    const cursor = new Cursor(this.bytes, start);
    const size = cursor.number();
    const isLong = size > LONG_PACKET;
    if (isLong) cursor.bytes(4);
    if (cursor.invalid) throw new NutError('a packet has no length');
    if (cursor.overran) return false;
    if (isLong && crc32(this.bytes.subarray(this.at, cursor.at)) !== 0) {
      throw new NutError("a packet's head is damaged");
    }
    const startcode = this.bytes.subarray(this.at, start);
    this.at = cursor.at;
    if (startcode.equals(STARTCODE.main) && this.main === undefined) {
      this.readPacket(size, (payload) => (this.main = parseMainHeader(payload)));
    } else if (startcode.equals(STARTCODE.stream) && this.complete === undefined) {
      this.readPacket(size, (payload) => {
        this.takeStream(payload);
      });
    } else if (startcode.equals(STARTCODE.syncpoint)) {
      this.readPacket(size, (payload) => {
        this.takeSyncpoint(payload);
      });
    } else if (Object.values(STARTCODE).some((known) => known.equals(startcode))) {
      this.skipping = size;
    } else {
      throw new NutError('an unknown packet');
    }
    return true;
  }

  private readPacket(size: number, take: (payload: Buffer) => void): void {
    this.body = {
      data: Buffer.allocUnsafe(within('the length of a packet', size, 4, MAX_PACKET_BYTES)),
      filled: 0,
      done: (data) => {
        if (crc32(data) !== 0) throw new NutError('a packet is damaged');
        take(data.subarray(0, -4));
      },
    };
  }

  private takeStream(payload: Buffer): void {
    if (this.main === undefined) throw new NutError('a stream header stands before the main header');
    const stream = parseStreamHeader(payload, this.main);
    this.streams[stream.index] = stream;
    const all = Array.from({ length: this.main.streamCount }, (_, index) => this.streams[index]);
    if (!all.every((one) => one !== undefined)) return;
    this.complete = all;
    this.sink.onFormats(all);
  }

  private takeSyncpoint(payload: Buffer): void {
    if (this.main === undefined || this.complete === undefined) throw new NutError('a syncpoint before the headers');
    const { timeBases } = this.main;
    const cursor = new Cursor(payload);
    const value = cursor.number();
    const from = timeBases[value % timeBases.length];
    if (cursor.overran || cursor.invalid || from === undefined) throw new NutError('a syncpoint is cut short');
    const ticks = Math.floor(value / timeBases.length);
    this.lastPts = this.complete.map((stream) => rescale(ticks, from, stream.timeBase));
  }

  private readFrameHead(): boolean {
    const { main, complete, lastPts } = this;
    if (main === undefined || complete === undefined || lastPts === undefined) {
      throw new NutError('a frame stands before the headers');
    }
    const cursor = new Cursor(this.bytes, this.at);
    const code = main.frameCodes[cursor.byte()];
    if (code === undefined) throw new NutError('a frame begins with an invalid code');
    let { flags } = code;
    if ((flags & FLAG.CODED) !== 0) flags ^= cursor.number() % 2 ** 31;
    const has = (flag: number): boolean => (flags & flag) !== 0;
    const index = has(FLAG.STREAM_ID) ? cursor.number() : code.stream;
    const coded = has(FLAG.CODED_PTS) ? cursor.number() : undefined;
    const sizeMsb = has(FLAG.SIZE_MSB) ? cursor.number() : 0;
    if (has(FLAG.MATCH_TIME)) cursor.skip();
    const headerIdx = has(FLAG.HEADER_IDX) ? cursor.number() : code.headerIdx;
    const reserved = has(FLAG.RESERVED) ? cursor.number() : code.reserved;
    for (let i = 0; i < Math.min(reserved, MAX_RESERVED); i++) cursor.skip();
    if (has(FLAG.CHECKSUM)) cursor.bytes(4);
    if (cursor.overran && this.bytes.length - this.at < MAX_HEAD_BYTES) return false;
    const stream = complete[index];
    const size = code.sizeLsb + code.sizeMul * sizeMsb;
    const elided = size > LONG_PACKET ? main.elided[0] : main.elided[headerIdx];
    if (cursor.overran || cursor.invalid || stream === undefined || elided === undefined || reserved > MAX_RESERVED) {
      throw new NutError("a frame's head makes no sense");
    }
    if (has(FLAG.SIDE_DATA)) throw new NutError('frames with side data are not supported');
    within('the length of a frame', size, elided.length, MAX_FRAME_BYTES);
    const last = lastPts[index] ?? 0;
    const pts = coded === undefined ? last + code.ptsDelta : fullPts(coded, last, stream.msbPtsShift);
    lastPts[index] = pts;
    this.at = cursor.at;

    const data = Buffer.allocUnsafe(size);
    elided.copy(data);
    const time = (pts * 1000 * stream.timeBase.num) / stream.timeBase.den;
    this.body = {
      data,
      filled: elided.length,
      done: () => {
        if (!has(FLAG.EOR)) this.sink.onPacket({ stream, time, keyframe: has(FLAG.KEY), data });
      },
    };
    return true;
  }
}

/** Only the low bits of a time are written where they tell enough: the value next to the last that ends in them. */
function fullPts(coded: number, last: number, shift: number): number {
  const range = 2 ** shift;
  if (coded >= range) return coded - range;
  const least = last - Math.floor((range - 1) / 2);
  return least + ((((coded - least) % range) + range) % range);
}

/** Rounds down. */
function rescale(ticks: number, from: TimeBase, to: TimeBase): number {
  return Number((BigInt(ticks) * BigInt(from.num) * BigInt(to.den)) / (BigInt(from.den) * BigInt(to.num)));
}
