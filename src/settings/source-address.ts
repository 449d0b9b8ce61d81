import { parseAddress, unfit, type Address, type AddressFault } from './address.js';
import { percentDecode } from './percent.js';

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
  /** The scheme's own where the URL has none; undefined for a file. */
  readonly port?: number;
  /** `rtsp://…?udp` asks for UDP, as ffmpeg spells it; the option is taken off the url. */
  readonly transport: 'tcp' | 'udp';
  /** The URL has other readings, or needed repair where these begin: to be percent-encoded by its owner. */
  readonly doubtful: boolean;
}

/** A camera that is asked where its streams are. */
export interface OnvifSource extends Omit<Address, 'scheme'> {
  /** `onvifs`: over TLS. */
  readonly kind: 'onvif' | 'onvifs';
}

export const SOURCE_EXPECTED = 'an rtsp://, rtsps://, http:// or https:// URL or the path of a file';
export const CAMERA_EXPECTED = 'an rtsp://, rtsps://, onvif://, http:// or https:// URL or the path of a file';

/** RFC 7826, 19.2 for `rtsps`. */
const PORTS = { rtsp: 554, rtsps: 322, http: 80, https: 443 } as const;

export const isOnvif = (source: SourceAddress | OnvifSource): source is OnvifSource =>
  source.kind === 'onvif' || source.kind === 'onvifs';

/** Reads what stands in `source`. */
export function parseCamera(text: string): SourceAddress | OnvifSource | AddressFault {
  if (!/^\s*onvifs?:\/\//i.test(text)) return parseSource(text, CAMERA_EXPECTED);
  const address = parseAddress(text, ['onvif', 'onvifs'], CAMERA_EXPECTED);
  if ('fault' in address) return address;
  const { scheme, ...rest } = address;
  return { kind: scheme as OnvifSource['kind'], ...rest };
}

/** Reads what stands in `detectSource`, or the address of a stream that a camera names. */
export function parseSource(text: string, expected = SOURCE_EXPECTED): SourceAddress | AddressFault {
  const path = filePath(text.trim());
  if (path !== undefined) return fileSource(path, expected);
  const address = parseAddress(text, Object.keys(PORTS), expected);
  if ('fault' in address) return address;
  const { scheme, ...rest } = address;
  const kind = scheme as keyof typeof PORTS;
  const source = { kind, port: PORTS[kind], ...rest, transport: 'tcp' } as const;
  return kind === 'rtsp' ? takeTransport(source) : source;
}

function takeTransport(source: SourceAddress): SourceAddress {
  const [url, options] = withoutTransport(source.url);
  const [display] = withoutTransport(source.display);
  return { ...source, url, display, transport: options.includes('udp') ? 'udp' : 'tcp' };
}

/** A URL without ffmpeg's options for the transport, and these. */
function withoutTransport(url: string): readonly [url: string, options: readonly string[]] {
  const [path = '', ...queries] = url.split('?');
  const parameters = queries.join('?').split('&');
  const options = parameters.filter((parameter) => parameter === 'udp' || parameter === 'tcp');
  if (options.length === 0) return [url, []];
  const rest = parameters.filter((parameter) => parameter !== 'udp' && parameter !== 'tcp').join('&');
  return [rest === '' ? path : `${path}?${rest}`, options];
}

/** The path that a text names: as such, with a Windows drive, or as a `file:` URL; undefined for anything else. */
function filePath(text: string): string | undefined {
  if (/^(?:\/|[a-z]:[\\/])/i.test(text)) return text;
  const [, path] = /^file:(?:\/\/(?:localhost)?)?(\/(?!\/).*)$/is.exec(text) ?? [];
  return path === undefined ? undefined : percentDecode(path).replace(/^\/(?=[a-z]:[\\/])/i, '');
}

function fileSource(path: string, expected: string): SourceAddress | AddressFault {
  const fault = unfit(path);
  if (fault !== undefined) return { fault, expected };
  return { kind: 'file', url: path, display: path, transport: 'tcp', doubtful: false };
}
