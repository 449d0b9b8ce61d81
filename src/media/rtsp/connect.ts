import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { cameraError, connectError } from './failure.js';

export interface ConnectTarget {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** Opens a connection; rejects with a `SourceError`, or when `signal` is aborted. */
export type Connect = (target: ConnectTarget, signal: AbortSignal) => Promise<Socket>;

const PATIENCE = 5_000;
/** A paused stream goes on reading, and waking up for it, until it holds this much: so that it does not. */
const READ_AHEAD = 1;

export const connectToCamera: Connect = async ({ host, port, tls }, signal) => {
  const options = { host, port, highWaterMark: READ_AHEAD };
  const socket = tls
    ? // Cameras sign their own certificates: TLS keeps listeners out, but proves no identity.
      connectTls({ ...options, rejectUnauthorized: false, ...(isIP(host) ? {} : { servername: host }) })
    : connectTcp(options);
  socket.setNoDelay(true);
  const timeout = AbortSignal.timeout(PATIENCE);
  try {
    await once(socket, tls ? 'secureConnect' : 'connect', { signal: AbortSignal.any([signal, timeout]) });
    return socket;
  } catch (error) {
    socket.on('error', () => undefined);
    socket.destroy();
    signal.throwIfAborted();
    if (!timeout.aborted) throw connectError(host, error);
    throw cameraError('unreachable', host, 'does not answer: check its address, its power and its network', error);
  }
};
