import {
  parseHeaders,
  parseStartLine,
  type InterleavedFrame,
  type RtspHeaders,
  type RtspRequest,
  type RtspResponse,
  type StartLine,
} from './message.js';

/** The peer does not speak RTSP, or no longer. Nothing follows. */
export interface Junk {
  readonly kind: 'junk';
  /** The beginning of what came instead, printable. */
  readonly sample: string;
}

export type RtspItem = RtspResponse | RtspRequest | InterleavedFrame | Junk;

const LONGEST_LINE = 8 * 1024;
const LONGEST_HEAD = 32 * 1024;
const LONGEST_BODY = 256 * 1024;
/** Skipped in search of the next message before the stream is given up: four frames of the greatest length. */
const MOST_JUNK = 4 * 65_536;

const DOLLAR = 0x24;
const LF = 0x0a;
const EMPTY = Buffer.alloc(0);
const STATUS = 'RTSP/';
const START =
  /^(RTSP\/|(ANNOUNCE|DESCRIBE|GET_PARAMETER|OPTIONS|PAUSE|PLAY|PLAY_NOTIFY|REDIRECT|SET_PARAMETER|SETUP|TEARDOWN)[ \t])/;
const LONGEST_START = 'GET_PARAMETER '.length;

interface Head {
  readonly start: StartLine;
  readonly headers: RtspHeaders;
}

type Place =
  | { readonly at: 'between' }
  | { readonly at: 'head'; readonly start: StartLine; readonly lines: string[]; bytes: number }
  /** `left`: bytes still to come; undefined where the server did not say. */
  | {
      readonly at: 'body';
      readonly head: Head;
      readonly parts: Buffer[];
      left: number | undefined;
      bytes: number;
      lineStart: boolean;
    };

/**
 * Takes an RTSP connection's bytes apart, in chunks of any size, into messages and interleaved frames.
 * Forgives what cameras do: bare line feeds, frames between the lines of a message, a body without Content-Length,
 * frames of a wrong length (it looks for the next message or frame). Holds no more than one message or frame.
 */
export class RtspReader {
  private data: Buffer = EMPTY;
  private chunks: Buffer[] = [];
  private buffered = 0;
  private needed = 1;
  private place: Place = { at: 'between' };
  private readonly channels = new Set<number>();
  private understood = false;
  private skipping = false;
  private skipped = 0;
  private ended = false;

  /** True while a message's body is under way. */
  get inBody(): boolean {
    return this.place.at === 'body';
  }

