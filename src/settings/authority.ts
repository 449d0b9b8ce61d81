import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { percentDecode } from './percent.js';

/** What stands between `scheme://` and the path, and the rest. */
export interface Authority {
  /** As written, not decoded; undefined where no `@` ends it. */
  readonly userinfo: string | undefined;
  /** IPv6 addresses without their brackets, domain names as they go to the resolver. */
  readonly host: string;
  readonly port: number | undefined;
  /** Path and query as written. */
  readonly tail: string;
  /** Another `@` would have done as well. */
  readonly doubtful: boolean;
}

/**
 * Reads what follows `scheme://`. RFC 3986 ends the authority at the first `/`, `?` or `#`, which is wrong where these
 * stand unencoded in a password. The RFC's reading holds unless
 * - it is impossible: no host, or a port that is no number (`admin:a/b@192.168.1.20`), or
 * - it cuts the authority at a `#`, which no camera's URL has, and a host follows a later `@`, or
 * - its host is a bare word (`ss` in `admin:p@ss/1@192.168.1.20`) while an unmistakable host follows a later `@`, and
 *   no URL within the URL (`http://hub:1984/api?src=rtsp://u:p@192.168.1.5/`) explains that `@`.
 * Then the last `@` with such a host behind it ends the user information.
 */
export function readAuthority(text: string): Authority | undefined {
  const { strict, loose } = readings(text);
  if (strict === undefined || loose === undefined) {
    const only = strict ?? loose;
    return only && { ...only, doubtful: strict === undefined && only.tail.includes('@') };
  }
  const between = text.slice(text.length - strict.tail.length, text.length - loose.tail.length);
  if (between.includes('://')) return { ...strict, doubtful: false };
  if (between.startsWith('#')) return { ...loose, doubtful: true };
  const bareWord = !isUnmistakable(strict.host);
  return { ...(bareWord && isUnmistakable(loose.host) ? loose : strict), doubtful: bareWord };
}

type Reading = Omit<Authority, 'doubtful'>;

/** What the RFC makes of a text, and what it may mean where an `@` behind the RFC's authority counts. */
export function readings(text: string): { readonly strict?: Reading; readonly loose?: Reading } {
  const end = indexOfEnd(text, 0);
  const strict = readAt(text, text.lastIndexOf('@', end), end);
  const loose = looseReading(text, end);
  return { ...(strict && { strict }), ...(loose && { loose }) };
}

/** The last `@` behind the RFC's authority that an unmistakable host follows, else the last that any host follows. */
function looseReading(text: string, end: number): Reading | undefined {
  let possible: Reading | undefined;
  for (let at = text.lastIndexOf('@'); at > end; at = text.lastIndexOf('@', at - 1)) {
    const reading = readAt(text, at, indexOfEnd(text, at));
    if (reading && isUnmistakable(reading.host)) return reading;
    possible ??= reading;
  }
  return possible;
}

/** Where the `/`, `?` or `#` stands that ends an authority that begins at `from`. */
function indexOfEnd(text: string, from: number): number {
  const length = text.slice(from).search(/[/?#]/);
  return length < 0 ? text.length : from + length;
}

function readAt(text: string, at: number, end: number): Reading | undefined {
  const server = readServer(text.slice(at + 1, end));
  return server && { userinfo: at < 0 ? undefined : text.slice(0, at), ...server, tail: text.slice(end) };
}

function readServer(text: string): Pick<Authority, 'host' | 'port'> | undefined {
  const [, bracketed, bare, digits] = /^(?:\[([^\]]*)\]|([^:[\]@]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed === undefined ? readHost(bare ?? '') : readIPv6(bracketed);
  if (host === undefined) return undefined;
  const port = digits === undefined ? undefined : Number(digits);
  return port === 0 || (port ?? 0) > 65535 ? undefined : { host, port };
}

/** A zone (`fe80::1%eth0`) may stand encoded (`%25eth0`), as RFC 6874 has it. */
function readIPv6(text: string): string | undefined {
  const address = text.replace('%25', '%');
  return isIPv6(address) ? address : undefined;
}

/** Underscores are no domain name's, but container names have them. A name of digits and dots only is an address. */
function readHost(text: string): string | undefined {
  if (/^[\d.]*$/.test(text)) return isIPv4(text) ? text : undefined;
  if (!/^[\p{L}\p{M}\p{N}_.-]+$/u.test(text)) return undefined;
  const host = /^[\w.-]+$/.test(text) ? text : domainToASCII(text);
  return /^[\w-]+(?:\.[\w-]+)*\.?$/.test(host) && host.length <= 253 ? host : undefined;
}

/** Decoded. */
export interface Login {
  readonly username?: string;
  readonly password?: string;
}

/** The first colon ends the user name; an empty user information is none. */
export function readUserinfo(userinfo = ''): Login {
  if (userinfo === '') return {};
  const colon = userinfo.indexOf(':');
  if (colon < 0) return { username: percentDecode(userinfo) };
  return { username: percentDecode(userinfo.slice(0, colon)), password: percentDecode(userinfo.slice(colon + 1)) };
}

/** An address or a name with dots: what a piece of a password hardly ever looks like. */
function isUnmistakable(host: string): boolean {
  return host.includes(':') || isIPv4(host) || host === 'localhost' || /\.[a-z][a-z\d-]*[a-z]\.?$/i.test(host);
}
