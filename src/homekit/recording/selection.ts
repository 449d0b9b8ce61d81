import type { CameraRecordingConfiguration } from 'homebridge';
import { profileOf } from '../live/wish.js';
import type { H264Profile } from '../live/video-plan.js';

/** What a hub selected. */
export interface Selection {
  /** Milliseconds. */
  readonly prebuffer: number;
  readonly fragment: number;
  /** Pixels, at most. */
  readonly width: number;
  readonly height: number;
  /** Pictures a second, at most. */
  readonly fps: number;
  /** Bits a second. */
  readonly bitrate: number;
  readonly profile: H264Profile;
  readonly sound: SoundSelection;
}

/** AAC-LC. */
export interface SoundSelection {
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Bits a second. */
  readonly bitrate: number;
}

/** Hertz by HAP's number (`AudioRecordingSamplerate`). */
const RATES = [8000, 16_000, 24_000, 32_000, 44_100, 48_000];
const USUAL_RATE = 32_000;

/** Reads a hub's selection. HAP-NodeJS checks no number of it: one that makes no sense is replaced by a usual one. */
export function selectionOf(configuration: CameraRecordingConfiguration): Selection {
  const { prebufferLength, mediaContainerConfiguration, videoCodec, audioCodec } = configuration;
  const [width, height, fps] = videoCodec.resolution;
  const { bitRate } = videoCodec.parameters;
  const sampleRate = RATES[audioCodec.samplerate] ?? USUAL_RATE;
  const channels = audioCodec.audioChannels === 2 ? 2 : 1;
  return {
    prebuffer: within(prebufferLength, [4_000, 8_000], 4_000),
    // Longer ones are never offered: hubs wait no longer for the next one.
    fragment: within(mediaContainerConfiguration.fragmentLength, [2_000, 4_000], 4_000),
    ...(width >= 160 && height >= 90 ? { width: even(width), height: even(height) } : { width: 1920, height: 1080 }),
    fps: within(fps, [5, 120], 30),
    bitrate: within(bitRate * 1000, [100_000, 20_000_000], 2_000_000),
    profile: profileOf(videoCodec.parameters),
    // An encoder of AAC-LC takes no more than 6144 bits for 1024 samples, and makes noise of little.
    sound: { sampleRate, channels, bitrate: within(audioCodec.bitrate * 1000, [2 * sampleRate, 4 * sampleRate]) },
  };
}

/** @param usual in the place of what is out of range; else the nearest that is not */
function within(value: number, [least, most]: readonly [number, number], usual?: number): number {
  if (value >= least && value <= most) return value;
  return usual ?? (value > most ? most : least);
}

const even = (pixels: number): number => pixels - (pixels % 2);
