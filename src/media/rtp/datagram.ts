import { parseRtcp, type RtcpPacket } from './rtcp.js';
import { isRtcp, type RtpPacket } from './rtp.js';
import type { SrtpContext } from './srtp.js';

export type Received =
  | { readonly kind: 'rtp'; readonly packet: RtpPacket }
  | { readonly kind: 'rtcp'; readonly packets: readonly RtcpPacket[] };

/** Reads a datagram from a socket that RTP and RTCP share; undefined for what is not authentic or came before. */
export function receive(srtp: SrtpContext, datagram: Buffer): Received | undefined {
  if (isRtcp(datagram)) {
    const compound = srtp.unprotectRtcp(datagram);
    return compound === undefined ? undefined : { kind: 'rtcp', packets: parseRtcp(compound) };
  }
  const packet = srtp.unprotectRtp(datagram);
  return packet === undefined ? undefined : { kind: 'rtp', packet };
}
