import type { TalkFormat, TalkMuxer } from '../../media/ffmpeg/talk-encoder.js';
import type { CameraSettings } from '../../settings/settings.js';
import { isOnvif, type SourceAddress } from '../../settings/source-address.js';

/** Where an RTSP backchannel is. */
export interface Backchannel {
  /** Without credentials. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

/** Where what is said goes. */
export type TalkTarget =
  /** The backchannel of this RTSP address. */
  | ({ readonly kind: 'onvif' } & Backchannel)
  /** The same of the main stream, whose address the camera is asked for. */
  | { readonly kind: 'asked' }
  | { readonly kind: 'post'; readonly url: string; readonly format: TalkFormat; readonly contentType: string }
  | {
      readonly kind: 'ffmpeg';
      readonly url: string;
      /** Without credentials, for printing. */
      readonly display: string;
      readonly format: TalkFormat;
      readonly muxer: TalkMuxer;
    };

const FORMATS = {
  pcm_mulaw: { codec: 'pcm_mulaw', sampleRate: 8000, channels: 1 },
  pcm_alaw: { codec: 'pcm_alaw', sampleRate: 8000, channels: 1 },
  aac: { codec: 'aac', sampleRate: 16_000, channels: 1 },
} as const;

/** RFC 2046, 4.2 for µ-law; A-law as Dahua's interface calls it, which has no registered name for a bare stream. */
const CONTENT_TYPES = { pcm_mulaw: 'audio/basic', pcm_alaw: 'Audio/G.711A', aac: 'audio/aac' } as const;

const MUXERS: Readonly<Record<string, TalkMuxer>> = {
  rtsp: 'rtsp',
  rtsps: 'rtsp',
  rtp: 'rtp',
  srtp: 'rtp',
  rtmp: 'flv',
};

/** @returns undefined where the camera cannot be talked to */
export function talkTarget({
  talk,
  talkCodec,
  source,
}: Pick<CameraSettings, 'talk' | 'talkCodec' | 'source'>): TalkTarget | undefined {
  if (talk === false) return undefined;
  if (talk === 'onvif') return isOnvif(source) ? { kind: 'asked' } : { kind: 'onvif', ...backchannelOf(source) };
  const { url, display, scheme } = talk;
  const format = FORMATS[talkCodec];
  if (scheme === 'http' || scheme === 'https')
    return { kind: 'post', url, format, contentType: CONTENT_TYPES[talkCodec] };
  return { kind: 'ffmpeg', url, display, format, muxer: MUXERS[scheme] ?? 'raw' };
}

export const backchannelOf = ({ url, username, password }: SourceAddress): Backchannel => ({
  url: withoutLogin(url),
  ...(username !== undefined && { username }),
  ...(password !== undefined && { password }),
});

const withoutLogin = (url: string): string => url.replace(/^(rtsps?:\/\/)[^/@]*@/i, '$1');
