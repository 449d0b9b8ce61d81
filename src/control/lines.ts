const NEWLINE = 0x0a;

/** Cuts what comes in pieces into lines, without their ends. */
export class Lines {
  private pieces: Buffer[] = [];
  private bytes = 0;

  /** @param longest bytes of a line */
  constructor(private readonly longest: number) {}

  /** @returns the lines that are whole by now; undefined where one is too long, and nothing more can be understood */
  push(chunk: Buffer): readonly string[] | undefined {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      if (!this.add(chunk.subarray(from, end))) return undefined;
      lines.push(Buffer.concat(this.pieces).toString('utf8'));
      this.pieces = [];
      this.bytes = 0;
      from = end + 1;
    }
    return this.add(chunk.subarray(from)) ? lines : undefined;
  }

  private add(piece: Buffer): boolean {
    this.bytes += piece.length;
    if (this.bytes > this.longest) return false;
    // What is kept must not keep the whole chunk.
    if (piece.length > 0) this.pieces.push(Buffer.from(piece));
    return true;
  }
}
