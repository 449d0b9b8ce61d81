/** Variance of what is plain, in gray levels²: less of it says nothing. */
const NOISE = 4;
/** Gray levels that count as none: noise in the dark is not deep. */
const BLACK = 8;

/** How alike frame and background are over some pixels. */
export class Likeness {
  count = 0;
  #f = 0;
  #m = 0;
  #ff = 0;
  #mm = 0;
  #fm = 0;
  #slopeF = 0;
  #slopeM = 0;
  #slopeFM = 0;

  /**
   * @param f the frame's gray level
   * @param m the background's
   * @param fx how much the frame's changes to the pixel to the right, and `fy` to the one below; `mx` and `my` the background's
   */
  add(f: number, m: number, fx: number, fy: number, mx: number, my: number): void {
    this.count++;
    this.#f += f;
    this.#m += m;
    this.#ff += f * f;
    this.#mm += m * m;
    this.#fm += f * m;
    this.#slopeF += fx * fx + fy * fy;
    this.#slopeM += mx * mx + my * my;
    this.#slopeFM += fx * mx + fy * my;
  }

  /** −1 to 1. */
  get texture(): number {
    const n = this.count;
    const [f, m] = [this.#f / n, this.#m / n];
    const [varianceF, varianceM] = [this.#ff / n - f * f, this.#mm / n - m * m];
    return (this.#fm / n - f * m) / Math.sqrt((varianceF + NOISE) * (varianceM + NOISE));
  }

  /** −1 to 1: of what changes from pixel to pixel only. */
  get edges(): number {
    const n = this.count;
    return this.#slopeFM / n / Math.sqrt((this.#slopeF / n + NOISE) * (this.#slopeM / n + NOISE));
  }

  /** How many times darker or brighter the frame is, as a logarithm without its sign. */
  get depth(): number {
    const n = this.count;
    return Math.abs(Math.log((this.#f / n + BLACK) / (this.#m / n + BLACK)));
  }
}
