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
 * smaller ones (measured on Linux): with this and the pace below a receiver may stand still for 25 ms and lose nothing.
 */
const BURST_PACKETS = 40;

/** After the burst: 19 Mbit/s in packets of 1200 bytes, more than any camera sends that HomeKit can show. */
const TICK_MS = 2;
const TICK_PACKETS = 4;

/** A tick that comes late makes up for this much at most: what held this process up may hold the receiver up too. */
const MAX_LATE_MS = 4;

/** Three seconds at the pace above. */
const MAX_QUEUE_BYTES = 8_000_000;

/** An access unit as it waits. */
export interface PacedUnit<T> {
  readonly keyframe: boolean;
  readonly bytes: number;
  /** Asked once, when the unit's turn comes: to cut a long backlog up at once would hold the process up. */
  readonly packets: () => readonly T[];
}

interface Begun<T> {
  readonly bytes: number;
  readonly packets: readonly T[];
  sent: number;
}

/**
 * Lets access units out in order, no faster than a receiver's buffer drains. When more waits than may, units are
 * dropped up to the next keyframe, so that what arrives can always be decoded.
 */
export class Pacer<T> {
  private queue: PacedUnit<T>[] = [];
  private begun: Begun<T> | undefined;
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
        this.begun = undefined;
        this.waiting = 0;
      },
      { once: true },
    );
  }

  /** Of all units that have not left whole. */
  get waitingBytes(): number {
    return this.waiting;
  }

  /** Access units dropped so far. */
  get dropped(): number {
    return this.droppedUnits;
  }

  push(unit: PacedUnit<T>): void {
    if (this.options.signal.aborted) return;
    if (this.waiting > 0 && this.waiting + unit.bytes > (this.options.maxQueueBytes ?? MAX_QUEUE_BYTES)) {
      if (unit.keyframe) this.discardWaiting();
      else this.needsKeyframe = true;
    }
    if (this.needsKeyframe && !unit.keyframe) {
      this.droppedUnits++;
      return;
    }
    this.needsKeyframe = false;
    this.queue.push(unit);
    this.waiting += unit.bytes;
    if (this.cancel === undefined) this.drain(this.elapsed());
  }

  /** Drops what waits behind the unit that is under way; a keyframe has to follow. */
  discardWaiting(): void {
    this.droppedUnits += this.queue.length;
    this.queue = [];
    this.waiting = this.begun?.bytes ?? 0;
    this.needsKeyframe = true;
  }

  private drain(elapsed: number): void {
    this.cancel = undefined;
    this.allowance = Math.min(BURST_PACKETS, this.allowance + (elapsed / TICK_MS) * TICK_PACKETS);
    for (let unit = this.begun ?? this.begin(); unit !== undefined; unit = this.begin()) {
      for (; unit.sent < unit.packets.length && this.allowance >= 1; this.allowance--) {
        const packet = unit.packets[unit.sent++];
        if (packet !== undefined) this.options.send(packet);
      }
      if (unit.sent < unit.packets.length) {
        this.cancel = (this.options.after ?? after)(TICK_MS, () => {
          this.drain(Math.min(MAX_LATE_MS, this.elapsed()));
        });
        break;
      }
      this.waiting -= unit.bytes;
    }
    this.drainedAt = this.options.now(); // not before: while sending takes long, a receiver may stand still too
  }

  private begin(): Begun<T> | undefined {
    const unit = this.queue.shift();
    this.begun = unit && { bytes: unit.bytes, packets: unit.packets(), sent: 0 };
    return this.begun;
  }

  private elapsed(): number {
    return this.options.now() - this.drainedAt;
  }
}
