import { nalType } from '../h26x/nal.js';
import type { VideoPacket } from '../packet.js';
import { h264Payloads, MAX_PAYLOAD_BYTES } from './h264-payload.js';
import { Pacer } from './pacer.js';
import { RtpStream, type RtpStreamOptions } from './rtp-stream.js';

export interface VideoSenderOptions extends RtpStreamOptions {
  /** SPS and PPS for keyframes that come without them. */
  readonly parameterSets: readonly Buffer[];
  /** Default: {@link MAX_PAYLOAD_BYTES}. */
  readonly maxPayloadBytes?: number;
}

/** H.264 runs on a 90 kHz clock: RFC 6184, 8.2.1. */
const TICKS_PER_MS = 90;

interface Payload {
  readonly data: Buffer;
  readonly marker: boolean;
  readonly ticks: number;
}

/** Sends H.264 access units to one viewer. Starts with the first keyframe that it is given. */
export class VideoSender {
  /** SPS and PPS for keyframes that come without them; to be set anew when the format changes. */
  parameterSets: readonly Buffer[];
  private readonly stream: RtpStream;
  private readonly pacer: Pacer<Payload>;
  private readonly origin: number;
  private lastTicks = -Infinity;

  constructor(private readonly options: VideoSenderOptions) {
    const { clock, signal } = options;
    this.parameterSets = options.parameterSets;
    this.origin = clock.now();
    this.stream = new RtpStream(options, (time) => this.ticksAt(time));
    this.pacer = new Pacer({
      send: ({ data, marker, ticks }) => {
        this.stream.write(data, marker, ticks);
      },
      now: () => clock.now(),
      signal,
      ...(options.after === undefined ? {} : { after: options.after }),
    });
  }

  /** Sends a frame; its time on the hub's clock becomes its RTP time, moved on where it is not after the one before. */
  send(packet: VideoPacket): void {
    this.push(packet, packet.time);
  }

  /**
   * Sends frames from memory, a keyframe first, so that they need not be waited out: 1 ms apart, the newest at its real
   * time. Serves as the start of a session and as the answer to a lost picture; takes the place of what still waits.
   */
  sendBacklog(packets: readonly VideoPacket[]): void {
    const newest = packets.at(-1);
    if (newest === undefined) return;
    this.pacer.discardWaiting();
    packets.forEach((packet, i) => {
      this.push(packet, newest.time - (packets.length - 1 - i));
    });
  }

  /** Bytes that wait to be sent. */
  get waitingBytes(): number {
    return this.pacer.waitingBytes;
  }

  /** Access units that were dropped since the viewer's network or this machine fell behind. */
  get dropped(): number {
    return this.pacer.dropped;
  }

  /** Tells the viewer that the stream has ended; what waits is not sent before it. */
  bye(): void {
    this.stream.bye();
  }

  private push(packet: VideoPacket, time: number): void {
    if (this.lastTicks === -Infinity && !packet.keyframe) return;
    const ticks = Math.max(Math.round(this.ticksAt(time)), this.lastTicks + 1);
    this.lastTicks = ticks;
    const { parameterSets } = this;
    this.pacer.push({
      keyframe: packet.keyframe,
      bytes: packet.bytes,
      packets: () => {
        const units = unitsToSend(packet, parameterSets);
        const payloads = h264Payloads(units, this.options.maxPayloadBytes ?? MAX_PAYLOAD_BYTES);
        return payloads.map((data, i) => ({ data, marker: i === payloads.length - 1, ticks }));
      },
    });
  }

  private ticksAt(time: number): number {
    return (time - this.origin) * TICKS_PER_MS;
  }
}

const SPS = 7;
const PPS = 8;

/** SEI, delimiters, ends of sequence and stream, and filler: nothing that a viewer's decoder needs. */
const LEFT_OUT: ReadonlySet<number> = new Set([6, 9, 10, 11, 12]);

function unitsToSend(packet: VideoPacket, parameterSets: readonly Buffer[]): Buffer[] {
  const units = packet.units.filter((unit) => !LEFT_OUT.has(nalType('h264', unit)));
  const types = new Set(units.map((unit) => nalType('h264', unit)));
  return packet.keyframe && !(types.has(SPS) && types.has(PPS)) ? [...parameterSets, ...units] : units;
}
