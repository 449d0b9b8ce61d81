import { createRequire } from 'node:module';

interface CoderReader {
  readTag(): number;
  readInt8(): number;
  readLength8(): number;
  readTrue(): boolean;
  readFalse(): boolean;
  readNegOne(): number;
  readIntRange(tag: number): number;
}

/** HAP-NodeJS's coder of messages; how it is used here is the other side's. */
interface Coder {
  readonly DataStreamParser: { decode(reader: object): unknown; encode(data: unknown, writer: object): void };
  readonly DataStreamReader: new (data: Buffer) => CoderReader;
  readonly DataStreamWriter: new () => { getData(): Buffer };
}
const fromHere = createRequire(import.meta.url);
const coder = createRequire(fromHere.resolve('homebridge'))('@homebridge/hap-nodejs') as Coder;

/** Tags of HomeKit Data Streams: small values are tags themselves, others follow upon theirs. */
const ZERO = 0x08;
const THIRTY_NINE = 0x2f;
const INT8 = 0x30;
const DATA_OF_0 = 0x70;
const DATA_OF_32 = 0x90;
const DATA_LENGTH8 = 0x91;

/**
 * What HAP-NodeJS writes as is right and reads otherwise: it does not know 39, the number of a fragment in a recording of
 * 3 minutes; it forgets data of up to 32 bytes, which the last chunk of a fragment may be; and it counts what is a tag by
 * itself among what a later value may refer to.
 */
class Reader extends coder.DataStreamReader {
  private is39 = false;
  private short: number | undefined;

  override readTag(): number {
    const tag = super.readTag();
    this.is39 = tag === THIRTY_NINE;
    this.short = tag >= DATA_OF_0 && tag <= DATA_OF_32 ? tag - DATA_OF_0 : undefined;
    return this.is39 ? INT8 : this.short === undefined ? tag : DATA_LENGTH8;
  }

  override readInt8(): number {
    return this.is39 ? 39 : super.readInt8();
  }

  override readLength8(): number {
    return this.short ?? super.readLength8();
  }

  override readTrue(): boolean {
    return true;
  }

  override readFalse(): boolean {
    return false;
  }

  override readNegOne(): number {
    return -1;
  }

  override readIntRange(tag: number): number {
    return tag - ZERO;
  }
}

export function encoded(message: unknown): Buffer {
  const writer = new coder.DataStreamWriter();
  coder.DataStreamParser.encode(message, writer);
  return writer.getData();
}

export const decoded = (data: Buffer): unknown => coder.DataStreamParser.decode(new Reader(data));
