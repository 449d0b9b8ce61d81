import type { RtpPacket } from './rtp.js';

/** Packets that wait for one that is missing, at most: 60 ms of HomeKit's shortest. */
const MOST_WAITING = 3;
/** A number further ahead than this belongs to a stream that began anew. */
const FAR = 512;

/** Puts the packets of one sender into the order of their sequence numbers; waits for what is late, but not for long. */
export class PacketOrder {
  private ssrc: number | undefined;
  private next = 0;
  private readonly waiting = new Map<number, RtpPacket>();

  /** The packets whose turn it is. One that comes after its turn, or twice, is left out. */
  push(packet: RtpPacket): RtpPacket[] {
    const ahead = (packet.sequenceNumber - this.next) & 0xffff;
    const behind = 0x10000 - ahead;
    if (packet.ssrc !== this.ssrc || (ahead > FAR && behind > FAR)) {
      this.ssrc = packet.ssrc;
      this.next = packet.sequenceNumber;
      this.waiting.clear();
    } else if (ahead > FAR) return [];
    this.waiting.set(packet.sequenceNumber, packet);
    const due = this.take();
    // What is missing is given up.
    while (this.waiting.size > MOST_WAITING) {
      while (!this.waiting.has(this.next)) this.next = (this.next + 1) & 0xffff;
      due.push(...this.take());
    }
    return due;
  }

  private take(): RtpPacket[] {
    const due: RtpPacket[] = [];
    for (let packet = this.waiting.get(this.next); packet !== undefined; packet = this.waiting.get(this.next)) {
      due.push(packet);
      this.waiting.delete(this.next);
      this.next = (this.next + 1) & 0xffff;
    }
    return due;
  }
}
