import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

/** What our databases are made with; the file format is https://www.sqlite.org/fileformat2.html */
export const PAGE = 4096;

const WAL_HEADER = 32;
const FRAME_HEADER = 24;

/** The pages of a database that SQLite may not be able to open, with what its write-ahead log has over them. */
export class Pages implements Disposable {
  readonly count: number;
  readonly #file: number;
  readonly #wal: number | undefined;
  /** Where in the log a page's newest content is. */
  readonly #newest = new Map<number, number>();

  constructor(path: string) {
    this.#file = openSync(path, 'r');
    this.#wal = existsSync(`${path}-wal`) ? openSync(`${path}-wal`, 'r') : undefined;
    const inFile = Math.floor(fstatSync(this.#file).size / PAGE);
    this.count = Math.max(inFile, this.#wal === undefined ? 0 : this.#readLog(this.#wal));
  }

  /** Numbered from 1. Undefined where there is no whole page. */
  page(number: number): Buffer | undefined {
    const inLog = this.#newest.get(number);
    return inLog === undefined || this.#wal === undefined
      ? read(this.#file, (number - 1) * PAGE, PAGE)
      : read(this.#wal, inLog, PAGE);
  }

  /** Pages that hold nothing any more, whatever still stands on them (section 1.5). */
  free(): ReadonlySet<number> {
    const free = new Set<number>();
    const first = this.page(1);
    let trunk = first?.toString('latin1', 0, 15) === 'SQLite format 3' ? first.readUInt32BE(32) : 0;
    while (trunk > 0 && trunk <= this.count && !free.has(trunk)) {
      free.add(trunk);
      const page = this.page(trunk);
      if (page === undefined) break;
      const leaves = Math.min(page.readUInt32BE(4), PAGE / 4 - 2);
      for (let i = 0; i < leaves; i++) free.add(page.readUInt32BE(8 + 4 * i));
      trunk = page.readUInt32BE(0);
    }
    return free;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
    if (this.#wal !== undefined) closeSync(this.#wal);
  }

  /** Section 4: frames of the newest generation, up to the last commit. Returns the number of pages after that. */
  #readLog(wal: number): number {
    const salt = read(wal, 16, 8);
    const pending = new Map<number, number>();
    let pages = 0;
    for (let at = WAL_HEADER; salt !== undefined; at += FRAME_HEADER + PAGE) {
      const header = read(wal, at, FRAME_HEADER);
      if (!header?.subarray(8, 16).equals(salt)) break;
      pending.set(header.readUInt32BE(0), at + FRAME_HEADER);
      const committed = header.readUInt32BE(4);
      if (committed === 0) continue;
      for (const [page, offset] of pending) this.#newest.set(page, offset);
      pending.clear();
      pages = committed;
    }
    return pages;
  }
}

/** Undefined where the file ends before. */
function read(file: number, at: number, length: number): Buffer | undefined {
  const buffer = Buffer.alloc(length);
  return readSync(file, buffer, 0, length, at) === length ? buffer : undefined;
}
