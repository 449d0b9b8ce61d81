import { readAuthority } from './authority.js';
import { encodeTail, percentDecode, percentEncode } from './percent.js';

export interface SourceAddress {
  readonly kind: 'rtsp' | 'rtsps' | 'http' | 'https' | 'file';
  /** Percent-encoded canonical URL with credentials, for ffmpeg. For a file, its absolute path. */
  readonly url: string;
  /** Without credentials, for printing. */
  readonly display: string;
  /** Decoded. */
  readonly username?: string;
  /** Decoded. */
  readonly password?: string;
  /** IPv6 addresses without brackets. */
  readonly host?: string;
  /** The scheme's own where the URL has none. */
  readonly port?: number;
  /** `rtsp://…?udp` asks for UDP, as ffmpeg spells it; the option is taken off the url. */
  readonly transport: 'tcp' | 'udp';
}

export interface SourceFault {
  /** What was found, in words that give no secret away. */
  readonly fault: string;
  readonly expected: string;
}

const EXPECTED = 'an rtsp://, rtsps://, http:// or https:// URL or the path of a file';

const PORTS = { rtsp: 554, rtsps: 322, http: 80, https: 443 } as const;
type Scheme = keyof typeof PORTS;
const isScheme = (scheme: string): scheme is Scheme => Object.hasOwn(PORTS, scheme);

export function parseSource(text: string): SourceAddress | SourceFault {
  const trimmed = text.trim();
  const [, scheme = '', rest = ''] = /^([a-z][a-z\d+.-]{0,20}):\/\/(.*)$/is.exec(trimmed) ?? [];
  const kind = scheme.toLowerCase();
  if (trimmed.startsWith('/')) return { kind: 'file', url: trimmed, display: trimmed, transport: 'tcp' };
  if (!isScheme(kind)) return { fault: scheme === '' ? 'no URL' : `"${kind}://…"`, expected: EXPECTED };
  const authority = readAuthority(rest);
  if (!authority) return { fault: `"${kind}://…" without a host that can be read`, expected: EXPECTED };
  const { userinfo, host, tail } = authority;
  const colon = userinfo?.indexOf(':') ?? -1;
  const username = userinfo === undefined ? undefined : percentDecode(colon < 0 ? userinfo : userinfo.slice(0, colon));
  const password = userinfo === undefined || colon < 0 ? undefined : percentDecode(userinfo.slice(colon + 1));
  const udp = kind === 'rtsp' && /[?&]udp(?=&|$)/.test(tail);
  const path = encodeTail(kind === 'rtsp' ? tail.replace(/\?(?:udp|tcp)$/, '') : tail);
  const login =
    username === undefined
      ? ''
      : `${percentEncode(username)}${password === undefined ? '' : `:${percentEncode(password)}`}@`;
  const server =
    (host.includes(':') ? `[${host}]` : host) + (authority.port === undefined ? '' : `:${String(authority.port)}`);
  return {
    kind,
    url: `${kind}://${login}${server}${path}`,
    display: `${kind}://${server}${path}`,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    host,
    port: authority.port ?? PORTS[kind],
    transport: udp ? 'udp' : 'tcp',
  };
}
