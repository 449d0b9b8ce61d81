/** A step between two packets of one stream that is no mere gap: the camera rebooted, or set its clock. */
const LONGEST_STEP = 2_000;
/** Pictures may be presented out of order (B-frames), by less than this. */
const LONGEST_REORDERING = 1_000;
/** How often the offset may follow a camera whose clock runs slower than ours, and by how much at once. */
const DRIFT_WINDOW = 5_000;
const DRIFT_STEP = 20;

/**
 * Puts a source's times on the hub's monotonic clock, so that they go on across reconnections and jumps of the camera's
 * clock. The offset follows the packet that came with the least delay (both streams of a source share it, so that
 * sound stays with the picture); a packet is never placed in the future.
 */
export class Timeline {
  private offset: number | undefined;
  /** By stream: the last packet's time on the camera's clock, and where it was placed. */
  private readonly last = new Map<string, { readonly time: number; readonly placed: number }>();
  private leastDelay = Infinity;
  private windowEnds = 0;

  /** Forgets the camera's clock: for a new connection. */
  restart(): void {
    this.offset = undefined;
    this.last.clear();
  }

  /**
   * @param time the packet's time on the camera's clock, ms
   * @param now the hub's clock at its arrival, ms
   * @returns its time on the hub's clock, ms
   */
  place(stream: string, time: number, now: number): number {
    const before = this.last.get(stream);
    const step = before === undefined ? 0 : time - before.time;
    if (step > LONGEST_STEP || step < -LONGEST_REORDERING) this.restart();
    if (this.offset === undefined || time + this.offset > now) {
      this.offset = now - time;
      this.startWindow(now);
    }
    this.followDrift(now - (time + this.offset), now);
    // The other stream may have moved the offset back: that must not look like pictures out of order.
    const floor = step >= 0 ? this.last.get(stream)?.placed : undefined;
    const placed = Math.max(time + this.offset, floor ?? -Infinity);
    this.last.set(stream, { time, placed });
    return placed;
  }

  private followDrift(delay: number, now: number): void {
    this.leastDelay = Math.min(this.leastDelay, delay);
    if (now < this.windowEnds) return;
    this.offset = (this.offset ?? 0) + Math.min(DRIFT_STEP, Math.max(0, this.leastDelay));
    this.startWindow(now);
  }

  private startWindow(now: number): void {
    this.leastDelay = Infinity;
    this.windowEnds = now + DRIFT_WINDOW;
  }
}
