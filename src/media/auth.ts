import { createHash, randomBytes } from 'node:crypto';

/** One way to log in that a server offers (RFC 7235, 4.1); parameter names are in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const SCHEME = /\s*(?:,\s*)?([A-Za-z][\w-]*)(?=\s|,|$)(?!\s*=)/y;
const PARAMETER = /\s*(?:,\s*)?([A-Za-z][\w-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/y;

/** Reads the values of `WWW-Authenticate`, each with one challenge or several. */
export function parseChallenges(values: readonly string[]): Challenge[] {
  return values.flatMap((value) => {
    const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
    let at = 0;
    for (;;) {
      PARAMETER.lastIndex = at;
      const parameter = PARAMETER.exec(value);
      const current = challenges.at(-1);
      if (parameter && current) {
        const [all, name = '', quoted, bare = ''] = parameter;
        current.parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare);
        at += all.length;
        continue;
      }
      SCHEME.lastIndex = at;
      const scheme = SCHEME.exec(value);
      if (!scheme) return challenges;
      challenges.push({ scheme: (scheme[1] ?? '').toLowerCase(), parameters: new Map() });
      at += scheme[0].length;
    }
  });
}

/** RFC 7616, 3.4.2 by `algorithm`, in lower case; absent means MD5. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['', 'md5'],
  ['md5', 'md5'],
  ['md5-sess', 'md5'],
  ['sha-256', 'sha256'],
  ['sha-256-sess', 'sha256'],
  ['sha-512-256', 'sha512-256'],
  ['sha-512-256-sess', 'sha512-256'],
]);

const algorithmOf = (challenge: Challenge): string => challenge.parameters.get('algorithm')?.toLowerCase() ?? '';

/** The strongest challenge that can be answered. */
export function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  const answerable = challenges.filter((challenge) => strength(challenge) > 0);
  return answerable.sort((a, b) => strength(b) - strength(a))[0];
}

function strength(challenge: Challenge): number {
  if (challenge.scheme === 'basic') return 1;
  if (challenge.scheme !== 'digest' || !challenge.parameters.has('nonce')) return 0;
  const qops = qopsOf(challenge);
  if (qops.length > 0 && !qops.includes('auth')) return 0;
  const hash = HASHES.get(algorithmOf(challenge));
  return hash === undefined ? 0 : hash === 'md5' ? 2 : 3;
}

const qopsOf = (challenge: Challenge): string[] =>
  (challenge.parameters.get('qop') ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((qop) => qop !== '');

/** True where the server refuses a nonce for its age only. */
export const isStale = (challenge: Challenge): boolean => challenge.parameters.get('stale')?.toLowerCase() === 'true';

/**
 * The value of `Authorization` for one request.
 * @param count how many requests have been signed with this challenge, this one included
 * @param cnonce random, in printable characters without quotes
 */
export function authorization(
  challenge: Challenge,
  { username, password }: Credentials,
  request: { readonly method: string; readonly uri: string },
  count: number,
  cnonce: string,
): string {
  if (challenge.scheme === 'basic') {
    return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
  }
  const get = (name: string): string => challenge.parameters.get(name) ?? '';
  const algorithm = algorithmOf(challenge);
  const hash = (text: string): string =>
    createHash(HASHES.get(algorithm) ?? 'md5')
      .update(text, 'utf8')
      .digest('hex');
  const withQop = qopsOf(challenge).includes('auth');
  const nc = count.toString(16).padStart(8, '0');
  const secret = hash(`${username}:${get('realm')}:${password}`);
  const ha1 = algorithm.endsWith('-sess') ? hash(`${secret}:${get('nonce')}:${cnonce}`) : secret;
  const ha2 = hash(`${request.method}:${request.uri}`);
  const response = hash([ha1, get('nonce'), ...(withQop ? [nc, cnonce, 'auth'] : []), ha2].join(':'));
  const fields = [
    `username="${quote(username)}"`,
    `realm="${quote(get('realm'))}"`,
    `nonce="${quote(get('nonce'))}"`,
    `uri="${request.uri}"`,
    ...(challenge.parameters.has('algorithm') ? [`algorithm=${get('algorithm')}`] : []),
    `response="${response}"`,
    ...(withQop || algorithm.endsWith('-sess') ? [`cnonce="${cnonce}"`] : []),
    ...(withQop ? ['qop=auth', `nc=${nc}`] : []),
    ...(challenge.parameters.has('opaque') ? [`opaque="${quote(get('opaque'))}"`] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

const quote = (value: string): string => value.replace(/["\\]/g, '\\$&');

/** Signs a connection's requests once a challenge has come. */
export class Authenticator {
  private challenge: Challenge | undefined;
  private count = 0;

  constructor(private readonly credentials: Credentials | undefined) {}

  get hasCredentials(): boolean {
    return this.credentials !== undefined;
  }

  /** The value of `Authorization`; undefined before a challenge, or without credentials. */
  sign(method: string, uri: string): string | undefined {
    if (!this.challenge || !this.credentials) return undefined;
    this.count++;
    return authorization(this.challenge, this.credentials, { method, uri }, this.count, randomBytes(8).toString('hex'));
  }

  /**
   * Takes the challenges of an answer 401.
   * @param signed whether the refused request was signed with a challenge that had come for itself
   * @returns whether it is worth asking again: never twice with a password that was refused
   */
  challenged(values: readonly string[], signed: boolean): boolean {
    const challenge = chooseChallenge(parseChallenges(values));
    if (!challenge || !this.credentials) return false;
    const again = !signed || isStale(challenge);
    this.challenge = challenge;
    this.count = 0;
    return again;
  }
}
