import type { CameraRecordingOptions, HAP, Resolution } from 'homebridge';

/** What is kept from before an event, and how long fragments are, ms: HomeKit wants at least 4 s of both. */
const PREBUFFER = 4_000;
const FRAGMENT = 4_000;

/** 16:9 and 4:3. */
const RESOLUTIONS: Resolution[] = [
  [1920, 1080, 30],
  [1920, 1080, 24],
  [1920, 1080, 15],
  [1280, 960, 30],
  [1280, 720, 30],
  [1280, 720, 24],
  [1280, 720, 15],
  [1024, 768, 30],
  [640, 480, 30],
  [640, 360, 30],
  [480, 360, 30],
  [480, 270, 30],
  [320, 240, 30],
  [320, 240, 15],
  [320, 180, 30],
];

/**
 * What a hub may select for recordings. Always the same, whatever the camera turns out to send: HAP-NodeJS throws the
 * hub's selection away when it changes, and nothing is recorded until somebody opens the Home app.
 */
export function recordingOptions(hap: HAP): CameraRecordingOptions {
  const { AudioBitrate, AudioRecordingCodecType, AudioRecordingSamplerate, H264Level, H264Profile } = hap;
  return {
    prebufferLength: PREBUFFER,
    mediaContainerConfiguration: { type: hap.MediaContainerType.FRAGMENTED_MP4, fragmentLength: FRAGMENT },
    video: {
      type: hap.VideoCodecType.H264,
      parameters: {
        profiles: [H264Profile.BASELINE, H264Profile.MAIN, H264Profile.HIGH],
        levels: [H264Level.LEVEL3_1, H264Level.LEVEL3_2, H264Level.LEVEL4_0],
      },
      resolutions: RESOLUTIONS,
    },
    audio: {
      codecs: {
        type: AudioRecordingCodecType.AAC_LC,
        audioChannels: 1,
        bitrateMode: AudioBitrate.VARIABLE,
        samplerate: [
          AudioRecordingSamplerate.KHZ_8,
          AudioRecordingSamplerate.KHZ_16,
          AudioRecordingSamplerate.KHZ_24,
          AudioRecordingSamplerate.KHZ_32,
          AudioRecordingSamplerate.KHZ_44_1,
          AudioRecordingSamplerate.KHZ_48,
        ],
      },
    },
  };
}