  push(chunk: Buffer): RtspItem[] {
    if (this.ended) return [];
    this.chunks.push(chunk);
    this.buffered += chunk.length;
    if (this.buffered < this.needed) return [];
    this.data = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks);
    this.needed = 1;
    const items: RtspItem[] = [];
    for (let item = this.next(); item !== undefined; item = this.next()) if (item !== 'again') items.push(item);
    this.chunks = this.data.length > 0 ? [this.data] : [];
    this.buffered = this.data.length;
    this.data = EMPTY;
    return items;
  }

  /** Takes the body that is under way for complete: to be called when its sender has fallen silent. */
  endBody(): RtspItem[] {
    if (this.place.at !== 'body') return [];
    const { head, parts } = this.place;
    const rest = Buffer.concat(this.chunks);
    this.chunks = [];
    this.buffered = 0;
    this.needed = 1;
    return [this.finish(head, [...parts, rest])];
  }

  /** The next item; `again` where there was progress without one; undefined where more bytes are needed. */
  private next(): RtspItem | 'again' | undefined {
    if (this.data.length === 0) return undefined;
    if (this.skipping) return this.resynchronise();
    const { place } = this;
    const lineStart = place.at !== 'body' || place.lineStart;
    if (lineStart && this.data[0] === DOLLAR) return this.frame();
    switch (place.at) {
      case 'between':
        return this.between();
      case 'head':
        return this.headLine(place);
      case 'body':
        return place.left === undefined ? this.openBody(place) : this.countedBody(place, place.left);
    }
  }

  private frame(): RtspItem | undefined {
    this.needed = 4;
    if (this.data.length < this.needed) return undefined;
    const length = 4 + this.data.readUInt16BE(2);
    this.needed = length;
    if (this.data.length < length) return undefined;
    this.needed = 1;
    const channel = this.data.readUInt8(1);
    const payload = this.data.subarray(4, length);
    this.take(length);
    // Only what can be RTP or RTCP proves a channel.
    if (payload.length >= 8 && payload.readUInt8(0) >> 6 === 2) {
      this.channels.add(channel);
      this.skipped = 0;
    }
    return { kind: 'frame', channel, payload };
  }

  private between(): RtspItem | 'again' | undefined {
    const first = this.data.readUInt8(0);
    if (first === LF || first === 0x0d) {
      this.take(1);
      return 'again';
    }
    const beginning = this.data.toString('latin1', 0, LONGEST_START);
    if (!START.test(beginning) && (beginning.length === LONGEST_START || !mayBecomeStart(beginning)))
      return this.junk();
    const line = this.line();
    if (line === undefined) return this.data.length < LONGEST_LINE ? undefined : this.junk();
    const start = parseStartLine(line.text);
    if (start === undefined) return this.junk();
    this.take(line.bytes);
    this.place = { at: 'head', start, lines: [], bytes: 0 };
    return 'again';
  }

  private headLine(place: Place & { at: 'head' }): RtspItem | 'again' | undefined {
    const line = this.line();
    if (line === undefined) return this.data.length < LONGEST_LINE ? undefined : this.end();
    this.take(line.bytes);
    place.bytes += line.bytes;
    if (place.bytes > LONGEST_HEAD) return this.end();
    if (line.text !== '') {
      place.lines.push(line.text);
      return 'again';
    }
    const headers = parseHeaders(place.lines);
    const left = bodyLength(place.start, headers);
    const head = { start: place.start, headers };
    if (left === 0) return this.finish(head, []);
    if (left !== undefined && left > LONGEST_BODY) return this.end();
    this.place = { at: 'body', head, parts: [], left, bytes: 0, lineStart: true };
    return 'again';
  }

  /** Line by line, as a frame may stand before each. */
  private countedBody(place: Place & { at: 'body' }, left: number): RtspItem | 'again' {
    const lineEnd = this.data.indexOf(LF);
    const length = Math.min(left, lineEnd < 0 ? this.data.length : lineEnd + 1);
    place.parts.push(Buffer.from(this.data.subarray(0, length)));
    place.lineStart = this.data[length - 1] === LF;
    place.left = left - length;
    this.take(length);
    return place.left === 0 ? this.finish(place.head, place.parts) : 'again';
  }

  /** An SDP of unknown length ends before the first line that is none of it. */
  private openBody(place: Place & { at: 'body' }): RtspItem | 'again' | undefined {
    if (this.data.length < 2) return undefined;
    if (!/^[a-z]=/.test(this.data.toString('latin1', 0, 2))) return this.finish(place.head, place.parts);
    const line = this.line();
    if (line === undefined) return this.data.length < LONGEST_LINE ? undefined : this.end();
    place.bytes += line.bytes;
    if (place.bytes > LONGEST_BODY) return this.end();
    place.parts.push(Buffer.from(this.data.subarray(0, line.bytes)));
    this.take(line.bytes);
    return 'again';
  }

  private finish({ start, headers }: Head, parts: readonly Buffer[]): RtspResponse | RtspRequest {
    this.place = { at: 'between' };
    this.understood = true;
    this.skipped = 0;
    return { ...start, headers, body: Buffer.concat(parts) };
  }

  /** The line at the front, without its end in `text` and with it in `bytes`; undefined where its end has not come. */
  private line(): { readonly text: string; readonly bytes: number } | undefined {
    const end = this.data.subarray(0, LONGEST_LINE).indexOf(LF);
    if (end < 0) return undefined;
    return { text: this.data.toString('utf8', 0, end).replace(/\r+$/, ''), bytes: end + 1 };
  }

  private junk(): RtspItem | 'again' {
    if (!this.understood) return this.end();
    this.skipping = true;
    return 'again';
  }

  /** Drops bytes up to what looks like the next message, or a frame on a channel that has been used. */
  private resynchronise(): RtspItem | 'again' | undefined {
    let at = 1;
    while (at < this.data.length && this.looksLikeStart(at) === false) at++;
    this.skipped += at;
    if (this.skipped > MOST_JUNK) return this.end();
    const found = this.looksLikeStart(at);
    // What cannot be told yet stays; one byte before it stays as well, as the search begins after that.
    if (found === undefined) {
      this.take(at - 1);
      this.skipped -= 1;
      this.needed = this.data.length + 1;
      return undefined;
    }
    this.take(at);
    this.skipping = false;
    return 'again';
  }

  /** Undefined where the bytes that decide have not come. */
  private looksLikeStart(at: number): boolean | undefined {
    const rest = this.data.subarray(at, at + STATUS.length);
    if (rest[0] !== DOLLAR) {
      if (!STATUS.startsWith(rest.toString('latin1'))) return false;
      return rest.length === STATUS.length ? true : undefined;
    }
    if (rest.length > 1 && !this.channels.has(rest.readUInt8(1))) return false;
    if (rest.length < 5) return undefined;
    return rest.readUInt16BE(2) >= 8 && rest.readUInt8(4) >> 6 === 2;
  }

  private end(): Junk {
    const sample = this.data.toString('latin1', 0, 40).replace(/[^ -~]+/g, '·');
    this.ended = true;
    this.data = EMPTY;
    return { kind: 'junk', sample };
  }

  private take(length: number): void {
    this.data = this.data.subarray(length);
  }
}

/** Whether a beginning without its end could go on as a start line. */
const mayBecomeStart = (beginning: string): boolean => /^[A-Z_]+\/?$/.test(beginning);

/** Undefined where only the body itself can tell. */
function bodyLength(start: StartLine, headers: RtspHeaders): number | undefined {
  const length = headers.get('content-length')?.[0];
  if (length !== undefined && /^\d{1,9}$/.test(length)) return Number(length);
  const isSdp = headers.get('content-type')?.[0]?.toLowerCase().startsWith('application/sdp') ?? false;
  return start.kind === 'response' && start.status === 200 && isSdp ? undefined : 0;
}
