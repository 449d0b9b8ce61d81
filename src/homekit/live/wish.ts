import type { AudioInfo, ReconfiguredVideoInfo, VideoInfo } from 'homebridge';
import type { AudioWish } from './audio-leg.js';
import type { H264Profile, VideoWish } from './video-plan.js';

/** HomeKit asks for the longest packets where the way to the viewer is long, or the viewer is a watch. */
const REMOTE_PACKET_TIME = 60;

export const isRemote = (audio: Pick<AudioInfo, 'packet_time'>): boolean => audio.packet_time >= REMOTE_PACKET_TIME;

/** HAP counts in kbit/s. */
export function videoWish(
  { width, height, fps, max_bit_rate }: Pick<ReconfiguredVideoInfo, 'width' | 'height' | 'fps' | 'max_bit_rate'>,
  rest: Pick<VideoWish, 'profile' | 'remote' | 'measured'>,
): VideoWish {
  return { width, height, fps, bitrate: max_bit_rate * 1000, ...rest };
}

const PROFILES = ['baseline', 'main', 'high'] as const;

/** HAP's number of a profile. */
export const profileOf = (info: Pick<VideoInfo, 'profile'>): H264Profile => PROFILES.at(info.profile) ?? 'main';

/** Opus below 6 kbit/s is no speech any more; HomeKit asks for 24. */
const LOWEST_BITRATE = 6_000;

/** @returns undefined for a codec that was never offered */
export function audioWish(info: AudioInfo): AudioWish | undefined {
  const codec = ({ OPUS: 'opus', 'AAC-eld': 'aac-eld' } as const)[info.codec as string];
  if (codec === undefined) return undefined;
  return {
    codec,
    sampleRate: info.sample_rate * 1000,
    channels: info.channel,
    bitrate: Math.max(LOWEST_BITRATE, info.max_bit_rate * 1000),
    packetTime: info.packet_time,
  };
}
