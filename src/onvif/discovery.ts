import { randomUUID } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { setTimeout as pauseFor } from 'node:timers/promises';
import type { FoundCamera } from './device.js';
import { matchesOf, probe } from './probe.js';

export interface DiscoverOptions {
  readonly signal: AbortSignal;
  /** How long answers are waited for, ms; default 4 s. */
  readonly wait?: number;
  /** The hub's own IPv4 addresses to ask from; default: all but loopback. */
  readonly interfaces?: readonly string[];
  /** Default: everybody, 239.255.255.250 at port 3702. */
  readonly target?: { readonly host: string; readonly port: number };
  /** Is told of each camera as soon as it answers. */
  readonly found?: (camera: FoundCamera) => void;
  /** Waits for answers, ms; default: by the clock. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const WAIT = 4_000;
const EVERYBODY = { host: '239.255.255.250', port: 3702 };
const MOST_CAMERAS = 200;
/** Datagrams that are read at all: cameras answer each probe once, or a few times. */
const MOST_DATAGRAMS = 2_000;
/** UDP loses: each asks again, and then for everything. How long answers are waited for, as shares of the wait. */
const PROBES = [
  ['cameras', 1 / 4],
  ['everything', 3 / 4],
] as const;

/**
 * Asks the network for its ONVIF cameras, out of each interface. A network that cannot be asked is left out; rejects
 * only with the signal's reason.
 *
 * @returns each camera once, in the order of their answers
 */
export async function discover({
  signal,
  wait = WAIT,
  interfaces = ownAddresses(),
  target = EVERYBODY,
  found,
  pause = async (ms, signal) => pauseFor(ms, undefined, { signal }),
}: DiscoverOptions): Promise<readonly FoundCamera[]> {
  signal.throwIfAborted();
  const cameras = new Map<string, FoundCamera>();
  let datagrams = 0;
  const hear = (datagram: Uint8Array, { address }: { readonly address: string }): void => {
    if (++datagrams > MOST_DATAGRAMS) return;
    for (const camera of matchesOf(datagram, address)) {
      if (cameras.has(camera.id) || cameras.size >= MOST_CAMERAS) continue;
      cameras.set(camera.id, camera);
      found?.(camera);
    }
  };
  const sockets = (await Promise.all(interfaces.map((address) => open(address, hear)))).flatMap(
    (socket) => socket ?? [],
  );
  try {
    for (const [whom, part] of PROBES) {
      const message = Buffer.from(probe(randomUUID(), whom));
      // A network that is gone says so here, and is left out.
      for (const socket of sockets) socket.send(message, target.port, target.host, () => undefined);
      await pause(wait * part, signal);
    }
  } finally {
    for (const socket of sockets) socket.close();
  }
  return [...cameras.values()];
}

async function open(
  address: string,
  hear: (datagram: Uint8Array, from: { readonly address: string }) => void,
): Promise<Socket | undefined> {
  const socket = createSocket('udp4');
  try {
    socket.bind(0, address);
    await once(socket, 'listening');
    socket.setMulticastInterface(address);
  } catch {
    socket.close();
    return undefined;
  }
  return socket.on('error', () => undefined).on('message', hear);
}

const ownAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
