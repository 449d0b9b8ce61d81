import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';

/** A UDP port of a live session: RTP and RTCP both ways through one socket (RFC 5761). */
export interface UdpPort {
  readonly port: number;
  /** Datagrams from the viewer, and from anybody else: what matters is authenticated by SRTP. */
  onMessage(listener: (datagram: Buffer) => void): void;
  send(datagram: Buffer): void;
}

export interface Peer {
  readonly address: string;
  readonly port: number;
}

/** An IPv4 address may come in IPv6's clothes (RFC 4291, 2.5.5.2), an IPv6 address with a zone. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

/**
 * Opens a port for talking to `peer`, on the address that its HAP connection came in on, so that answers come from
 * where the viewer expects them; on all addresses where that one is of another family or cannot be bound.
 */
export async function openUdpPort(peer: Peer, localAddress: string, signal: AbortSignal): Promise<UdpPort> {
  const family = isIP(peer.address) === 6 ? 6 : 4;
  const local = plainAddress(localAddress);
  const tries = isIP(local.replace(/%.*$/, '')) === family ? [local, undefined] : [undefined];
  for (const address of tries) {
    try {
      return await bind(peer, family, address, signal);
    } catch (error) {
      if (address === tries.at(-1)) throw error;
    }
  }
  throw new Error('unreachable');
}

function bind(peer: Peer, family: 4 | 6, address: string | undefined, signal: AbortSignal): Promise<UdpPort> {
  return new Promise((resolve, reject) => {
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // The peer is given as a number: dns.lookup would cost a turn of the event loop per packet.
      lookup: (host, _options, done) => {
        done(null, host, family);
      },
    });
    socket.on('error', reject);
    socket.bind({ port: 0, ...(address !== undefined && { address }) }, () => {
      // Later errors are ICMP answers to single datagrams: a viewer that has gone is noticed by its silence.
      const { port } = socket.address();
      const close = (): void => {
        socket.close();
      };
      if (signal.aborted) close();
      else signal.addEventListener('abort', close, { once: true });
      resolve({
        port,
        onMessage: (listener) => socket.on('message', listener),
        send: (datagram) => {
          if (!signal.aborted) socket.send(datagram, peer.port, peer.address, ignore);
        },
      });
    });
  });
}

const ignore = (): void => undefined;
