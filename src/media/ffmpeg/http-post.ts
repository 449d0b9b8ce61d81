import { once } from 'node:events';
import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Authenticator } from '../auth.js';
import { cameraError, connectError } from '../rtsp/failure.js';
import { credentialsOf } from './http.js';
import { statusFailure } from './http-content.js';

export interface HttpPost {
  /** Drops what the camera does not take in time. */
  send(data: Buffer): void;
  /** Resolves when the connection has ended; with a `SourceError` where that was not asked for. Never rejects. */
  readonly ended: Promise<Error | undefined>;
}

/** For a connection, and for the answer to a request without a body, ms. */
const PATIENCE = 5_000;
/** About two seconds of G.711 that have not been taken, bytes: what comes later than that is of no use. */
const MOST_UNSENT = 16 * 1024;
/** Cameras know no chunks, and want a length (VAPIX and Dahua's interface say 9999999): more than a day of G.711. */
const LENGTH = 999_999_999;

/**
 * Begins to post a stream without end, with the URL's user and password (basic or digest); certificates are not
 * verified, as cameras sign their own.
 * @throws SourceError where the camera cannot be reached or refuses
 */
export async function openPost(address: string, contentType: string, signal: AbortSignal): Promise<HttpPost> {
  const url = new URL(address);
  const path = `${url.pathname}${url.search}`;
  const authenticator = new Authenticator(credentialsOf(url));
  if (authenticator.hasCredentials) await challenge(url, contentType, authenticator, signal);
  const request = post(url, contentType, LENGTH, authenticator.sign('POST', path), signal);
  const ended = lasting(url, request, authenticator.hasCredentials, signal);
  request.flushHeaders();
  const connected = new Promise<void>((resolve) => {
    request.once('socket', (socket) => {
      if (!socket.connecting) resolve();
      else socket.once('connect', resolve);
    });
  });
  const failed = await Promise.race([connected, ended]);
  signal.throwIfAborted();
  if (failed !== undefined) throw failed;
  return {
    send: (data) => {
      if (!request.destroyed && request.writableLength <= MOST_UNSENT) request.write(data);
    },
    ended,
  };
}

/** Asks with an empty body, so that what is said is not sent in vain before the password is asked for. */
async function challenge(url: URL, type: string, authenticator: Authenticator, signal: AbortSignal): Promise<void> {
  const request = post(url, type, 0, undefined, signal);
  request.on('error', () => undefined);
  request.end();
  try {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
    const [answer] = (await once(request, 'response', { signal: patience })) as [IncomingMessage];
    if (answer.statusCode === 401) authenticator.challenged([answer.headers['www-authenticate'] ?? []].flat(), false);
  } catch (error) {
    signal.throwIfAborted();
    throw failure(url, error);
  } finally {
    request.destroy();
  }
}

function post(
  url: URL,
  type: string,
  length: number,
  authorization: string | undefined,
  signal: AbortSignal,
): ClientRequest {
  return (url.protocol === 'https:' ? requestHttps : requestHttp)({
    method: 'POST',
    hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port,
    path: `${url.pathname}${url.search}`,
    headers: {
      'content-type': type,
      'content-length': length,
      connection: 'close',
      'user-agent': 'Lookout',
      ...(authorization !== undefined && { authorization }),
    },
    agent: false,
    rejectUnauthorized: false,
    insecureHTTPParser: true,
    signal,
  });
}

function lasting(
  url: URL,
  request: ClientRequest,
  hasCredentials: boolean,
  signal: AbortSignal,
): Promise<Error | undefined> {
  return new Promise((resolve) => {
    let reason: Error | undefined;
    const patience = setTimeout(() => request.destroy(new Error('no answer')), PATIENCE);
    request.once('socket', (socket) => {
      socket.setNoDelay(true);
      socket.once('connect', () => {
        clearTimeout(patience);
      });
    });
    // Where the camera agrees at once, its answer is not read: at its end the connection would be closed.
    request.once('response', ({ statusCode = 0 }) => {
      const refused = statusFailure(statusCode, hasCredentials);
      if (refused === undefined) return;
      reason = cameraError(refused.failure, url.host, refused.sentence);
      request.destroy();
    });
    request.on('error', (error) => {
      reason ??= failure(url, error);
    });
    request.once('close', () => {
      clearTimeout(patience);
      resolve(signal.aborted ? undefined : (reason ?? cameraError('closed', url.host, 'closed the connection')));
    });
  });
}

function failure(url: URL, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return cameraError('closed', url.host, 'closed the connection: check the address and "talkCodec"', error);
  }
  if (code.startsWith('HPE_')) return cameraError('garbage', url.host, 'does not speak HTTP: check the port', error);
  if (error instanceof Error && (error.message === 'no answer' || error.name === 'TimeoutError')) {
    return cameraError('timed-out', url.host, 'does not answer: check its address, power and network', error);
  }
  return connectError(url.host, error);
}
