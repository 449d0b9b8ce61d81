/** Behind by this much, pictures are decoded and not encoded, ms. */
const HIDE_BEYOND = 400;
/** Behind by this much, pictures are not even decoded, up to the next keyframe of the source, ms. */
const DROP_BEYOND = 3_000;
/** What may wait in front of the process; a GOP of a 4K camera has 10 MB. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

export type Admission = 'show' | 'hide' | 'drop';

/** How far a transcoder is behind, in times of pictures, and what follows from it for the next one. */
export class InFlight {
  /** Times of the pictures that are to come out, in the order in which they were fed. */
  private times: number[] = [];
  private answered = false;
  private dropping = false;

  /**
   * @param picture the next one; its time in ms
   * @param waitingBytes what has not yet been taken by the process
   */
  admit(picture: { readonly time: number; readonly keyframe: boolean }, waitingBytes: number): Admission {
    const behind = this.behind(picture.time);
    if (waitingBytes > MAX_WAITING_BYTES || behind > DROP_BEYOND) this.dropping = true;
    else if (picture.keyframe) this.dropping = false;
    if (this.dropping) return 'drop';
    if (behind > HIDE_BEYOND) return 'hide';
    this.times.push(picture.time);
    return 'show';
  }

  /** A picture has come out: it, and whatever was shown before it, is no longer awaited. */
  out(time: number): void {
    this.answered = true;
    this.times = this.times.filter((awaited) => awaited > time + TOLERANCE);
  }

  /** Before the first picture has come out, a process that starts is not behind. */
  private behind(time: number): number {
    const oldest = this.times.reduce((least, awaited) => Math.min(least, awaited), Infinity);
    return this.answered && oldest !== Infinity ? time - oldest : 0;
  }
}

/** Times come back rounded. */
const TOLERANCE = 0.02;
