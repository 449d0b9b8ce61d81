/** How much of something may be done: so many at once, and so many each second after that. */
export class Allowance {
  #left: number;
  #at: number;

  /** @param now monotonic milliseconds */
  constructor(
    private readonly limits: { readonly burst: number; readonly perSecond: number },
    now: number,
  ) {
    this.#left = limits.burst;
    this.#at = now;
  }

  /** Whether there is one to be taken. @param now monotonic milliseconds */
  has(now: number): boolean {
    const { burst, perSecond } = this.limits;
    this.#left = Math.min(burst, this.#left + (Math.max(0, now - this.#at) * perSecond) / 1000);
    this.#at = Math.max(this.#at, now);
    return this.#left >= 1;
  }

  /** Takes one, where there is one. @param now monotonic milliseconds */
  take(now: number): boolean {
    if (!this.has(now)) return false;
    this.#left--;
    return true;
  }
}
