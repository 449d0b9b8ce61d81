import type { SourceFailure } from '../source.js';

/** What comes over HTTP. */
export type HttpContent =
  /** JPEG pictures as parts of `multipart/x-mixed-replace`. */
  | 'parts'
  /** A stream without end: MPEG-TS, FLV, fragmented MP4, … */
  | 'live'
  /** A file or an HLS playlist: to be read at its own pace. */
  | 'recording';

export interface HttpHead {
  /** `Content-Type`. */
  readonly type: string | undefined;
  /** `Content-Length`; a stream without end has none. */
  readonly length: string | undefined;
  /** The first bytes. */
  readonly start: Buffer;
}

/** What an answer holds: by its first bytes, as cameras' types are often wrong; or why it is no stream. */
export function httpContent({ type = '', length, start }: HttpHead): HttpContent | { readonly sentence: string } {
  const text = start.subarray(0, 1000).toString('latin1').trimStart();
  if (/multipart\/x-mixed-replace/i.test(type) || text.startsWith('--')) return 'parts';
  if (text.startsWith('#EXTM3U')) return 'recording';
  if (start.subarray(0, JPEG.length).equals(JPEG)) {
    return { sentence: 'sends a single picture at this address: look for that of its video stream' };
  }
  if (/^<(?:!doctype|html|\?xml)/i.test(text) || /^text\/html|json/i.test(type)) {
    return { sentence: 'sends a web page at this address: look for that of its video stream' };
  }
  return length === undefined ? 'live' : 'recording';
}

/** The start of an image and of its first segment. */
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);

/** @returns undefined for an answer that holds something */
export function statusFailure(
  status: number,
  hasCredentials: boolean,
): { readonly failure: SourceFailure; readonly sentence: string } | undefined {
  if (status >= 200 && status < 300) return undefined;
  const answer = `answers ${status}`;
  if (status === 401) {
    const sentence = hasCredentials
      ? 'refuses the user name or the password: check both in the settings'
      : 'wants a user name and a password: put them into the settings';
    return { failure: 'unauthorized', sentence };
  }
  if (status === 403) {
    return { failure: 'unauthorized', sentence: `${answer}: give the user the right to see the stream, in the camera` };
  }
  if (status === 404 || status === 410) {
    return { failure: 'not-found', sentence: `${answer}: it has no such stream, check the path in the address` };
  }
  if (status === 503) {
    return { failure: 'unreachable', sentence: `${answer}: it has as many viewers as it allows, or is starting` };
  }
  return { failure: 'closed', sentence: `${answer}: check the address; restart the camera if this lasts` };
}
