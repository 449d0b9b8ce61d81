import { tlv, u16, u32, u8 } from './tlv8.js';

/** What a home hub writes to SelectedCameraRecordingConfiguration. */
export interface RecordingWish {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** kbit/s. */
  readonly bitrate: number;
  /** Hertz. */
  readonly sampleRate: 8000 | 16_000 | 24_000 | 32_000 | 44_100 | 48_000;
  /** Of fragments, ms. */
  readonly fragment: number;
}

const RATES = [8000, 16_000, 24_000, 32_000, 44_100, 48_000];
const MOTION = 1;
const HIGH_PROFILE = 2;
const LEVEL_4_0 = 2;
export const PREBUFFER = 4000;
export const FRAGMENT = 4000;

export const RECORDING: RecordingWish = {
  ...{ width: 1920, height: 1080, fps: 30, bitrate: 2000, sampleRate: 32_000, fragment: FRAGMENT },
};

/** The value in base64; the numbers that a wish does not name are what an Apple TV writes. */
export function selectRecording({ width, height, fps, bitrate, sampleRate, fragment }: RecordingWish): string {
  const container = tlv([1, u8(0)], [2, tlv([1, u32(fragment)])]);
  const triggers = Buffer.concat([u32(MOTION), u32(0)]);
  const recording = tlv([1, u32(PREBUFFER)], [2, triggers], [3, container]);
  const videoCodec = tlv([1, u8(HIGH_PROFILE)], [2, u8(LEVEL_4_0)], [3, u32(bitrate)], [4, u32(FRAGMENT)]);
  const video = tlv([1, u8(0)], [2, videoCodec], [3, tlv([1, u16(width)], [2, u16(height)], [3, u8(fps)])]);
  const audioCodec = tlv([1, u8(1)], [2, u8(0)], [3, u8(RATES.indexOf(sampleRate))], [4, u32(64)]);
  return tlv([1, recording], [2, video], [3, tlv([1, u8(0)], [2, audioCodec])]).toString('base64');
}
