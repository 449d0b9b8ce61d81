/** Header fields under lower-case names; a field that came more than once keeps all its values, in order. */
export type RtspHeaders = ReadonlyMap<string, readonly string[]>;

export interface RtspResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
  readonly headers: RtspHeaders;
  readonly body: Buffer;
}

/** What a server asks of its client. */
export interface RtspRequest {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
  readonly headers: RtspHeaders;
  readonly body: Buffer;
}

/** Binary data between messages: RFC 2326, 10.12. */
export interface InterleavedFrame {
  readonly kind: 'frame';
  readonly channel: number;
  /** May be a slice of a read buffer. */
  readonly payload: Buffer;
}

export type StartLine =
  | { readonly kind: 'response'; readonly status: number; readonly reason: string }
  | { readonly kind: 'request'; readonly method: string; readonly uri: string };

const STATUS_LINE = /^RTSP\/\d+\.\d+[ \t]+(\d{3})(?:[ \t]+(.*))?$/;
const REQUEST_LINE = /^([A-Z_]{3,20})[ \t]+(\S+)[ \t]+RTSP\/\d+\.\d+[ \t]*$/;

/** RFC 2326, 6.1 and 7.1, without the line's end. */
export function parseStartLine(line: string): StartLine | undefined {
  const status = STATUS_LINE.exec(line);
  if (status) return { kind: 'response', status: Number(status[1]), reason: (status[2] ?? '').trim() };
  const request = REQUEST_LINE.exec(line);
  return request ? { kind: 'request', method: request[1] ?? '', uri: request[2] ?? '' } : undefined;
}

/** Reads header lines; a line that begins with white space continues the one before, one without a colon is left out. */
export function parseHeaders(lines: readonly string[]): RtspHeaders {
  const headers = new Map<string, string[]>();
  let values: string[] | undefined;
  for (const line of lines) {
    const last = values?.length ? values.length - 1 : 0;
    if (/^[ \t]/.test(line) && values) {
      values[last] = `${values[last] ?? ''} ${line.trim()}`;
      continue;
    }
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    values = headers.get(name) ?? [];
    values.push(line.slice(colon + 1).trim());
    headers.set(name, values);
  }
  return headers;
}

/** The first value of a header field. */
export const header = (message: { readonly headers: RtspHeaders }, name: string): string | undefined =>
  message.headers.get(name.toLowerCase())?.[0];

/** A request without a body. */
export function formatRequest(method: string, uri: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${oneLine(value)}\r\n`);
  return `${method} ${oneLine(uri).replaceAll(' ', '%20')} RTSP/1.0\r\n${lines.join('')}\r\n`;
}

/** Agrees to whatever a server asks: nothing that it may ask needs more. */
export const formatAgreement = (cseq: string): string => `RTSP/1.0 200 OK\r\nCSeq: ${oneLine(cseq)}\r\n\r\n`;

/** What a camera said must not become a header of ours. */
const oneLine = (value: string): string => value.replace(/[\r\n\0]+/g, ' ').trim();
