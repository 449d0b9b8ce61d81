import { readAuthority, readUserinfo, type Login } from './authority.js';
import { encodeTail, percentEncode } from './percent.js';
import { Secrets } from './secrets.js';

/** Where a server is, and what it takes to log in there. */
export interface Address {
  /** In lower case, without `://`. */
  readonly scheme: string;
  /** Percent-encoded canonical URL with credentials. */
  readonly url: string;
  /** Without credentials, for printing. */
  readonly display: string;
  /** Decoded. */
  readonly username?: string;
  /** Decoded. */
  readonly password?: string;
  /** IPv6 addresses without brackets. */
  readonly host: string;
  readonly port?: number;
  /** The URL has other readings, or needed repair where these begin: to be percent-encoded by its owner. */
  readonly doubtful: boolean;
}

/** What was found instead of an address, in words that give no secret away, and what is expected. */
export interface AddressFault {
  readonly fault: string;
  readonly expected: string;
}

const MAX_LENGTH = 4096;

/** Why a text can be neither a URL nor a path, whatever it says; undefined where it can. */
export function unfit(text: string): string | undefined {
  if (text === '') return 'empty';
  if (text.length > MAX_LENGTH) return `a text of ${String(text.length)} characters`;
  return /[\0-\x1f\x7f]/.test(text) ? 'a text with line breaks or control characters' : undefined;
}

/** The scheme of a URL, in lower case, and what follows its `://`; undefined where the text begins otherwise. */
function splitScheme(text: string): readonly [scheme: string, rest: string] | undefined {
  const [, scheme, rest] = /^([a-z][a-z\d+.-]{0,20}):\/\/(.*)$/is.exec(text) ?? [];
  return scheme === undefined || rest === undefined ? undefined : [scheme.toLowerCase(), rest];
}

/** Reads a URL as people write it: see {@link readAuthority}. */
export function parseAddress(text: string, schemes: readonly string[], expected: string): Address | AddressFault {
  const trimmed = text.trim();
  const unprintable = unfit(trimmed);
  if (unprintable !== undefined) return { fault: unprintable, expected };
  const [scheme, rest] = splitScheme(trimmed) ?? [];
  if (scheme === undefined || rest === undefined) return { fault: schemeless(trimmed), expected };
  if (!schemes.includes(scheme)) return { fault: `"${scheme}://…"`, expected };
  const authority = readAuthority(rest);
  if (!authority) return { fault: `"${scheme}://…" with a host or port that cannot be read`, expected };
  const { host, port, doubtful } = authority;
  const login = readUserinfo(authority.userinfo);
  const server = `${writeHost(host)}${port === undefined ? '' : `:${String(port)}`}`;
  const tail = encodeTail(authority.tail);
  return {
    scheme,
    url: `${scheme}://${writeLogin(login)}${server}${tail}`,
    display: doubtful && tail.includes('@') ? `${scheme}://…` : displayOf(`${scheme}://${server}`, tail),
    ...login,
    host,
    ...(port !== undefined && { port }),
    doubtful,
  };
}

function schemeless(text: string): string {
  const [, scheme] = /^([a-z][a-z\d+.-]{0,20}):[/\\]/i.exec(text) ?? [];
  if (scheme !== undefined) return `"${scheme.toLowerCase()}:…" without "://"`;
  return 'a text that begins with neither a scheme such as "rtsp://" nor a "/"';
}

function writeLogin({ username, password }: Login): string {
  if (username === undefined) return '';
  return `${percentEncode(username)}${password === undefined ? '' : `:${percentEncode(password)}`}@`;
}

const writeHost = (host: string): string => (host.includes(':') ? `[${host.replace('%', '%25')}]` : host);

/** An `@` in a path is shown encoded, so that it does not look like the end of a password. */
function displayOf(server: string, tail: string): string {
  const none = new Secrets();
  return none.mask(server + none.mask(tail).replaceAll('@', '%40'));
}
