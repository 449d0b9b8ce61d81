import { type ClientRequest, type IncomingMessage, request as overHttp } from 'node:http';
import { request as overTls } from 'node:https';
import { isIP } from 'node:net';
import { setImmediate as immediate } from 'node:timers/promises';
import { OnvifError } from './device.js';
import { type Element, XmlReader } from './xml.js';

export interface HttpRequest {
  readonly url: URL;
  /** To whom it goes: the URL's host, with the zone that an IPv6 address may have and a URL may not. */
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For the whole answer, ms. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** The values of `WWW-Authenticate`. */
  readonly challenges: readonly string[];
  /** Where it says that its service is instead. */
  readonly location: string | undefined;
  /** What `Date` says, ms since 1970. */
  readonly date: number | undefined;
  /** Undefined where it was no XML, or not whole. */
  readonly document: Element | undefined;
}

/** Posts once; rejects with an `OnvifError`, and leaves no socket and no timer behind. */
export type Exchange = (request: HttpRequest) => Promise<HttpAnswer>;

/** Bytes; the longest answers of real cameras, hundreds of presets or profiles, have a fifth of this. */
const LARGEST = 1024 * 1024;
const MOST_HEADERS = 16 * 1024;

/** Bytes of an answer that are read at once: the most hostile ones hold up the event loop for 6 ms. */
const PIECE = 4096;

/** Each over a connection of its own: many cameras break those that are kept. */
export const exchange: Exchange = ({ url, host, headers, body, timeout, signal }) =>
  new Promise((resolve, reject) => {
    let request: ClientRequest | undefined;
    const finish = (result: HttpAnswer | OnvifError): void => {
      clearTimeout(patience);
      signal.removeEventListener('abort', giveUp);
      request?.destroy();
      if (result instanceof OnvifError) reject(result);
      else resolve(result);
    };
    const giveUp = (): void => {
      finish(new OnvifError('silent', `The request to ${host} was given up.`, { cause: signal.reason }));
    };
    const patience = setTimeout(() => {
      finish(new OnvifError('silent', `${host} does not answer in time: ${LOOK_AT_NETWORK}.`));
    }, timeout);
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) {
      giveUp();
      return;
    }
    try {
      request = begin({ url, host, headers, body });
    } catch (error) {
      // A camera may want to have back in a header what none can hold.
      finish(
        new OnvifError('nonsense', `${host} cannot be asked in the way that it wants: ${UPDATE_IT}.`, { cause: error }),
      );
      return;
    }
    request.on('error', (error) => {
      finish(failureOf(error, host, portOf(url)));
    });
    request.on('response', (response) => void read(response, host).then(finish));
    // As bytes: headers would be written with the encoding of a text.
    request.end(Buffer.from(body));
  });

function begin({ url, host, headers, body }: Pick<HttpRequest, 'url' | 'host' | 'headers' | 'body'>): ClientRequest {
  const written = Object.entries({ ...headers, Host: url.host }).map(
    ([name, value]) => [name, asBytes(value)] as const,
  );
  const options = {
    ...{ method: 'POST', host, port: portOf(url), path: `${url.pathname}${url.search}` },
    // Cameras say their length twice, or put into headers what has no place there: there is one answer to a connection.
    ...{ agent: false, maxHeaderSize: MOST_HEADERS, insecureHTTPParser: true },
    headers: {
      ...Object.fromEntries(written),
      ...{ 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close' },
    },
  };
  if (url.protocol === 'http:') return overHttp(options);
  // Cameras sign their own certificates: TLS keeps listeners out, but proves no identity.
  return overTls({ ...options, rejectUnauthorized: false, ...(isIP(host) ? {} : { servername: host }) });
}

/** What could be read of an answer. Never rejects. */
async function read(response: IncomingMessage, host: string): Promise<HttpAnswer | OnvifError> {
  const reader = new XmlReader();
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > LARGEST) return new OnvifError('nonsense', `${host} answers with more than 1 MiB: ${UPDATE_IT}.`);
      for (let at = 0; at < chunk.length && reader.isReading; at += PIECE) {
        if (at > 0) await immediate();
        reader.write(chunk.subarray(at, at + PIECE));
      }
      // Some say no length, and leave the connection open.
      if (reader.root !== undefined) break;
    }
  } catch {
    // What is cut off is as good as what was read of it.
  }
  const { statusCode = 0, headersDistinct } = response;
  const date = Date.parse(headersDistinct['date']?.[0] ?? '');
  return {
    status: statusCode,
    challenges: (headersDistinct['www-authenticate'] ?? []).map(asText),
    location: headersDistinct['location']?.[0],
    date: Number.isNaN(date) ? undefined : date,
    document: reader.root,
  };
}

const portOf = ({ port, protocol }: URL): number => (port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port));

/** Node has headers in Latin-1, and ours are UTF-8. */
const asBytes = (header: string): string => Buffer.from(header).toString('latin1');
const asText = (header: string): string => Buffer.from(header, 'latin1').toString();

export const LOOK_AT_NETWORK = 'check its address, its power and its network';
export const SWITCH_ON =
  "check the port, and whether ONVIF is switched on in the camera's own settings, where many have it off";
export const UPDATE_IT = 'see whether there is newer firmware for the camera';

const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);
const AWAY = new Set(['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'EAI_AGAIN']);

export function failureOf(error: Error, host: string, port: number): OnvifError {
  const { code = '' } = error as NodeJS.ErrnoException;
  const cause = { cause: error };
  if (code === 'ENOTFOUND')
    return new OnvifError('absent', `Nothing is called ${host}: check the camera's address.`, cause);
  if (code === 'ECONNREFUSED')
    return new OnvifError('absent', `Nothing listens at port ${port} of ${host}: ${SWITCH_ON}.`, cause);
  if (AWAY.has(code))
    return new OnvifError('silent', `${host} cannot be reached (${code}): ${LOOK_AT_NETWORK}.`, cause);
  if (BROKEN.has(code))
    return new OnvifError('nonsense', `${host} breaks off the connection without an answer: ${UPDATE_IT}.`, cause);
  return new OnvifError(
    'absent',
    `Port ${port} of ${host} speaks no ONVIF (${code || 'no HTTP'}): ${SWITCH_ON}.`,
    cause,
  );
}
