import { randomBytes } from 'node:crypto';
import { buildBye, buildSenderReport } from './rtcp.js';
import type { SrtpContext } from './srtp.js';

export interface Clock {
  /** Milliseconds on the hub's monotonic clock. */
  now(): number;
  /** Milliseconds since 1970. */
  wallclock(): number;
}

/** Runs something once after some milliseconds; gives what cancels it. */
export type After = (ms: number, run: () => void) => () => void;

export const after: After = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => {
    clearTimeout(timer);
  };
};

/** What a stream to one viewer needs, whatever it carries. */
export interface RtpStreamOptions {
  readonly ssrc: number;
  readonly payloadType: number;
  /** The same for video and audio of a session. */
  readonly cname: string;
  readonly srtp: SrtpContext;
  /** Sends one datagram; takes the buffer over. */
  readonly send: (datagram: Buffer) => void;
  readonly clock: Clock;
  readonly after?: After;
  /** Ends every timer; nothing is sent after it. */
  readonly signal: AbortSignal;
}

/** HomeKit ends a stream without sender reports after about 30 s; a receiver that starts wants one at once. */
const REPORT_INTERVAL_MS = 500;

/** Numbers, counts and encrypts the packets of one SSRC, and reports on them: at the first packet, then twice a second. */
export class RtpStream {
  /** Random, so that the plaintext is not known (RFC 3550, 5.1); below 2^15, so that no receiver misses a wrap at once. */
  private sequenceNumber = randomBytes(2).readUInt16BE() >> 1;
  private readonly timestampBase = randomBytes(4).readUInt32BE();
  private packets = 0;
  private octets = 0;
  private cancelReport: (() => void) | undefined;

  /** @param ticksAt The stream's media time, in units of its clock, that belongs to a hub time in milliseconds. */
  constructor(
    private readonly options: RtpStreamOptions,
    private readonly ticksAt: (time: number) => number,
  ) {
    options.signal.addEventListener('abort', () => this.cancelReport?.(), { once: true });
  }

  /** @param ticks Media time of the payload, in units of the stream's clock, without wraps. */
  write(payload: Buffer, marker: boolean, ticks: number): void {
    const { signal, srtp, ssrc, payloadType, send } = this.options;
    if (signal.aborted) return;
    if (this.packets === 0) this.report();
    const sequenceNumber = this.sequenceNumber;
    this.sequenceNumber = (sequenceNumber + 1) & 0xffff;
    this.packets++;
    this.octets += payload.length;
    send(srtp.protectRtp({ payloadType, marker, sequenceNumber, timestamp: this.timestamp(ticks), ssrc }, payload));
  }

  /** Tells the receiver that the stream has ended. */
  bye(): void {
    const { signal, srtp, ssrc, cname, send } = this.options;
    if (!signal.aborted && this.packets > 0) send(srtp.protectRtcp(buildBye(ssrc, cname)));
  }

  private report(): void {
    const { srtp, ssrc, cname, send, clock } = this.options;
    const { packets, octets } = this;
    const rtpTimestamp = this.timestamp(this.ticksAt(clock.now()));
    send(
      srtp.protectRtcp(buildSenderReport({ ssrc, cname, wallclock: clock.wallclock(), rtpTimestamp, packets, octets })),
    );
    this.cancelReport = (this.options.after ?? after)(REPORT_INTERVAL_MS, () => {
      this.report();
    });
  }

  private timestamp(ticks: number): number {
    const wrapped = (this.timestampBase + Math.round(ticks)) % 2 ** 32;
    return wrapped < 0 ? wrapped + 2 ** 32 : wrapped;
  }
}
