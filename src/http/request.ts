import { createHash, timingSafeEqual } from 'node:crypto';
import type { Refusal } from '../camera/reports/refusals.js';
import { FIELDS, isWord, type Word, WORDS } from '../camera/reports/told.js';

/** What a camera that calls a URL wants to say. */
export interface Called {
  readonly camera: string;
  readonly says: Word;
  /** What else it says, field by field, as `toldOf` takes it. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A call that is not heeded. */
export interface Denied {
  /** HTTP's. */
  readonly status: number;
  /** To who calls. */
  readonly said: string;
  readonly kind: Refusal;
  /** To the admin, with the remedy. */
  readonly reason: string;
}

/** A request's first line and headers, as far as they matter. */
export interface Asked {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly authorization?: string | undefined;
  /** Of the body that is announced, bytes. */
  readonly length?: string | undefined;
}

/** What comes with a call is read up to so many bytes, and forgotten: some cameras send a picture. */
export const MOST_BODY = 1024 * 1024;

const PATH = /^\/([a-zA-Z0-9][\w-]{0,63})\/(\w{1,16})$/;

export const TOO_MANY: Denied = {
  ...{ status: 429, said: 'Too many.', kind: 'flood' },
  reason: 'it calls more often than anything happens. See how often the camera calls',
};

export const TOO_MANY_CONNECTIONS: Denied = {
  ...{ status: 503, said: 'Too many.', kind: 'flood' },
  reason: 'too many connections are open at once. See what holds them: a call takes some milliseconds',
};

/** It wants to be connected to somebody else. */
export const NO_PROXY: Denied = {
  ...{ status: 405, said: 'GET and POST only.', kind: 'malformed' },
  reason: 'it takes the hub for a proxy. See what calls this port',
};

export const TOO_LONG: Denied = {
  ...{ status: 413, said: 'Too long.', kind: 'oversized' },
  reason: 'it brings more than 1 MiB. Have it call a URL, and send nothing',
};

/**
 * What a request asks for: `/<camera>/motion`, `/<camera>/ring` or another word, by GET or POST, with the token as
 * `?token=` or in the header `Authorization: Bearer …`. Who does not know the token learns nothing but that.
 */
export function calledBy({ method, url = '', authorization, length = '0' }: Asked, token: string): Called | Denied {
  const parsed = URL.parse(url, 'http://hub');
  const [, bearer] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (!isSame(bearer ?? parsed?.searchParams.get('token') ?? '', token))
    return {
      ...{ status: 401, said: 'The token is wrong.', kind: 'unauthorised' },
      reason: 'its token is wrong. Compare the URL in the camera with "http.token"',
    };
  const [, camera, says] = PATH.exec(parsed?.pathname ?? '') ?? [];
  if (parsed === null || camera === undefined || says === undefined || !isWord(says))
    return {
      ...{ status: 404, said: `See /<camera>/motion; also ${WORDS.slice(1).join(', ')}.`, kind: 'malformed' },
      reason: `its URL is not /<camera>/ and one of ${WORDS.join(', ')}. Correct it in the camera`,
    };
  if (method !== 'GET' && method !== 'POST')
    return {
      ...{ status: 405, said: 'GET and POST only.', kind: 'malformed' },
      reason: 'it is neither GET nor POST. Choose one of them in the camera',
    };
  return Number(length) > MOST_BODY ? TOO_LONG : { camera, says, fields: fieldsOf(parsed.searchParams) };
}

/** What cameras add of their own says nothing. */
function fieldsOf(query: URLSearchParams): Called['fields'] {
  const of = {
    ...{ state: (text: string) => text.toUpperCase(), confidence: numberOf, at: numberOf },
    ...{ box: (text: string) => text.split(',', 5).map(numberOf), region: String, id: String },
  };
  return Object.fromEntries(
    FIELDS.flatMap((field) => {
      const text = query.get(field);
      return text === null ? [] : [[field, of[field](text)]];
    }),
  );
}

/** Not a number where it is none, nothing included. */
const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

export const isDenied = (result: object): result is Denied => 'kind' in result;

/** What never became a request. */
export interface Broken {
  /** Node's, or its parser's. */
  readonly code: string;
  /** The first byte of what was sent; undefined where that is not known. */
  readonly first: number | undefined;
}

/** With what TLS begins. */
const HANDSHAKE = 0x16;

/** What is wrong with it; undefined where the connection only broke. */
export function deniedOf({ code, first }: Broken): Denied | undefined {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return {
        ...{ status: 431, said: 'Too long.', kind: 'oversized' },
        reason: 'its URL and headers are longer than 8 KiB. Shorten the URL in the camera',
      };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        ...{ status: 408, said: 'Too slow.', kind: 'malformed' },
        reason: 'its request is not whole after 5 s. See its network, and whether it speaks HTTP at all',
      };
    default:
      if (!code.startsWith('HPE_')) return undefined;
      return {
        ...{ status: 400, said: 'This is no HTTP.', kind: 'malformed' },
        reason:
          first === HANDSHAKE
            ? 'it speaks TLS, which is not spoken here. Begin the URL in the camera with http://'
            : 'what it sends is no HTTP. See what calls this port',
      };
  }
}

/** `192.168.1.20`, however the system writes that. */
export const addressOf = (remote: string | undefined): string =>
  remote?.replace(/^::ffff:(?=\d+\.)/i, '') ?? 'somebody who is gone';

/** Takes as long whatever is wrong. */
const isSame = (given: string, token: string): boolean => timingSafeEqual(digest(given), digest(token));

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
