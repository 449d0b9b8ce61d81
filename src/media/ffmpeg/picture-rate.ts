/** Pictures over which a rate is measured. */
const WINDOW = 60;
const FEWEST = 20;
/** Steps beyond this many usual ones are gaps, and no part of the rate. */
const GAP = 3;

/** Measures how many pictures a second there are, by their times in any order; gaps do not count. */
export class PictureRate {
  private readonly times: number[] = [];

  /** @param time ms */
  push(time: number): void {
    this.times.push(time);
    if (this.times.length > WINDOW) this.times.shift();
  }

  /** Undefined before there are enough. */
  get fps(): number | undefined {
    if (this.times.length < FEWEST) return undefined;
    const sorted = this.times.toSorted((a, b) => a - b);
    const steps = sorted.slice(1).map((time, at) => time - (sorted[at] ?? time));
    const usual = steps.toSorted((a, b) => a - b)[steps.length >> 1] ?? 0;
    const counted = steps.filter((step) => step <= usual * GAP);
    const mean = counted.reduce((sum, step) => sum + step, 0) / counted.length;
    return mean > 0 ? 1000 / mean : undefined;
  }
}
