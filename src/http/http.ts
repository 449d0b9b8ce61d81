import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { DropArgument, Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import type { Log } from '../camera/log.js';
import type { Refusals } from '../camera/reports/refusals.js';
import { codeOf } from '../events/files.js';
import type { HttpSettings } from '../settings/settings.js';
import { type Answer, type CalledCamera, Calls } from './calls.js';
import {
  addressOf,
  type Denied,
  deniedOf,
  isDenied,
  MOST_BODY,
  NO_PROXY,
  TOO_LONG,
  TOO_MANY_CONNECTIONS,
} from './request.js';

export interface HttpOptions {
  readonly settings: HttpSettings;
  readonly cameras: readonly CalledCamera[];
  /** See {@link callRefusals}. */
  readonly refusals: Refusals;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly signal: AbortSignal;
  /** For a request to be whole, ms; default 5000. */
  readonly patience?: number;
  /** Monotonic milliseconds, on the clock of the feeds. */
  readonly now?: () => number;
}

/** At once, from all and from one address: a call takes some milliseconds. */
const MOST_CONNECTIONS = 32;
const MOST_OF_ONE = 8;
/** All of a request's lines, bytes. */
const MOST_HEADERS = 8 * 1024;
const PATIENCE = 5000;

/**
 * A door for cameras that can only call a URL, open until the signal is aborted.
 *
 * @returns the port, when it is open; undefined where it cannot be opened, which is said
 */
export async function openHttp(options: HttpOptions): Promise<number | undefined> {
  const { log, signal } = options;
  const { listen, port } = options.settings;
  const server = newServer(options);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, listen === 'loopback' ? '127.0.0.1' : undefined, resolve);
    });
  } catch (error) {
    const taken = codeOf(error) === 'EADDRINUSE' ? 'another program has it' : String(error);
    log.warn(`HTTP: port ${port} cannot be used: ${taken}. See "http.port".`);
    return undefined;
  }
  server.on('error', (error) => {
    log.warn(`HTTP: ${error.message}.`);
  });
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  const address = server.address();
  const open = typeof address === 'object' && address !== null ? address.port : port;
  log.info(`HTTP: cameras may call port ${open}${listen === 'loopback' ? ' of this computer, from itself' : ''}.`);
  return open;
}

function newServer(options: HttpOptions): Server {
  const { settings, cameras, refusals, patience = PATIENCE, now = () => performance.now() } = options;
  const calls = new Calls({ token: settings.token, cameras, now, wallclock: Date.now });
  const refuse = (address: string, { kind, reason }: Denied): void => {
    refusals.refuse(address, kind, reason, reason);
  };
  /** Those that have their answer. */
  const answered = new WeakSet<Duplex>();
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    const address = addressOf(socket.remoteAddress);
    const outcome = calls.answerTo(request, address);
    if (isDenied(outcome)) refuse(address, outcome);
    const answer = ({ status, said }: Answer): void => {
      if (answered.has(socket) || response.destroyed) return;
      answered.add(socket);
      response.writeHead(status, {
        ...{ 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(said) + 1 },
        ...{ 'Cache-Control': 'no-store', Connection: 'close' },
      });
      response.end(`${said}\n`);
    };
    if (isDenied(outcome)) answer(outcome);
    else
      drain(
        request,
        () => {
          answer(outcome);
        },
        () => {
          refuse(address, TOO_LONG);
          answer(TOO_LONG);
        },
      );
  };
  const server = createServer(
    {
      maxHeaderSize: MOST_HEADERS,
      requestTimeout: patience,
      headersTimeout: patience,
      connectionsCheckingInterval: Math.min(1000, patience),
      // Some cameras name no host.
      requireHostHeader: false,
    },
    take,
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.on('checkExpectation', take);
  server.on(
    'connection',
    limited((socket) => {
      refuse(addressOf(socket.remoteAddress), TOO_MANY_CONNECTIONS);
    }),
  );
  server.on('drop', (dropped?: DropArgument) => {
    refuse(addressOf(dropped?.remoteAddress), TOO_MANY_CONNECTIONS);
  });
  const hangUp = (socket: Duplex, denied: Denied | undefined): void => {
    if (denied !== undefined && !answered.has(socket)) {
      answered.add(socket);
      refuse(addressOf('remoteAddress' in socket ? String(socket.remoteAddress) : undefined), denied);
      if (socket.writable) {
        socket.end(rawAnswer(denied), () => socket.destroy());
        return;
      }
    }
    socket.destroy();
  };
  server.on('clientError', (error: Error & { readonly rawPacket?: Buffer }, socket) => {
    hangUp(socket, deniedOf({ code: codeOf(error), first: error.rawPacket?.[0] }));
  });
  server.on('connect', (_, socket) => {
    hangUp(socket, NO_PROXY);
  });
  return server;
}

/** Reads what comes with a request, and forgets it: who is not listened to does not hear the answer either. */
function drain(request: IncomingMessage, done: () => void, tooLong: () => void): void {
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MOST_BODY) return;
    request.pause();
    tooLong();
  });
  request.on('end', done);
  request.on('error', () => undefined);
}

/** Counts connections by their addresses, and ends those of whom there are too many. */
function limited(tooMany: (socket: Socket) => void): (socket: Socket) => void {
  const open = new Map<string, number>();
  return (socket) => {
    const { remoteAddress = '' } = socket;
    const count = (open.get(remoteAddress) ?? 0) + 1;
    open.set(remoteAddress, count);
    socket.once('close', () => {
      const left = (open.get(remoteAddress) ?? 1) - 1;
      if (left > 0) open.set(remoteAddress, left);
      else open.delete(remoteAddress);
    });
    if (count <= MOST_OF_ONE) return;
    tooMany(socket);
    socket.destroy();
  };
}

/** For who has sent no request that could be answered. */
const rawAnswer = ({ status, said }: Denied): string =>
  `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: text/plain; charset=utf-8\r\n` +
  `Content-Length: ${Buffer.byteLength(said) + 1}\r\nConnection: close\r\n\r\n${said}\n`;
