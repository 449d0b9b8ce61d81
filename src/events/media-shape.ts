import type { Part } from './media-path.js';

/** How much of a file is as it should be. */
export interface Shape {
  readonly bytes: number;
  /** How many from its beginning make a file that can be shown: all, some (a clip that breaks off), or 0. */
  readonly whole: number;
}

/** Fewer bytes than asked for where the file ends. */
export type ReadAt = (at: number, length: number) => Promise<Uint8Array>;

/** By the outer form only: it is known at the price of a few small reads. */
export const shapeOf = async (part: Part, bytes: number, readAt: ReadAt): Promise<Shape> => ({
  bytes,
  whole: part === 'clip' ? await wholeMp4(bytes, readAt) : await wholeJpeg(bytes, readAt),
});

/** From the start of image, FF D8, to the end of image, FF D9 (ITU-T T.81, B.1.1.3). */
async function wholeJpeg(bytes: number, readAt: ReadAt): Promise<number> {
  if (bytes < 4) return 0;
  const [start, end] = [await readAt(0, 2), await readAt(bytes - 2, 2)];
  return start[0] === 0xff && start[1] === 0xd8 && end[0] === 0xff && end[1] === 0xd9 ? bytes : 0;
}

/** A clip of two minutes has some hundred boxes. */
const MAX_BOXES = 100_000;

/**
 * Walks along the outer boxes (ISO 14496-12, 4.2). A file in fragments can be shown up to the end of any `mdat` that
 * follows a `moof`; any other has to be there as a whole.
 */
async function wholeMp4(bytes: number, readAt: ReadAt): Promise<number> {
  const seen = new Set<string>();
  let whole = 0;
  let begun = false;
  let at = 0;
  for (let boxes = 0; at < bytes && boxes < MAX_BOXES; boxes++) {
    const box = await boxAt(at, bytes, readAt);
    if (box === undefined || (boxes === 0 && box.type !== 'ftyp')) return whole;
    seen.add(box.type);
    at += box.size;
    if (box.type === 'mdat' && begun && seen.has('moov')) whole = at;
    if (box.type === 'mdat' || box.type === 'moof') begun = box.type === 'moof';
  }
  return at === bytes && seen.has('moov') && seen.has('mdat') && !begun ? bytes : whole;
}

const NAMED = /^[\x20-\x7e]{4}$/;

/** Undefined where no box begins, or one that goes on beyond the file. */
async function boxAt(
  at: number,
  bytes: number,
  readAt: ReadAt,
): Promise<{ readonly type: string; readonly size: number } | undefined> {
  const header = Buffer.from(await readAt(at, 16));
  if (header.length < 8) return undefined;
  const type = header.toString('latin1', 4, 8);
  const short = header.readUInt32BE(0);
  const size = short !== 1 ? short : header.length < 16 ? 0 : Number(header.readBigUInt64BE(8));
  if (!NAMED.test(type) || size < 8 || at + size > bytes) return undefined;
  return { type, size };
}
