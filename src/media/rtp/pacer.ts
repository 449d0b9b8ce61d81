import { after, type After } from './rtp-stream.js';

export interface PacerOptions<T> {
  /** Sends one packet. */
  readonly send: (packet: T) => void;
  readonly now: () => number;
  readonly after?: After;
  /** Empties the queue and ends the timer. */
  readonly signal: AbortSignal;
  /** Bytes that wait at most; beyond them whole access units are dropped. */
  readonly maxQueueBytes?: number;
}

/**
 * Packets that may leave at once. A default receive buffer of 208 KiB holds 92 packets of 1200 bytes, and few more of
 * smaller ones (measured on Linux): this leaves room for a tick that comes late.
 */
const BURST_PACKETS = 75;

/** After the burst: 38 Mbit/s in packets of 1200 bytes. */
const TICK_MS = 2;
const TICK_PACKETS = 8;

/** A tick that comes late makes up for this much at most: what held this process up may hold the receiver up too. */
const MAX_LATE_MS = 4;

/** Two seconds at the pace above. */
const MAX_QUEUE_BYTES = 8_000_000;

interface Queued<T> {
  readonly packets: readonly T[];
  /** Of those that have not left. */
  bytes: number;
  /** Packets that have left. */
  sent: number;
}

/**
 * Lets access units out in order, no faster than a receiver's buffer drains. When more waits than may, units are
 * dropped up to the next keyframe, so that what arrives can always be decoded.
 */
export class Pacer<T extends { readonly bytes: number }> {
  private queue: Queued<T>[] = [];
  private waiting = 0;
  private allowance = BURST_PACKETS;
  private drainedAt: number;
  private cancel: (() => void) | undefined;
  private needsKeyframe = false;
  private droppedUnits = 0;

  constructor(private readonly options: PacerOptions<T>) {
    this.drainedAt = options.now();
    options.signal.addEventListener(
      'abort',
      () => {
        this.cancel?.();
        this.queue = [];
        this.waiting = 0;
      },
      { once: true },
    );
  }

  get waitingBytes(): number {
    return this.waiting;
  }

  /** Access units dropped so far. */
  get dropped(): number {
    return this.droppedUnits;
  }

  push(packets: readonly T[], keyframe: boolean): void {
    if (this.options.signal.aborted || packets.length === 0) return;
    const bytes = packets.reduce((sum, packet) => sum + packet.bytes, 0);
    if (this.waiting > 0 && this.waiting + bytes > (this.options.maxQueueBytes ?? MAX_QUEUE_BYTES)) {
      if (keyframe) this.discardWaiting();
      else this.needsKeyframe = true;
    }
    if (this.needsKeyframe && !keyframe) {
      this.droppedUnits++;
      return;
    }
    this.needsKeyframe = false;
    this.queue.push({ packets, bytes, sent: 0 });
    this.waiting += bytes;
    if (this.cancel === undefined) this.drain(this.elapsed());
  }
  /** Drops what waits behind the unit that is under way; a keyframe has to follow. */
  discardWaiting(): void {
    const kept = this.queue.filter((unit) => unit.sent > 0);
    this.droppedUnits += this.queue.length - kept.length;
    this.queue = kept;
    this.waiting = kept.reduce((sum, unit) => sum + unit.bytes, 0);
    this.needsKeyframe = true;
  }

  private drain(elapsed: number): void {
    this.cancel = undefined;
    this.allowance = Math.min(BURST_PACKETS, this.allowance + (elapsed / TICK_MS) * TICK_PACKETS);
    for (let unit = this.queue[0]; unit !== undefined; unit = this.queue[0]) {
      const packet = unit.packets[unit.sent];
      if (packet === undefined) {
        this.queue.shift();
        continue;
      }
      if (this.allowance < 1) {
        this.cancel = (this.options.after ?? after)(TICK_MS, () => {
          this.drain(Math.min(MAX_LATE_MS, this.elapsed()));
        });
        break;
      }
      unit.sent++;
      unit.bytes -= packet.bytes;
      this.waiting -= packet.bytes;
      this.allowance--;
      this.options.send(packet);
    }
    this.drainedAt = this.options.now(); // not before: while sending takes long, a receiver may stand still too
  }

  private elapsed(): number {
    return this.options.now() - this.drainedAt;
  }
}
