/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is bounded by its loop */
import type { EventMask } from '../../detection/types.js';
import { MASK_BYTES } from '../../detection/mask.js';
import type { MaskQuery } from '../store.js';
import type { Place } from './query.js';

const { imul } = Math;
const WORDS = MASK_BYTES / 4;

/** Number of bits set in a 32-bit word. */
export function bits(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

const wordsOf = (mask: EventMask): Uint32Array =>
  mask.byteOffset % 4 === 0
    ? new Uint32Array(mask.buffer, mask.byteOffset, WORDS)
    : new Uint32Array(mask.slice().buffer);

function cellsOf(words: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < WORDS; i++) sum += bits(words[i]!);
  return sum;
}

/**
 * The masks of all events in memory, 308 bytes each. Reading 100,000 of them from SQLite takes 150 to 250 ms of a core
 * on every search, this 15.
 */
export class MaskIndex {
  #masks = new Uint32Array(0);
  #cells = new Uint16Array(0);
  #starts = new Float64Array(0);
  #seqs = new Float64Array(0);
  readonly #slots = new Map<number, number>();

  get size(): number {
    return this.#slots.size;
  }

  /** Adds an event, or replaces its mask. */
  set({ seq, start }: Place, mask: EventMask): void {
    let slot = this.#slots.get(seq);
    if (slot === undefined) {
      slot = this.#slots.size;
      if (slot === this.#seqs.length) this.#resize(Math.max(256, Math.ceil(slot * 1.5)));
      this.#slots.set(seq, slot);
    }
    const words = wordsOf(mask);
    this.#masks.set(words, slot * WORDS);
    this.#cells[slot] = cellsOf(words);
    this.#starts[slot] = start;
    this.#seqs[slot] = seq;
  }

  delete(seq: number): void {
    const slot = this.#slots.get(seq);
    if (slot === undefined) return;
    const last = this.#slots.size - 1;
    this.#masks.copyWithin(slot * WORDS, last * WORDS, (last + 1) * WORDS);
    this.#cells[slot] = this.#cells[last]!;
    this.#starts[slot] = this.#starts[last]!;
    const moved = (this.#seqs[slot] = this.#seqs[last]!);
    this.#slots.set(moved, slot);
    this.#slots.delete(seq);
    if (last < this.#seqs.length / 4 && last > 256) this.#resize(last * 2);
  }

  /** Those with enough in common, newest first. */
  search({ mask, share, of }: MaskQuery): Place[] {
    const zone = wordsOf(mask);
    const zoneCells = cellsOf(zone);
    const used = Uint8Array.from(zone.keys()).filter((word) => zone[word] !== 0);
    const [masks, cells] = [this.#masks, this.#cells];
    const found: Place[] = [];
    // Backwards, for events come in the order of time: then there is next to nothing left to sort.
    for (let slot = this.#slots.size - 1; slot >= 0; slot--) {
      const own = cells[slot]!;
      const least = share * (of === 'smaller' && zoneCells < own ? zoneCells : own);
      let common = 0;
      for (const word of used) {
        const both = masks[slot * WORDS + word]! & zone[word]!;
        if (both !== 0) common += bits(both);
      }
      if (common > 0 && common >= least) found.push({ start: this.#starts[slot]!, seq: this.#seqs[slot]! });
    }
    return found.sort((a, b) => b.start - a.start || b.seq - a.seq);
  }

  #resize(slots: number): void {
    const fitted = <T extends Uint32Array | Uint16Array | Float64Array>(into: T, from: T): T => {
      into.set(from.subarray(0, into.length));
      return into;
    };
    this.#masks = fitted(new Uint32Array(slots * WORDS), this.#masks);
    this.#cells = fitted(new Uint16Array(slots), this.#cells);
    this.#starts = fitted(new Float64Array(slots), this.#starts);
    this.#seqs = fitted(new Float64Array(slots), this.#seqs);
  }
}
