import type { NalCodec } from '../h26x/nal.js';
import type { AudioFormat } from '../packet.js';
import { AacDepacketiser, WholePayloads, type AudioDepacketiser } from './audio-units.js';
import { aacConfig } from './aac-config.js';
import { readSprop } from '../h26x/parameter-sets.js';
import type { Sdp, SdpMedia, SdpPayload } from './sdp.js';

/** How one stream of a session is read. */
interface TrackPlan {
  readonly media: SdpMedia;
  readonly payload: SdpPayload;
}

export interface VideoPlan extends TrackPlan {
  readonly kind: 'video';
  readonly codec: NalCodec;
  /** From the SDP; may be empty. */
  readonly parameterSets: readonly Buffer[];
}

export interface AudioPlan extends TrackPlan {
  readonly kind: 'audio';
  readonly format: AudioFormat;
  readonly depacketiser: () => AudioDepacketiser;
}

export interface Plan {
  readonly video: VideoPlan;
  readonly audio: AudioPlan | undefined;
}

/** Which streams of a session to read, and how; or, in words that go on after "The camera …", why it cannot be read. */
export function planTracks(sdp: Sdp, wantsAudio: boolean): Plan | string {
  const offered = sdp.media.filter((media) => media.direction !== 'inactive');
  const video = offered.find((media) => media.type === 'video');
  if (!video) return 'offers no video';
  const plannedVideo = planVideo(video);
  if (typeof plannedVideo === 'string') return plannedVideo;
  // ONVIF's way back, for talking to a camera, is described as a stream that the client sends.
  const audio = wantsAudio
    ? offered.find((media) => media.type === 'audio' && media.direction !== 'sendonly')
    : undefined;
  const plannedAudio = audio && planAudio(audio);
  if (typeof plannedAudio === 'string') return plannedAudio;
  return { video: plannedVideo, audio: plannedAudio };
}

function planVideo(media: SdpMedia): VideoPlan | string {
  const payload = media.payloads[0];
  const fault = protocolFault(media);
  if (!payload || fault !== undefined) return fault ?? 'describes its video without a format';
  const get = (name: string): string | undefined => payload.parameters.get(name);
  const plan = { kind: 'video', media, payload: { ...payload, clockRate: payload.clockRate || 90_000 } } as const;
  switch (payload.encoding) {
    case 'H264':
      if (get('packetization-mode') === '2') return 'sends H.264 in interleaved order (packetization mode 2)';
      return { ...plan, codec: 'h264', parameterSets: readSprop('h264', get('sprop-parameter-sets')) };
    case 'H265':
    case 'HEVC':
      if (Number(get('sprop-max-don-diff') ?? 0) > 0) return 'sends H.265 in another order than that of decoding';
      return {
        ...plan,
        codec: 'hevc',
        parameterSets: readSprop('hevc', get('sprop-vps'), get('sprop-sps'), get('sprop-pps')),
      };
    default:
      return `sends its video as ${name(payload)}`;
  }
}

function planAudio(media: SdpMedia): AudioPlan | string {
  const payload = media.payloads[0];
  const fault = protocolFault(media);
  if (!payload || fault !== undefined) return fault ?? 'describes its sound without a format';
  const clockRate = payload.clockRate || (payload.encoding === 'OPUS' ? 48_000 : 8000);
  const whole = (
    codec: string,
    sampleRate: number,
    channels: number,
    extradata: Buffer = Buffer.alloc(0),
  ): AudioPlan => ({
    kind: 'audio',
    media,
    payload: { ...payload, clockRate },
    format: { kind: 'audio', codec, sampleRate, channels, extradata },
    depacketiser: () => new WholePayloads(),
  });
  switch (payload.encoding) {
    case 'PCMU':
      return whole('pcm_mulaw', clockRate, payload.channels);
    case 'PCMA':
      return whole('pcm_alaw', clockRate, payload.channels);
    case 'L16':
      return whole('pcm_s16be', clockRate, payload.channels);
    case 'OPUS':
      return whole('opus', 48_000, payload.channels, opusHead(payload.channels));
    case 'MPEG4-GENERIC':
      return planAac(media, { ...payload, clockRate });
    default:
      return `sends its sound as ${name(payload)}`;
  }
}

function planAac(media: SdpMedia, payload: SdpPayload): AudioPlan | string {
  const get = (name: string): string => payload.parameters.get(name) ?? '';
  const extradata = Buffer.from(get('config'), 'hex');
  const config = aacConfig(extradata);
  const bits = (name: string): number => Math.min(32, Number(get(name)) || 0);
  const sizeLength = bits('sizelength');
  if (!config || sizeLength === 0) return 'sends AAC sound without the description that is needed to decode it';
  const layout = {
    sizeLength,
    indexLength: bits('indexlength'),
    indexDeltaLength: bits('indexdeltalength'),
    duration: Number(get('constantduration')) || Math.round((config.samples * payload.clockRate) / config.sampleRate),
  };
  return {
    kind: 'audio',
    media,
    payload,
    format: { kind: 'audio', codec: 'aac', sampleRate: config.sampleRate, channels: config.channels, extradata },
    depacketiser: () => new AacDepacketiser(layout),
  };
}

/** RFC 7845, 5.1, of a stream without a beginning: no samples to skip. */
function opusHead(channels: number): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 'latin1');
  head[8] = 1;
  head[9] = channels;
  head.writeUInt32LE(48_000, 12);
  return head;
}

function protocolFault({ protocol, type }: SdpMedia): string | undefined {
  if (/^RTP\/AVPF?(\/TCP|\/UDP)?$/.test(protocol)) return undefined;
  return `sends its ${type === 'audio' ? 'sound' : 'video'} by ${protocol === '' ? 'an unnamed protocol' : protocol}`;
}

const name = ({ encoding, type }: SdpPayload): string => (encoding === '' ? `payload type ${type}` : encoding);
