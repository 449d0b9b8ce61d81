import { request as overHttp } from 'node:http';
import { request as overTls } from 'node:https';
import { isIP } from 'node:net';
import { OnvifError } from './device.js';
import { type Element, XmlReader } from './xml.js';

export interface HttpRequest {
  readonly url: URL;
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
  /** What `Date` says, ms since 1970. */
  readonly date: number | undefined;
  /** Whether there was anything in it. */
  readonly isEmpty: boolean;
  /** Undefined where it was no XML, or not whole. */
  readonly document: Element | undefined;
}

/** Posts once; rejects with an `OnvifError`, and leaves no socket and no timer behind. */
export type Exchange = (request: HttpRequest) => Promise<HttpAnswer>;

/** Bytes; the longest answers of real cameras, hundreds of presets or profiles, have a fifth of this. */
const LARGEST = 1024 * 1024;
const MOST_HEADERS = 16 * 1024;

/** Each over a connection of its own: many cameras break those that are kept. */
export const exchange: Exchange = ({ url, headers, body, timeout, signal }) =>
  new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    const options = {
      ...{
        method: 'POST',
        host,
        port,
        path: `${url.pathname}${url.search}`,
        agent: false,
        maxHeaderSize: MOST_HEADERS,
      },
      headers: { ...headers, 'Content-Length': String(Buffer.byteLength(body)), Connection: 'close' },
    };
    const request =
      url.protocol === 'https:'
        ? // Cameras sign their own certificates: TLS keeps listeners out, but proves no identity.
          overTls({ ...options, rejectUnauthorized: false, ...(isIP(host) ? {} : { servername: host }) })
        : overHttp(options);
    const finish = (result: HttpAnswer | OnvifError): void => {
      clearTimeout(patience);
      signal.removeEventListener('abort', giveUp);
      request.destroy();
      if (result instanceof OnvifError) reject(result);
      else resolve(result);
    };
    const giveUp = (): void => {
      finish(new OnvifError('silent', `The request to ${host} was given up.`, { cause: signal.reason }));
    };
    const patience = setTimeout(() => {
      finish(new OnvifError('silent', `${host} does not answer within ${timeout / 1000} s: ${LOOK_AT_NETWORK}.`));
    }, timeout);
    request.on('error', (error) => {
      finish(failureOf(error, host, port));
    });
    request.on('response', (response) => {
      const reader = new XmlReader();
      let length = 0;
      const answer = (): void => {
        const { statusCode = 0, headersDistinct } = response;
        const date = Date.parse(headersDistinct['date']?.[0] ?? '');
        finish({
          status: statusCode,
          challenges: headersDistinct['www-authenticate'] ?? [],
          date: Number.isNaN(date) ? undefined : date,
          isEmpty: length === 0,
          document: reader.root,
        });
      };
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > LARGEST) finish(new OnvifError('nonsense', `${host} answers with more than 1 MiB: ${UPDATE_IT}.`));
        else reader.write(chunk);
      });
      // What is cut off is as good as what was read of it.
      response.on('end', answer).on('error', answer);
    });
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    else request.end(body);
  });

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
