import { SourceError, type SourceFailure } from '../source.js';

/** Says what is wrong with the camera at `host`, and what to do; `what` goes on after "The camera at … ". */
export const cameraError = (failure: SourceFailure, host: string, what: string, cause?: unknown): SourceError =>
  new SourceError(failure, `The camera at ${host} ${what}.`, cause === undefined ? undefined : { cause });

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections: check the port in the address, and that RTSP is switched on in the camera',
  EHOSTUNREACH: 'cannot be reached: check its address, its power and its network',
  ENETUNREACH: 'is in a network that this machine cannot reach: check the address',
  EHOSTDOWN: 'is down: check its power and its network',
  ENOTFOUND: 'is unknown to the name service: check the name, or use the IP address',
  EAI_AGAIN: 'cannot be looked up, as the name service does not answer: use the IP address',
  ETIMEDOUT: 'does not answer: check its address, its power and its network',
};

/** A connection that could not be made. */
export function connectError(host: string, error: unknown): SourceError {
  const code = codeOf(error);
  const what = NETWORK[code] ?? (isTls(error) ? TLS : `cannot be connected to (${code || String(error)})`);
  return cameraError('unreachable', host, what, error);
}

const TLS = 'does not speak TLS on this port: use rtsp:// instead of rtsps://, or another port';

const isTls = (error: unknown): boolean => /^ERR_(SSL|TLS)|^EPROTO$/.test(codeOf(error)) || /ssl/i.test(String(error));

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** What follows from something that this client or the camera cannot do, where pictures are to be read. */
export const READ_WITH_FFMPEG = 'so it is read with ffmpeg instead';

/**
 * An answer that ends the session.
 * @param method what it answers
 * @param otherwise what follows where the camera cannot do it
 */
export function statusError(
  host: string,
  method: string,
  status: number,
  hasCredentials: boolean,
  otherwise = READ_WITH_FFMPEG,
): SourceError {
  const answer = `answers ${status} to ${method}`;
  switch (status) {
    case 401:
      return hasCredentials
        ? cameraError('unauthorized', host, 'refuses the user name or the password: check both in the settings')
        : cameraError('unauthorized', host, 'wants a user name and a password: put them into the settings');
    case 403:
      return cameraError('unauthorized', host, `${answer}: give the user the right to see the stream, in the camera`);
    case 404:
    case 454:
      return cameraError('not-found', host, `${answer}: it has no such stream, check the path in the address`);
    case 453:
    case 503:
      return cameraError(
        'unreachable',
        host,
        `${answer}: it has as many viewers as it allows, or is starting; close other viewers, or wait`,
      );
    default:
      if (status >= 500 && status !== 501 && status !== 505 && status !== 551) {
        return cameraError('closed', host, `${answer}: it has a fault of its own, restart it if this lasts`);
      }
      return unsupported(host, answer, otherwise);
  }
}

/**
 * @param reason goes on after "The camera at … "
 * @param otherwise what follows from it
 */
export const unsupported = (host: string, reason: string, otherwise = READ_WITH_FFMPEG): SourceError =>
  cameraError('unsupported', host, `${reason}, ${otherwise}`);

export const silent = (host: string, method: string, seconds: number): SourceError =>
  cameraError('timed-out', host, `did not answer to ${method} within ${seconds} s: check its network, or restart it`);

export const garbage = (host: string, sample: string): SourceError => {
  const web = sample.startsWith('HTTP/') ? ', which is a web server: use its RTSP port' : ': check the port';
  return cameraError('garbage', host, `does not speak RTSP but sends "${sample}"${web}`);
};

export const closed = (host: string, cause?: unknown): SourceError =>
  cameraError('closed', host, 'closed the connection: it may have restarted, or allow fewer viewers', cause);
