import type { Pages } from './pages.js';
import { PAGE } from './pages.js';

export interface LeafRow {
  readonly rowid: number;
  /** In the order of the table's columns, as node:sqlite would give them; a column that is the rowid is null. */
  readonly values: readonly unknown[];
}

const LEAF = 0x0d;
const HEADER = 8;
/** Most of a payload that stays on its page, and least (section 1.6). */
const MOST = PAGE - 35;
const LEAST = Math.floor(((PAGE - 12) * 32) / 255) - 23;
/** Larger than any event. */
const MAX_PAYLOAD = 4 * 2 ** 20;

/** The rows that can be read on a page: none where it is no leaf of a table. Never throws for what stands on it. */
export function* leafRows(pages: Pages, number: number): Generator<LeafRow, void> {
  const page = pages.page(number);
  if (page?.[number === 1 ? 100 : 0] !== LEAF || number === 1) return;
  const cells = Math.min(page.readUInt16BE(3), (PAGE - HEADER) / 2);
  for (let cell = 0; cell < cells; cell++) {
    try {
      yield rowAt(pages, page, page.readUInt16BE(HEADER + 2 * cell));
    } catch (error) {
      // A range error: the cell is not what it seems.
      if (!isOutOfRange(error)) throw error;
    }
  }
}

const isOutOfRange = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'RangeError';

const refuse = (): never => {
  throw new RangeError('no such row');
};

function rowAt(pages: Pages, page: Buffer, at: number): LeafRow {
  const cursor = { bytes: page, at };
  const length = varint(cursor);
  const rowid = varint(cursor);
  if (length > MAX_PAYLOAD) refuse();
  const payload = payloadAt(pages, page, cursor.at, length);
  return { rowid, values: valuesOf(payload) };
}

function payloadAt(pages: Pages, page: Buffer, at: number, length: number): Buffer {
  const wanted = LEAST + ((length - LEAST) % (PAGE - 4));
  const local = length <= MOST ? length : wanted <= MOST ? wanted : LEAST;
  if (at + local > PAGE) refuse();
  const pieces = [page.subarray(at, at + local)];
  let next = local < length ? page.readUInt32BE(at + local) : 0;
  for (let left = length - local; left > 0; left -= PAGE - 4) {
    const overflow = next === 0 ? undefined : pages.page(next);
    if (overflow === undefined) return refuse();
    pieces.push(overflow.subarray(4, 4 + Math.min(left, PAGE - 4)));
    next = overflow.readUInt32BE(0);
  }
  return Buffer.concat(pieces);
}

/** Section 2.1: serial types first, then the values. */
function valuesOf(record: Buffer): unknown[] {
  const header = { bytes: record, at: 0 };
  const end = varint(header);
  const values: unknown[] = [];
  let at = end;
  while (header.at < end) {
    const type = varint(header);
    const size = sizeOf(type);
    if (at + size > record.length) refuse();
    values.push(valueOf(type, record.subarray(at, at + size)));
    at += size;
  }
  return values;
}

const INTEGER_SIZES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

const sizeOf = (type: number): number => (type < 10 ? (INTEGER_SIZES[type] ?? 0) : Math.floor((type - 12) / 2));

function valueOf(type: number, bytes: Buffer): unknown {
  if (type >= 12) return type % 2 === 0 ? new Uint8Array(bytes) : bytes.toString('utf8');
  switch (type) {
    case 0:
      return null;
    case 6:
      return Number(bytes.readBigInt64BE());
    case 7:
      return bytes.readDoubleBE();
    case 8:
    case 9:
      return type - 8;
    default:
      return type < 6 ? bytes.readIntBE(0, bytes.length) : refuse();
  }
}

/** One to nine bytes, seven bits each and eight in the ninth. */
function varint(cursor: { readonly bytes: Buffer; at: number }): number {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = cursor.bytes.readUInt8(cursor.at++);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return value;
  }
  return value * 256 + cursor.bytes.readUInt8(cursor.at++);
}
