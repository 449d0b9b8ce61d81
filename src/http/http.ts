import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import type { Log } from '../camera/log.js';
import { Allowance } from '../camera/reports/allowance.js';
import { report, type ReportedCamera } from '../camera/reports/reports.js';
import { codeOf } from '../events/files.js';
import type { HttpSettings } from '../settings/settings.js';
import { calledBy, isDenied } from './request.js';

export interface HttpOptions {
  readonly settings: HttpSettings;
  readonly cameras: readonly (ReportedCamera & { readonly id: string; readonly name: string })[];
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly signal: AbortSignal;
}

const MOST_CONNECTIONS = 32;
/** All of a request's lines, bytes; there is no body. */
const MOST_HEADERS = 8 * 1024;
/** For a request to be whole, ms. */
const PATIENCE = 5000;
/** Of each of those who know the token, and of all who do not. */
const CALLS = { burst: 20, perSecond: 5 };
const GUESSES = { burst: 10, perSecond: 0.2 };

interface Answer {
  readonly status: number;
  readonly said: string;
}

/**
 * A door for cameras that can only call a URL, open until the signal is aborted.
 *
 * @returns the port, when it is open; undefined where it cannot be opened, which is said
 */
export async function openHttp({ settings, cameras, log, signal }: HttpOptions): Promise<number | undefined> {
  const { listen, port, token } = settings;
  const host = listen === 'loopback' ? '127.0.0.1' : undefined;
  const calls = new Map<string, Allowance>();
  const guesses = new Allowance(GUESSES, performance.now());
  let toldOfGuess = false;
  const answerTo = ({ method, url, headers }: IncomingMessage, from: string): Answer => {
    const now = performance.now();
    const { authorization } = headers;
    const called = calledBy(
      {
        ...(method !== undefined && { method }),
        ...(url !== undefined && { url }),
        ...(authorization && { authorization }),
      },
      token,
    );
    if (isDenied(called)) {
      if (called.status === 401) {
        if (!toldOfGuess) log.warn(`HTTP: ${from} calls with a wrong token. More of them are not told.`);
        toldOfGuess = true;
        if (!guesses.take(now)) return { status: 429, said: 'Too many.' };
      }
      return called;
    }
    const camera = cameras.find(({ id }) => id.toLowerCase() === called.camera.toLowerCase());
    if (camera === undefined) return { status: 404, said: 'There is no such camera.' };
    let allowance = calls.get(camera.id);
    if (allowance === undefined) calls.set(camera.id, (allowance = new Allowance(CALLS, now)));
    if (!allowance.take(now)) return { status: 429, said: 'Too many.' };
    const told = { says: called.says, over: false, confidence: undefined, box: undefined, region: undefined };
    const outcome = report(camera, told, { at: now, source: 'http', ends: false });
    if (outcome === 'no-doorbell') return { status: 409, said: `${camera.name} is no doorbell.` };
    return outcome === 'off' ? { status: 409, said: `${camera.name} is off.` } : { status: 200, said: `${outcome}.` };
  };
  const server = createServer(
    {
      maxHeaderSize: MOST_HEADERS,
      requestTimeout: PATIENCE,
      headersTimeout: PATIENCE,
      connectionsCheckingInterval: 1000,
    },
    (request: IncomingMessage, response: ServerResponse) => {
      const { status, said } = answerTo(request, request.socket.remoteAddress ?? 'somebody');
      // What comes with it is not read.
      response.writeHead(status, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-store', Connection: 'close' });
      response.end(`${said}\n`, () => request.destroy());
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    const taken = codeOf(error) === 'EADDRINUSE' ? 'another program has it' : String(error);
    log.warn(`HTTP: port ${port} cannot be used: ${taken}. See "http.port".`);
    return undefined;
  }
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
