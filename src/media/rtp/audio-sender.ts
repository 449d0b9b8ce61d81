import type { AudioPacket } from '../packet.js';
import { RtpStream, type RtpStreamOptions } from './rtp-stream.js';

export interface AudioSenderOptions extends RtpStreamOptions {
  readonly codec: 'opus' | 'aac-eld';
  /** Hertz of the RTP clock. HomeKit counts Opus at the rate that was negotiated, not at RFC 7587's 48 kHz. */
  readonly sampleRate: number;
  /** Milliseconds of sound in every packet. */
  readonly packetTime: number;
}

/** Share of a packet's deviation that moves the time line: the sources' clocks drift slowly, their jitter is to be ignored. */
const SMOOTHING = 1 / 16;

/** A step of the source's time below this is jitter (measured: p95 1 to 4 ms), or one lost packet. */
const MIN_GAP_MS = 30;

/**
 * Sends sound in packets of one length to one viewer. The RTP clock advances by a packet for every packet; where the
 * source left a gap it jumps by whole packets, where it repeats itself packets are dropped. The time line that sender
 * reports give follows the packets' times, so a slow drift between a source's clock and its sample rate costs nothing.
 */
export class AudioSender {
  private readonly stream: RtpStream;
  private readonly ticksPerPacket: number;
  /** Number of the next packet on the time line. */
  private next = 0;
  /** Hub time of packet 0. */
  private origin: number | undefined;

  constructor(private readonly options: AudioSenderOptions) {
    this.ticksPerPacket = Math.round((options.sampleRate * options.packetTime) / 1000);
    this.stream = new RtpStream(options, (time) => this.ticksAt(time));
  }

  /** @param packet With the hub time of its first sample. */
  send(packet: AudioPacket): void {
    const { packetTime, codec } = this.options;
    this.origin ??= packet.time;
    const late = packet.time - (this.origin + this.next * packetTime);
    if (Math.abs(late) >= Math.max(MIN_GAP_MS, 0.75 * packetTime)) {
      const jump = Math.round(late / packetTime);
      if (jump < 0) return;
      this.next += jump;
      this.origin += (late - jump * packetTime) * SMOOTHING;
    } else this.origin += late * SMOOTHING;
    this.stream.write(codec === 'opus' ? packet.data : aacPayload(packet.data), true, this.next * this.ticksPerPacket);
    this.next++;
  }

  /** Tells the viewer that the stream has ended. */
  bye(): void {
    this.stream.bye();
  }

  private ticksAt(time: number): number {
    return ((time - (this.origin ?? time)) / this.options.packetTime) * this.ticksPerPacket;
  }
}

/** One access unit in `AAC-hbr`: a length of 16 bits, then 13 bits of size and 3 of index (RFC 3640, 3.3.6). */
function aacPayload(data: Buffer): Buffer {
  const payload = Buffer.allocUnsafe(4 + data.length);
  payload.writeUInt16BE(16, 0);
  payload.writeUInt16BE((data.length << 3) & 0xffff, 2);
  data.copy(payload, 4);
  return payload;
}
