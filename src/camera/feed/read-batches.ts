import type { Pausable, ReadGate } from '../../media/source.js';

/**
 * Measured with detection, of one core: 2.2 % for an idle camera, 1.9 % with 200 ms, which motion would be known 50 ms later
 * for. What reads from memory does not notice.
 */
const BATCH = 100;

/** A feed's gate: open while somebody watches, batched with all others' while nobody does. */
export interface FeedGate extends ReadGate {
  /** Reads at once until the returned function is called. */
  watch(): () => void;
}

/** Wakes all idle feeds together, so that a dozen cameras cost one wake-up. */
export class ReadBatches {
  private readonly held = new Set<Pausable>();
  private timer: NodeJS.Timeout | undefined;

  gate(): FeedGate {
    let watchers = 0;
    let current: Pausable | undefined;
    return {
      afterRead: (stream) => {
        current = stream;
        if (watchers === 0) this.hold(stream);
      },
      watch: () => {
        watchers++;
        if (current !== undefined) this.release(current);
        let watching = true;
        return () => {
          if (watching) watchers--;
          watching = false;
        };
      },
    };
  }

  private hold(stream: Pausable): void {
    stream.pause();
    this.held.add(stream);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      for (const held of [...this.held]) this.release(held);
    }, BATCH);
  }

  private release(stream: Pausable): void {
    if (this.held.delete(stream)) stream.resume();
  }
}
