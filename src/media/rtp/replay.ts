/** Packets behind the newest that are still taken (RFC 3711, 3.3.2 asks for 64 or more). */
const WINDOW = 128;

/** Which packet indices have been seen, so that none is taken twice. */
export class ReplayWindow {
  private highest = -1;
  private readonly seen = new Uint8Array(WINDOW);

  /** The highest index taken, -1 before the first. */
  get newest(): number {
    return this.highest;
  }

  isFresh(index: number): boolean {
    if (index > this.highest) return true;
    return index >= 0 && this.highest - index < WINDOW && this.seen[index % WINDOW] === 0;
  }

  /** Notes an index that {@link isFresh} and whose packet is authentic. */
  take(index: number): void {
    if (index - this.highest >= WINDOW) this.seen.fill(0);
    else for (let i = this.highest + 1; i <= index; i++) this.seen[i % WINDOW] = 0;
    this.seen[index % WINDOW] = 1;
    this.highest = Math.max(this.highest, index);
  }
}
