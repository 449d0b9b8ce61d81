import { f32, readTlv, tlv, u16, u32, u8 } from './tlv8.js';

/** What a viewer asks of the picture. */
export interface VideoWish {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** kbit/s. */
  readonly bitrate: number;
}

/** What a viewer asks of the sound. */
export interface AudioWish {
  readonly codec: 'opus' | 'aac-eld';
  /** kHz. */
  readonly sampleRate: 16 | 24;
  /** Milliseconds of sound in a packet. */
  readonly packetTime: 20 | 30 | 40 | 60;
  /** kbit/s. */
  readonly bitrate: number;
}

export interface MediaKeys {
  readonly key: Buffer;
  readonly salt: Buffer;
}

export interface Endpoint extends MediaKeys {
  readonly port: number;
  readonly ssrc: number;
}

export interface Endpoints {
  readonly address: string;
  readonly video: Endpoint;
  readonly audio: Endpoint;
}

export const VIDEO_PAYLOAD_TYPE = 99;
export const AUDIO_PAYLOAD_TYPE = 110;
/** `max_bit_rate` and the other numbers below are what an iPhone sends. */
const AES_CM_128_HMAC_SHA1_80 = 0;
const MTU = 1378;
const RTCP_INTERVAL = 0.5;
const COMFORT_NOISE_PAYLOAD_TYPE = 13;
const AUDIO_CODECS = { 'aac-eld': 2, opus: 3 } as const;
const SAMPLE_RATES = { 16: 1, 24: 2 } as const;
const COMMANDS = { end: 0, start: 1, reconfigure: 4 } as const;
const HIGH_PROFILE = 2;
const LEVEL_4_0 = 2;

/** The value written to SetupEndpoints, in base64. */
export function setupEndpoints(session: Buffer, local: Endpoints): string {
  const srtp = ({ key, salt }: MediaKeys): Buffer => tlv([1, u8(AES_CM_128_HMAC_SHA1_80)], [2, key], [3, salt]);
  const address = tlv(
    [1, u8(0)],
    [2, Buffer.from(local.address)],
    [3, u16(local.video.port)],
    [4, u16(local.audio.port)],
  );
  return tlv([1, session], [3, address], [4, srtp(local.video)], [5, srtp(local.audio)]).toString('base64');
}

/** The accessory's answer, read back from SetupEndpoints. `busy` when the slot serves somebody else. */
export function readEndpoints(value: string): Endpoints | 'busy' | 'error' {
  const answer = readTlv(Buffer.from(value, 'base64'));
  const status = answer.get(2)?.[0];
  if (status !== 0) return status === 1 ? 'busy' : 'error';
  const address = readTlv(need(answer, 3));
  const endpoint = (port: number, keys: number, ssrc: number): Endpoint => {
    const srtp = readTlv(need(answer, keys));
    return {
      port: need(address, port).readUInt16LE(0),
      key: need(srtp, 2),
      salt: need(srtp, 3),
      ssrc: need(answer, ssrc).readUInt32LE(0),
    };
  };
  return { address: need(address, 2).toString(), video: endpoint(3, 4, 6), audio: endpoint(4, 5, 7) };
}

const control = (session: Buffer, command: keyof typeof COMMANDS): Buffer =>
  tlv([1, session], [2, u8(COMMANDS[command])]);

const attributes = ({ width, height, fps }: VideoWish): Buffer => tlv([1, u16(width)], [2, u16(height)], [3, u8(fps)]);

/** The value that starts a session: SelectedRTPStreamConfiguration. The SSRCs are the controller's. */
export function startStream(
  session: Buffer,
  video: VideoWish,
  audio: AudioWish,
  ssrc: { readonly video: number; readonly audio: number },
): string {
  const videoRtp = tlv(
    [1, u8(VIDEO_PAYLOAD_TYPE)],
    [2, u32(ssrc.video)],
    [3, u16(video.bitrate)],
    [4, f32(RTCP_INTERVAL)],
    [5, u16(MTU)],
  );
  const videoCodec = tlv([1, u8(HIGH_PROFILE)], [2, u8(LEVEL_4_0)], [3, u8(0)]);
  const selectedVideo = tlv([1, u8(0)], [2, videoCodec], [3, attributes(video)], [4, videoRtp]);
  const audioRtp = tlv(
    [1, u8(AUDIO_PAYLOAD_TYPE)],
    [2, u32(ssrc.audio)],
    [3, u16(audio.bitrate)],
    [4, f32(RTCP_INTERVAL)],
    [6, u8(COMFORT_NOISE_PAYLOAD_TYPE)],
  );
  const audioCodec = tlv([1, u8(1)], [2, u8(0)], [3, u8(SAMPLE_RATES[audio.sampleRate])], [4, u8(audio.packetTime)]);
  const selectedAudio = tlv([1, u8(AUDIO_CODECS[audio.codec])], [2, audioCodec], [3, audioRtp], [4, u8(0)]);
  return tlv([1, control(session, 'start')], [2, selectedVideo], [3, selectedAudio]).toString('base64');
}

/** The value that changes a running session; the payload type and SSRC stay (and an iPhone leaves them out). */
export function reconfigureStream(session: Buffer, video: VideoWish): string {
  const rtp = tlv([3, u16(video.bitrate)], [4, f32(0)]);
  const selectedVideo = tlv([1, u8(0)], [3, attributes(video)], [4, rtp]);
  return tlv([1, control(session, 'reconfigure')], [2, selectedVideo]).toString('base64');
}

export const endStream = (session: Buffer): string => tlv([1, control(session, 'end')]).toString('base64');

function need(items: ReadonlyMap<number, Buffer>, type: number): Buffer {
  const value = items.get(type);
  if (value === undefined) throw new Error(`the answer to SetupEndpoints lacks item ${type}`);
  return value;
}
