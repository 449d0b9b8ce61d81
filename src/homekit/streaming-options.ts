import type { CameraStreamingOptions, HAP, Resolution } from 'homebridge';

/** HomeKit wants 16:9 and 4:3 sizes from a watch's to 1080p, each with the rates that viewers ask for. */
const RESOLUTIONS: Resolution[] = [
  [1920, 1080, 30],
  [1280, 960, 30],
  [1280, 720, 30],
  [1024, 768, 30],
  [640, 480, 30],
  [640, 360, 30],
  [480, 360, 30],
  [480, 270, 30],
  [320, 240, 30],
  [320, 240, 15],
  [320, 180, 30],
  [320, 180, 15],
];

export interface SoundOptions {
  /** Whether viewers hear the camera. */
  readonly listen: boolean;
  /** Whether they can talk to it. */
  readonly talk: boolean;
  /** Whether an AAC-ELD encoder works here; HomeKit takes it before Opus where it is offered. */
  readonly aacEld: boolean;
}

/**
 * Viewers talk in the codec that they listen to. HomeKit's AAC-ELD comes with low delay SBR, which ffmpeg's own decoder
 * does not know: a camera that can be talked to offers Opus alone, which every ffmpeg decodes.
 */
export function streamingOptions(hap: HAP, { listen, talk, aacEld }: SoundOptions): CameraStreamingOptions {
  const { AudioStreamingCodecType, AudioStreamingSamplerate, H264Level, H264Profile, SRTPCryptoSuites } = hap;
  const samplerate = [AudioStreamingSamplerate.KHZ_16, AudioStreamingSamplerate.KHZ_24];
  const options: CameraStreamingOptions = {
    supportedCryptoSuites: [SRTPCryptoSuites.AES_CM_128_HMAC_SHA1_80],
    video: {
      codec: {
        profiles: [H264Profile.BASELINE, H264Profile.MAIN, H264Profile.HIGH],
        levels: [H264Level.LEVEL3_1, H264Level.LEVEL3_2, H264Level.LEVEL4_0],
      },
      resolutions: RESOLUTIONS,
    },
  };
  if (!listen && !talk) return options;
  const codecs = [{ type: AudioStreamingCodecType.OPUS, samplerate, audioChannels: 1 }];
  if (aacEld && !talk) codecs.unshift({ type: AudioStreamingCodecType.AAC_ELD, samplerate, audioChannels: 1 });
  return { ...options, audio: { codecs, twoWayAudio: talk } };
}
