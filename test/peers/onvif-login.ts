import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export type LoginWay = 'token' | 'digest';

/** How far a token's time may be from the camera's, ms. */
const WINDOW = 10_000;
const REALM = 'IP Camera';

const hash = (algorithm: string, ...parts: readonly (string | Buffer)[]): Buffer =>
  parts.reduce((sum, part) => sum.update(part), createHash(algorithm)).digest();

const md5 = (text: string): string => hash('md5', text).toString('hex');

/** Checks logins as cameras do: each token once and within a window, each signature with a nonce that was given out. */
export class LoginCheck {
  readonly #used = new Set<string>();
  readonly #nonces = new Map<string, number>();
  /** Those that were wrong. */
  attempts = 0;

  constructor(
    private readonly username: string,
    private readonly password: string,
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
    const count = Number.parseInt(nc, 16);
    const secret = md5(`${this.username}:${REALM}:${this.password}`);
    const expected = md5([secret, nonce, nc, cnonce, 'auth', md5(`POST:${request.url ?? ''}`)].join(':'));
    const isNew = count > (this.#nonces.get(nonce) ?? Number.POSITIVE_INFINITY);
    const isRight = said('username') === this.username && uri === request.url && said('response') === expected && isNew;
    if (isRight) this.#nonces.set(nonce, count);
    else this.attempts++;
    return isRight;
  }

  challenge(): string {
    const nonce = randomBytes(16).toString('hex');
    this.#nonces.set(nonce, 0);
    return `Digest realm="${REALM}", qop="auth", nonce="${nonce}", opaque="5ccc", algorithm=MD5`;
  }

  /** All nonces that were given out are too old from now on. */
  forgetNonces(): void {
    this.#nonces.clear();
  }
}

export const xml = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character] ?? '&quot;');
