/** Milliseconds of decoding in a second that guesses may cost, on average and at once. */
const RATE = 40;
const MOST = 4_000;

/**
 * What windows may cost that are opened on a mere suspicion. Where suspicions come to nothing again and again, as before
 * leaves in the wind, they stop at 4 % of the time; where they are rare or right, none is refused.
 */
export class Budget {
  #left = MOST;
  #at: number | undefined;

  /** @param time milliseconds; an earlier one than before earns nothing */
  affords(time: number, cost: number): boolean {
    this.#earn(time);
    return this.#left >= cost;
  }

  /** @param cost milliseconds of decoding; may be more than is left */
  spend(time: number, cost: number): void {
    this.#earn(time);
    this.#left -= cost;
  }

  #earn(time: number): void {
    const elapsed = Math.max(0, time - (this.#at ?? time));
    this.#left = Math.min(MOST, this.#left + (RATE * elapsed) / 1000);
    this.#at = Math.max(time, this.#at ?? time);
  }
}
