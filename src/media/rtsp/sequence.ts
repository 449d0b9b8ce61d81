/** Numbers up to this far behind belong to packets that come late or twice, not to a stream that began anew. */
const LATE = 100;
/** With more gaps than this, and more than packets in a row, the numbers themselves are at fault. */
const FEW_GAPS = 16;

/** Reads the sequence numbers of one RTP stream that comes over a reliable connection. */
export class SequenceCheck {
  private last: number | undefined;
  private gaps = 0;
  private inRow = 0;

  /** What `sequence`, of 16 bits, tells: the next packet, one after a loss, or one that has come before. */
  check(sequence: number): 'next' | 'gap' | 'old' {
    const step = this.last === undefined ? 1 : (sequence - this.last) & 0xffff;
    if (step === 1) {
      this.last = sequence;
      this.inRow++;
      return 'next';
    }
    const unreliable = this.gaps > FEW_GAPS && this.gaps > this.inRow;
    this.gaps++;
    const old = step === 0 || step > 0xffff - LATE;
    if (old && !unreliable) return 'old';
    this.last = sequence;
    return unreliable ? 'next' : 'gap';
  }

  /** The stream's source has changed: the next number is taken as it comes. */
  restart(): void {
    this.last = undefined;
  }
}
