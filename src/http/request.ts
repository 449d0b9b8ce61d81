import { createHash, timingSafeEqual } from 'node:crypto';

/** What a camera that calls a URL wants to say. */
export interface Called {
  readonly camera: string;
  readonly says: 'motion' | 'ring';
}

/** An HTTP status, and a word about it. */
export interface Denied {
  readonly status: 400 | 401 | 404 | 405;
  readonly said: string;
}

const PATH = /^\/([a-zA-Z0-9][\w-]{0,63})\/(motion|ring)$/;

/**
 * What a request asks for: `/<camera>/motion` or `/<camera>/ring`, by GET or POST, with the token as `?token=` or in
 * the header `Authorization: Bearer …`.
 */
export function calledBy(
  {
    method,
    url = '',
    authorization,
  }: { readonly method?: string; readonly url?: string; readonly authorization?: string },
  token: string,
): Called | Denied {
  let parsed: URL;
  try {
    parsed = new URL(url, 'http://hub');
  } catch {
    return { status: 400, said: 'This is no address.' };
  }
  const [, bearer] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (!isSame(bearer ?? parsed.searchParams.get('token') ?? '', token))
    return { status: 401, said: 'The token is wrong.' };
  if (method !== 'GET' && method !== 'POST') return { status: 405, said: 'GET and POST only.' };
  const [, camera, says] = PATH.exec(parsed.pathname) ?? [];
  if (camera === undefined || says === undefined)
    return { status: 404, said: 'See /<camera>/motion and /<camera>/ring.' };
  return { camera, says: says as Called['says'] };
}

export const isDenied = (result: Called | Denied): result is Denied => 'status' in result;

/** Takes as long whatever is wrong. */
const isSame = (given: string, token: string): boolean => timingSafeEqual(digest(given), digest(token));

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
