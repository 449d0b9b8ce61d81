import { once } from 'node:events';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Authenticator, type Credentials } from '../auth.js';
import { cameraError, connectError } from '../rtsp/failure.js';
import { SourceError } from '../source.js';
import { httpContent, statusFailure, type HttpContent } from './http-content.js';

/** What a camera answers: how it is to be read, and the stream where it has begun. */
export type HttpAnswer =
  | { readonly content: 'recording'; readonly url: string }
  | { readonly content: Exclude<HttpContent, 'recording'>; readonly body: IncomingMessage };

/** For an answer, and for the first bytes behind it, ms. */
const PATIENCE = 5_000;
/** Between two pictures of a slow stream, ms; the feed notices sooner where they use to come quicker. */
const IDLE = 30_000;
const MAX_REDIRECTS = 5;

/**
 * Asks for a stream over HTTP, with the URL's user and password (basic or digest), following redirects; certificates are
 * not verified, as cameras sign their own.
 * @throws SourceError for whatever is no stream; or what `signal` was aborted with
 */
export async function openHttp(url: string, signal: AbortSignal): Promise<HttpAnswer> {
  let target = new URL(url);
  let authenticator = new Authenticator(credentialsOf(target));
  for (let redirects = 0; redirects <= MAX_REDIRECTS;) {
    const path = `${target.pathname}${target.search}`;
    const signature = authenticator.sign('GET', path);
    const answer = await ask(target, signature, signal);
    const { statusCode: status = 0, headers } = answer;
    if (
      status === 401 &&
      authenticator.challenged([headers['www-authenticate'] ?? []].flat(), signature !== undefined)
    ) {
      answer.destroy();
      continue;
    }
    if (
      status >= 300 &&
      status < 400 &&
      headers.location !== undefined &&
      URL.canParse(headers.location, target.href)
    ) {
      answer.destroy();
      redirects++;
      const next = new URL(headers.location, target);
      // Another host has no business with the password.
      if (next.hostname !== target.hostname) authenticator = new Authenticator(credentialsOf(next));
      target = next;
      continue;
    }
    return takeStream(target, url, answer, authenticator.hasCredentials, signal);
  }
  throw cameraError('not-found', target.host, 'sends from one address to the next without end: check the address');
}

/** Decoded. */
export function credentialsOf(url: URL): Credentials | undefined {
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  return url.username === '' ? undefined : { username: decode(url.username), password: decode(url.password) };
}

async function ask(target: URL, authorization: string | undefined, signal: AbortSignal): Promise<IncomingMessage> {
  if (target.protocol !== 'http:' && target.protocol !== 'https:') {
    throw cameraError('unsupported', target.host, `sends to ${target.protocol}, which is not HTTP`);
  }
  const request = (target.protocol === 'https:' ? requestHttps : requestHttp)({
    // An address has brackets in a URL, and none elsewhere.
    hostname: target.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: target.port,
    path: `${target.pathname}${target.search}`,
    headers: { accept: '*/*', connection: 'close', 'user-agent': 'Lookout', ...(authorization && { authorization }) },
    timeout: PATIENCE,
    agent: false,
    rejectUnauthorized: false,
    // Cameras are known for sloppy headers.
    insecureHTTPParser: true,
    signal,
  });
  const silence = new Error('no answer');
  request.on('error', () => undefined);
  request.once('timeout', () => {
    request.destroy(silence);
  });
  request.end();
  try {
    const [answer] = (await once(request, 'response', { signal })) as [IncomingMessage];
    answer.on('error', () => undefined);
    // From here on the first bytes have their own patience, and the stream the feed's.
    request.setTimeout(0);
    return answer;
  } catch (error) {
    signal.throwIfAborted();
    if (error === silence)
      throw cameraError('timed-out', target.host, 'does not answer: check its address, power and network', error);
    if (codeOf(error).startsWith('HPE_')) {
      throw cameraError('garbage', target.host, 'does not speak HTTP: check the port in the address', error);
    }
    if (codeOf(error) === 'ECONNREFUSED') {
      throw cameraError('unreachable', target.host, 'refuses connections: check the port in the address', error);
    }
    throw connectError(target.host, error);
  }
}

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';

async function takeStream(
  target: URL,
  url: string,
  answer: IncomingMessage,
  hasCredentials: boolean,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { statusCode: status = 0, headers } = answer;
  try {
    const failure = statusFailure(status, hasCredentials);
    if (failure !== undefined) throw cameraError(failure.failure, target.host, failure.sentence);
    const start = await firstBytes(target.host, answer, signal);
    const content = httpContent({ type: headers['content-type'], length: headers['content-length'], start });
    if (typeof content !== 'string') throw cameraError('unsupported', target.host, content.sentence);
    if (content !== 'recording') {
      answer.setTimeout(IDLE);
      return { content, body: answer };
    }
    answer.destroy();
    return { content, url };
  } catch (error) {
    answer.destroy();
    signal.throwIfAborted();
    throw error instanceof SourceError ? error : cameraError('closed', target.host, 'closed the connection', error);
  }
}

/** What the stream begins with; it stays to be read. */
async function firstBytes(host: string, answer: IncomingMessage, signal: AbortSignal): Promise<Buffer> {
  const timeout = AbortSignal.timeout(PATIENCE);
  await once(answer, 'readable', { signal: AbortSignal.any([signal, timeout]) }).catch((error: unknown) => {
    if (!timeout.aborted) throw error;
    throw cameraError('timed-out', host, 'accepts the request and sends nothing: restart it if this lasts');
  });
  const start = (answer.read() as Buffer | null) ?? Buffer.alloc(0);
  if (start.length > 0) answer.unshift(start);
  return start;
}
