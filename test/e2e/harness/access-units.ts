import type { RtpArrival } from './rtp-receiver.js';

/** One coded picture as it was received. */
export interface AccessUnit {
  /** Extended RTP timestamp, 90 kHz. */
  readonly timestamp: number;
  /** When its first and its last packet came, on `performance.now()`. */
  readonly firstAt: number;
  readonly at: number;
  /** NAL units without start codes. */
  readonly units: readonly Buffer[];
  /** SPS, PPS and an IDR slice, with nothing lost: a decoder that has seen nothing else can begin here. */
  readonly keyframe: boolean;
  /** Every packet came, and the last one carried the marker. */
  readonly whole: boolean;
}

const IDR = 5;
const SPS = 7;
const PPS = 8;
const STAP_A = 24;
const FU_A = 28;

/** Puts H.264 access units together from RTP packets in order (RFC 6184: single units, STAP-A, FU-A). */
export class AccessUnitReader {
  #packets: RtpArrival[] = [];
  #next: number | undefined;
  #gap = false;

  constructor(private readonly take: (unit: AccessUnit) => void) {}

  push(packet: RtpArrival): void {
    if (this.#packets.length > 0 && this.#packets[0]?.timestamp !== packet.timestamp) this.#flush();
    if (this.#next !== undefined && packet.sequence !== this.#next) this.#gap = true;
    this.#next = packet.sequence + 1;
    this.#packets.push(packet);
    if (packet.marker) this.#flush();
  }

  #flush(): void {
    const packets = this.#packets;
    const first = packets[0];
    const last = packets.at(-1);
    const gap = this.#gap;
    this.#packets = [];
    this.#gap = false;
    if (first === undefined || last === undefined) return;
    const { units, torn } = depacketise(packets);
    const whole = !gap && !torn && last.marker;
    const has = (type: number): boolean => units.some((unit) => ((unit[0] ?? 0) & 0x1f) === type);
    const keyframe = whole && has(SPS) && has(PPS) && has(IDR);
    this.take({ timestamp: first.timestamp, firstAt: first.at, at: last.at, units, keyframe, whole });
  }
}

/** `torn`: a fragment without its beginning or its end, or a payload that RFC 6184's non-interleaved mode forbids. */
function depacketise(packets: readonly RtpArrival[]): { units: Buffer[]; torn: boolean } {
  const units: Buffer[] = [];
  let fragments: Buffer[] | undefined;
  let torn = false;
  for (const { payload } of packets) {
    const type = (payload[0] ?? 0) & 0x1f;
    if (type === FU_A) {
      const header = payload[1] ?? 0;
      if ((header & 0x80) !== 0) fragments = [Buffer.from([((payload[0] ?? 0) & 0xe0) | (header & 0x1f)])];
      if (fragments === undefined) torn = true;
      fragments?.push(payload.subarray(2));
      if ((header & 0x40) !== 0 && fragments !== undefined) {
        units.push(Buffer.concat(fragments));
        fragments = undefined;
      }
      continue;
    }
    if (fragments !== undefined) torn = true;
    fragments = undefined;
    if (type === STAP_A) units.push(...aggregated(payload));
    else if (type >= 1 && type <= 23) units.push(payload);
    else torn = true;
  }
  return { units, torn: torn || fragments !== undefined };
}

function aggregated(payload: Buffer): Buffer[] {
  const units: Buffer[] = [];
  for (let at = 1; at + 2 <= payload.length;) {
    const length = payload.readUInt16BE(at);
    units.push(payload.subarray(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return units;
}
