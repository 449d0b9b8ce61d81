import { header, type RtspResponse } from './message.js';

/** The server's choice of a transport (RFC 2326, 12.39), as far as it concerns interleaved RTP. */
export interface Transport {
  readonly tcp: boolean;
  readonly multicast: boolean;
  /** RTP and RTCP; undefined where the server does not say. */
  readonly interleaved: readonly [rtp: number, rtcp: number] | undefined;
  readonly ssrc: number | undefined;
}

export function parseTransport(value: string): Transport {
  const fields = value.split(';').map((field) => field.trim().toLowerCase());
  const [protocol = ''] = fields;
  const get = (name: string): string | undefined =>
    fields.find((field) => field.startsWith(`${name}=`))?.slice(name.length + 1);
  const channels = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(get('interleaved') ?? '');
  const rtp = Number(channels?.[1]);
  const rtcp = Number(channels?.[2] ?? rtp + 1);
  const ssrc = get('ssrc') ?? '';
  return {
    tcp: protocol.endsWith('/tcp') || channels !== null,
    multicast: fields.includes('multicast'),
    interleaved: channels && rtp < 256 && rtcp < 256 ? [rtp, rtcp] : undefined,
    ssrc: /^[0-9a-f]{1,8}$/.test(ssrc) ? Number.parseInt(ssrc, 16) : undefined,
  };
}

export interface SessionField {
  readonly id: string;
  /** Seconds after which the server forgets a silent client: RFC 2326, 12.37. */
  readonly timeout: number;
}

const DEFAULT_TIMEOUT = 60;

export function parseSession(response: RtspResponse): SessionField | undefined {
  const [id = '', ...parameters] = (header(response, 'session') ?? '').split(';').map((part) => part.trim());
  if (id === '') return undefined;
  const timeout = parameters
    .map((part) => /^timeout\s*=\s*"?(\d{1,6})/i.exec(part)?.[1])
    .find((part) => part !== undefined);
  return { id, timeout: Number(timeout ?? 0) || DEFAULT_TIMEOUT };
}

/** One stream's place in time where PLAY began: RFC 2326, 12.33. */
export interface RtpInfo {
  readonly url: string;
  /** 32 bits. */
  readonly timestamp: number | undefined;
}

/** Reads `RTP-Info`. A comma within an address is told from one between streams by the `url=` that follows. */
export function parseRtpInfo(value: string): RtpInfo[] {
  return value.split(/,\s*(?=url\s*=)/i, 16).flatMap((entry) => {
    const url = /(?:^|;)\s*url\s*=\s*"?([^";]+)/i.exec(entry)?.[1]?.trim();
    const timestamp = /;\s*rtptime\s*=\s*(\d{1,10})/i.exec(entry)?.[1];
    return url === undefined ? [] : [{ url, timestamp: timestamp === undefined ? undefined : Number(timestamp) >>> 0 }];
  });
}

/** The methods that `Public` names, in upper case. */
export const publicMethods = (response: RtspResponse): ReadonlySet<string> =>
  new Set((response.headers.get('public') ?? []).flatMap((value) => value.toUpperCase().split(/[\s,]+/)));
