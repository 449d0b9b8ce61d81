import type { After, Clock } from '../../../src/media/rtp/rtp-stream.js';

/** A clock that stands still until it is told to go on, and the timers that hang on it. */
export class FakeClock implements Clock {
  private time = 5_000_000;
  private timers: { at: number; run: () => void }[] = [];

  now = (): number => this.time;
  wallclock = (): number => Date.UTC(2026, 0, 1) + this.time;

  after: After = (ms, run) => {
    const timer = { at: this.time + ms, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  };

  /** Timers that would still fire. */
  get pending(): number {
    return this.timers.length;
  }

  /** Lets time pass while no timer can fire, as in a process that is held up. */
  stall(ms: number): void {
    this.time += ms;
  }

  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const due = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.timers = this.timers.filter((each) => each !== due);
      this.time = Math.max(this.time, due.at);
      due.run();
    }
    this.time = end;
  }
}
