import { createHash } from 'node:crypto';
import type { Login } from './soap.js';

/** One `Digest` challenge that can be answered (RFC 7616). */
export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  /** As the camera wrote it; undefined means MD5. */
  readonly algorithm: string | undefined;
  readonly hash: 'md5' | 'sha256';
  /** Whether `qop=auth` is offered; without it the old form of RFC 2069 is spoken. */
  readonly auth: boolean;
}

const PARAMETER = /([a-z][\w-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/gi;

/** The strongest challenge among the values of `WWW-Authenticate`, one challenge each; undefined where none is usable. */
export function challengeOf(values: readonly string[]): Challenge | undefined {
  const usable = values.map(readChallenge).filter((challenge) => challenge !== undefined);
  return usable.find(({ hash }) => hash === 'sha256') ?? usable[0];
}

function readChallenge(value: string): Challenge | undefined {
  const [, parameters] = /^\s*Digest\s+(.{1,4096})$/is.exec(value) ?? [];
  if (parameters === undefined) return undefined;
  const said = new Map(
    [...parameters.matchAll(PARAMETER)].map(([, name = '', quoted, bare]) => [
      name.toLowerCase(),
      quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '',
    ]),
  );
  const nonce = said.get('nonce');
  const algorithm = said.get('algorithm');
  const hash = { md5: 'md5', 'sha-256': 'sha256' }[(algorithm ?? 'md5').toLowerCase()] as Challenge['hash'] | undefined;
  const qops = said
    .get('qop')
    ?.toLowerCase()
    .split(/[\s,]+/);
  if (nonce === undefined || hash === undefined || (qops !== undefined && !qops.includes('auth'))) return undefined;
  return {
    realm: said.get('realm') ?? '',
    nonce,
    opaque: said.get('opaque'),
    algorithm,
    hash,
    auth: qops !== undefined,
  };
}

/**
 * The value of `Authorization` for a POST.
 *
 * @param count how many requests were signed with this challenge, this one included
 * @param cnonce random, in printable characters without quotes
 */
export function authorization(
  { realm, nonce, opaque, algorithm, hash, auth }: Challenge,
  { username, password }: Login,
  { uri, count, cnonce }: { readonly uri: string; readonly count: number; readonly cnonce: string },
): string {
  const hashed = (text: string): string => createHash(hash).update(text, 'utf8').digest('hex');
  const nc = count.toString(16).padStart(8, '0');
  const secret = hashed(`${username}:${realm}:${password}`);
  const response = hashed([secret, nonce, ...(auth ? [nc, cnonce, 'auth'] : []), hashed(`POST:${uri}`)].join(':'));
  const fields = [
    `username="${quote(username)}"`,
    `realm="${quote(realm)}"`,
    `nonce="${quote(nonce)}"`,
    `uri="${uri}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    `response="${response}"`,
    ...(auth ? [`qop=auth, nc=${nc}, cnonce="${cnonce}"`] : []),
    ...(opaque === undefined ? [] : [`opaque="${quote(opaque)}"`]),
  ];
  return `Digest ${fields.join(', ')}`;
}

const quote = (value: string): string => value.replace(/["\\]/g, '\\$&');
