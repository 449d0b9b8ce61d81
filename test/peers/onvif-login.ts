import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export type LoginWay = 'token' | 'digest';

/** How a camera asks for a digest. */
export interface DigestForm {
  /** Default `auth`; empty for the old form of RFC 2069. */
  readonly qop?: string;
  readonly algorithm?: 'MD5' | 'SHA-256';
  /** A nonce is good for one request. */
  readonly once?: boolean;
}

/** How far a token's time may be from the camera's, ms. */
const WINDOW = 10_000;
const REALM = 'IP Camera';

const hash = (algorithm: string, ...parts: readonly (string | Buffer)[]): Buffer =>
  parts.reduce((sum, part) => sum.update(part), createHash(algorithm)).digest();

/** Checks logins as cameras do: each token once and within a window, each signature with a nonce that was given out. */
export class LoginCheck {
  readonly #used = new Set<string>();
  readonly #nonces = new Map<string, number>();
  /** The last signature was right but for its nonce. */
  #isStale = false;
  /** Those that were wrong. */
  attempts = 0;

  constructor(
    private readonly username: string,
    private readonly password: string,
    private readonly form: DigestForm = {},
  ) {}

  /** @param now ms since 1970 on the camera's clock */
  token(body: string, now: number): boolean {
    const part = (name: string): string => new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)<`).exec(body)?.[1] ?? '';
    if (part('Username') === '') return false;
    const [nonce, created] = [part('Nonce'), part('Created')];
    const expected = hash('sha1', Buffer.from(nonce, 'base64'), created, this.password).toString('base64');
    const isFresh = Math.abs(Date.parse(created) - now) <= WINDOW && !this.#used.has(nonce);
    this.#used.add(nonce);
    const isRight = part('Username') === xml(this.username) && part('Password') === expected && isFresh;
    if (!isRight) this.attempts++;
    return isRight;
  }

  signature(request: IncomingMessage): boolean {
    const { authorization } = request.headers;
    if (authorization === undefined) return false;
    const said = (name: string): string =>
      new RegExp(`\\b${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,]*))`).exec(authorization)?.slice(1).join('') ?? '';
    const [nonce, nc, cnonce, uri] = [said('nonce'), said('nc'), said('cnonce'), said('uri')];
    const { qop = 'auth', algorithm = 'MD5', once = false } = this.form;
    const hashed = (...parts: readonly string[]): string =>
      hash(algorithm === 'MD5' ? 'md5' : 'sha256', parts.join(':')).toString('hex');
    const secret = hashed(this.username, REALM, this.password);
    const signed = qop === '' ? [nonce] : [nonce, nc, cnonce, said('qop')];
    const expected = hashed(secret, ...signed, hashed('POST', request.url ?? ''));
    const isRight = said('username') === this.username && uri === request.url && said('response') === expected;
    const before = this.#nonces.get(nonce);
    const count = qop === '' ? 1 : Number.parseInt(nc, 16);
    const isNew =
      before !== undefined && (qop === '' ? !once || before === 0 : count > before && (!once || count === 1));
    this.#isStale = isRight && !isNew;
    if (isRight && isNew) this.#nonces.set(nonce, count);
    else if (!isRight || this.form.once !== true) this.attempts++;
    return isRight && isNew;
  }

  challenge(): string {
    const { qop = 'auth', algorithm = 'MD5', once = false } = this.form;
    const nonce = randomBytes(16).toString('hex');
    this.#nonces.set(nonce, 0);
    const stale = once && this.#isStale ? ', stale=true' : '';
    return (
      `Digest realm="${REALM}", ${qop === '' ? '' : `qop="${qop}", `}nonce="${nonce}", opaque="5ccc", ` +
      `algorithm=${algorithm}${stale}`
    );
  }

  /** All nonces that were given out are too old from now on. */
  forgetNonces(): void {
    this.#nonces.clear();
  }
}

export const xml = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] ?? '&quot;');
