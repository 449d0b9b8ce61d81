import { aacConfig } from './aac-config.js';
import type { Sdp, SdpMedia, SdpPayload } from './sdp.js';

/** What a camera wants to be sent, and how. */
export interface BackchannelPlan {
  readonly media: SdpMedia;
  readonly payloadType: number;
  /** ffmpeg's name. */
  readonly codec: 'pcm_mulaw' | 'pcm_alaw' | 'pcm_s16be' | 'aac';
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Hertz, of the RTP clock. */
  readonly clockRate: number;
}

const PCM = { PCMU: 'pcm_mulaw', PCMA: 'pcm_alaw', L16: 'pcm_s16be' } as const;
/** In an AAC access unit, a channel; what ffmpeg's encoder makes. */
export const AAC_SAMPLES = 1024;
const RATES = { lowest: 8000, highest: 48_000 } as const;

/**
 * How a camera is talked to: by the first format, of those that it puts first, that ffmpeg can make. ONVIF's streaming
 * specification (5.3) describes the way back as sound that the client sends.
 * @returns in words that go on after "The camera …", why it cannot be talked to
 */
export function planBackchannel(sdp: Sdp): BackchannelPlan | string {
  const ways = sdp.media.filter(({ type, direction }) => type === 'audio' && direction === 'sendonly');
  if (ways.length === 0) return 'has no ONVIF backchannel';
  const payloads = ways.flatMap((media) => media.payloads.map((payload) => ({ media, payload })));
  for (const { media, payload } of payloads) {
    const format = formatOf(payload);
    if (format !== undefined) return { media, payloadType: payload.type, ...format };
  }
  const names = payloads.map(({ payload: { encoding, type } }) =>
    encoding === '' ? `payload type ${type}` : encoding,
  );
  return `takes sound as ${[...new Set(names)].join(' or ')} only`;
}

type Format = Pick<BackchannelPlan, 'codec' | 'sampleRate' | 'channels' | 'clockRate'>;

function formatOf({ encoding, clockRate, channels, parameters }: SdpPayload): Format | undefined {
  if (encoding === 'PCMU' || encoding === 'PCMA' || encoding === 'L16') {
    const rate = clockRate || 8000;
    if (!isRate(rate) || channels > 2) return undefined;
    return { codec: PCM[encoding], sampleRate: rate, channels, clockRate: rate };
  }
  if (encoding !== 'MPEG4-GENERIC' || parameters.get('sizelength') !== '13') return undefined;
  const config = aacConfig(Buffer.from(parameters.get('config') ?? '', 'hex'));
  if (config?.samples !== AAC_SAMPLES || !isRate(config.sampleRate)) return undefined;
  const { sampleRate, channels: wanted } = config;
  return wanted > 2 ? undefined : { codec: 'aac', sampleRate, channels: wanted, clockRate: clockRate || sampleRate };
}

const isRate = (rate: number): boolean => rate >= RATES.lowest && rate <= RATES.highest;
