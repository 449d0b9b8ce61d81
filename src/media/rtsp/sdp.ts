/** A session description (RFC 4566), as far as a camera's viewer needs it. */
export interface Sdp {
  /** The session's own `control` attribute. */
  readonly control: string | undefined;
  readonly media: readonly SdpMedia[];
}

export interface SdpMedia {
  /** `video`, `audio`, `application`, … */
  readonly type: string;
  /** `RTP/AVP`, `RTP/SAVP`, … */
  readonly protocol: string;
  /** In order of preference; at least one. */
  readonly payloads: readonly SdpPayload[];
  readonly control: string | undefined;
  readonly direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
}

export interface SdpPayload {
  /** 0 to 127. */
  readonly type: number;
  /** In upper case; empty for a dynamic type that is not described. */
  readonly encoding: string;
  /** Hertz; 0 where unknown. */
  readonly clockRate: number;
  readonly channels: number;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** RFC 3551, 6: the static types that cameras use. */
const STATIC: ReadonlyMap<number, readonly [encoding: string, clockRate: number, channels: number]> = new Map([
  [0, ['PCMU', 8000, 1]],
  [2, ['G721', 8000, 1]],
  [3, ['GSM', 8000, 1]],
  [4, ['G723', 8000, 1]],
  [5, ['DVI4', 8000, 1]],
  [8, ['PCMA', 8000, 1]],
  [9, ['G722', 8000, 1]],
  [10, ['L16', 44_100, 2]],
  [11, ['L16', 44_100, 1]],
  [14, ['MPA', 90_000, 1]],
  [18, ['G729', 8000, 1]],
  [26, ['JPEG', 90_000, 1]],
  [32, ['MPV', 90_000, 1]],
  [33, ['MP2T', 90_000, 1]],
] as const);

const MOST_MEDIA = 32;
const MOST_LINES = 4096;
const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const;

/** Undefined where the text holds no media description at all. Lines that make no sense are left out. */
export function parseSdp(text: string): Sdp | undefined {
  const sections: string[][] = [[]];
  for (const line of text.split(/\r\n|\n|\r/, MOST_LINES)) {
    if (line.startsWith('m=')) sections.push([]);
    sections.at(-1)?.push(line.trim());
  }
  const [session = [], ...descriptions] = sections;
  const direction = directionOf(session) ?? 'sendrecv';
  const media = descriptions.slice(0, MOST_MEDIA).flatMap((lines) => parseMedia(lines, direction) ?? []);
  return media.length === 0 ? undefined : { control: attribute(session, 'control'), media };
}

function parseMedia(lines: readonly string[], direction: SdpMedia['direction']): SdpMedia | undefined {
  const [type = '', , protocol = '', ...formats] = (lines[0] ?? '').slice(2).split(/\s+/);
  const types = formats.filter((format) => /^\d{1,3}$/.test(format)).map(Number);
  const payloads = types.filter((payload) => payload < 128).map((payload) => parsePayload(lines, payload));
  if (payloads.length === 0) return undefined;
  return {
    type: type.toLowerCase(),
    protocol: protocol.toUpperCase(),
    payloads,
    control: attribute(lines, 'control'),
    direction: directionOf(lines) ?? direction,
  };
}

function parsePayload(lines: readonly string[], type: number): SdpPayload {
  const parameters = parseParameters(numbered(lines, 'fmtp', type) ?? '');
  const known = STATIC.get(type) ?? ['', 0, 1];
  const map = /^([^/\s]+)\s*(?:\/\s*(\d{1,9}))?\s*(?:\/\s*(\d{1,2}))?/.exec(numbered(lines, 'rtpmap', type) ?? '');
  if (!map) return { type, encoding: known[0], clockRate: known[1], channels: known[2], parameters };
  const [, encoding = '', clockRate, channels] = map;
  return {
    type,
    encoding: encoding.toUpperCase(),
    clockRate: Number(clockRate ?? known[1]),
    channels: Math.max(1, Number(channels ?? 1)),
    parameters,
  };
}

/** `a=name:value`; the first one counts. */
const attribute = (lines: readonly string[], name: string): string | undefined => attributes(lines, name)[0];

const attributes = (lines: readonly string[], name: string): string[] =>
  lines.filter((line) => line.toLowerCase().startsWith(`a=${name}:`)).map((line) => line.slice(name.length + 3).trim());

/** `a=name:type value` of one payload type. */
function numbered(lines: readonly string[], name: string, type: number): string | undefined {
  const prefix = new RegExp(`^${type}\\s+`);
  return attributes(lines, name)
    .find((value) => prefix.test(value))
    ?.replace(prefix, '');
}

const directionOf = (lines: readonly string[]): SdpMedia['direction'] | undefined =>
  DIRECTIONS.find((direction) => lines.some((line) => line.toLowerCase() === `a=${direction}`));

/** `name=value;name=value`: values may hold `=`, as Base64 does. */
function parseParameters(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of text.split(';', 64)) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name !== '') parameters.set(name, equals < 0 ? '' : part.slice(equals + 1).trim());
  }
  return parameters;
}

/**
 * Where a `control` attribute points. Absolute addresses are taken as they are, `*` and nothing mean `base`, all else is
 * put behind `base`, behind its query too: that is what cameras expect, whatever RFC 3986 says.
 */
export function controlUrl(base: string, control: string | undefined): string {
  if (control === undefined || control === '' || control === '*') return base;
  if (/^rtsps?:\/\//i.test(control)) return control;
  if (control.startsWith('?')) return base + control;
  return `${base.replace(/\/$/, '')}/${control.replace(/^\//, '')}`;
}
