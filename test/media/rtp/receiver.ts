import { parseRtcp, type RtcpPacket } from '../../../src/media/rtp/rtcp.js';
import { isRtcp, type RtpPacket } from '../../../src/media/rtp/rtp.js';
import { SrtpContext } from '../../../src/media/rtp/srtp.js';
import type { RtpStreamOptions } from '../../../src/media/rtp/rtp-stream.js';
import { FakeClock } from './fake-clock.js';

export type SenderReport = Extract<RtcpPacket, { type: 'sender-report' }>;

/** The other end of a stream on a {@link FakeClock}: what it got, in order, and when. */
export function receiver(ssrc: number, clock = new FakeClock()) {
  const key = Buffer.alloc(16, 7);
  const salt = Buffer.alloc(14, 9);
  const srtp = new SrtpContext(key, salt);
  const end = new AbortController();
  const packets: RtpPacket[] = [];
  const reports: { report: SenderReport; at: number; afterPackets: number }[] = [];
  const others: RtcpPacket[] = [];
  const stream: RtpStreamOptions = {
    ssrc,
    payloadType: 99,
    cname: 'lookout',
    srtp: new SrtpContext(key, salt),
    clock,
    after: clock.after,
    signal: end.signal,
    send: (datagram) => {
      if (!isRtcp(datagram)) {
        const packet = srtp.unprotectRtp(datagram);
        if (packet === undefined) throw new Error('not authentic');
        packets.push(packet);
        return;
      }
      for (const packet of parseRtcp(srtp.unprotectRtcp(datagram) ?? Buffer.alloc(0)))
        if (packet.type === 'sender-report')
          reports.push({ report: packet, at: clock.now(), afterPackets: packets.length });
        else others.push(packet);
    },
  };
  return { clock, end, stream, packets, reports, others };
}

/** Signed distance of two RTP times, in ticks. */
export const ticksBetween = (from: number, to: number): number => (to - from) | 0;

/** When a receiver would play an RTP time, by a sender report: milliseconds on the hub's clock. */
export const playedAt = (
  { report, at }: { report: SenderReport; at: number },
  timestamp: number,
  rate: number,
): number => at + (ticksBetween(report.rtpTimestamp, timestamp) / rate) * 1000;

/** Ticks from each RTP time to the next. */
export const stepsOf = (timestamps: readonly number[]): number[] =>
  timestamps.slice(1).map((timestamp, i) => ticksBetween(timestamps[i] ?? NaN, timestamp));

/** The element at `index`, from the end where negative; there has to be one. */
export function at<T>(list: readonly T[], index: number): T {
  const found = list.at(index);
  if (found === undefined) throw new Error(`There is no element ${index} of ${list.length}`);
  return found;
}
