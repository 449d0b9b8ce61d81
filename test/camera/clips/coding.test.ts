import { aacFormat, audioCoding, videoCoding, type Coders } from '../../../src/camera/clips/coding.js';
import type { describeStream } from '../../../src/camera/feed/stream-info.js';
import { isCarried } from '../../../src/media/fmp4/fragmenter.js';
import type { AudioFormat, VideoFormat } from '../../../src/media/packet.js';
import { aacConfig } from '../../../src/media/rtsp/aac-config.js';

const MJPEG: VideoFormat = {
  ...{ kind: 'video', codec: 'mjpeg', width: 3840, height: 2160, parameterSets: [], extradata: Buffer.alloc(0) },
};
const INFO = {
  ...{ codec: 'mjpeg', profile: undefined, width: 3840, height: 2160, plain: true, fps: 25, bitrate: 40_000_000 },
  ...{ keyframeInterval: 40, reordered: false, audio: undefined },
};

it.each<[string, VideoFormat, ReturnType<typeof describeStream>, object]>([
  ['large', MJPEG, INFO, { width: 1920, height: 1080, bitrate: 5_184_000 }],
  ['small', MJPEG, { ...INFO, width: 641, height: 361 }, { width: 642, height: 362, bitrate: 581_010 }],
  ['of no known size', { ...MJPEG, width: 0, height: 0 }, undefined, { width: 1280, height: 720 }],
  ['that has few bits', MJPEG, { ...INFO, codec: 'h264', bitrate: 1_000_000 }, { bitrate: 1_000_000 }],
])('a picture %s', (_, video, info, output) => {
  expect(videoCoding({ video, audio: undefined }, info, undefined)).toMatchObject({ mode: 'transcode', output });
});

const coders = { ffmpeg: { encoders: new Set(['aac']) }, encoder: undefined } as unknown as Coders;
const sound = (codec: string, sampleRate: number, channels = 1, extradata = ''): AudioFormat => ({
  ...{ kind: 'audio', codec, sampleRate, channels, extradata: Buffer.from(extradata, 'hex') },
});

it.each<[string, AudioFormat | undefined, object | undefined]>([
  ['none', undefined, undefined],
  ['AAC-LC', sound('aac', 48_000, 1, '1188'), { mode: 'copy' }],
  ['G.711', sound('pcm_mulaw', 8000), { output: { sampleRate: 16_000, channels: 1, bitrate: 32_000 } }],
  ['Opus', sound('opus', 48_000, 2), { output: { sampleRate: 48_000, channels: 2, bitrate: 128_000 } }],
  ['of eight channels', sound('pcm_s16be', 96_000, 8), { output: { sampleRate: 48_000, channels: 2 } }],
  ['of no rate', sound('pcm_s16be', 0), undefined],
])('sound: %s', (_, audio, expected) => {
  const coding = audioCoding(audio, coders);
  if (expected === undefined) expect(coding).toBeUndefined();
  else expect(coding).toMatchObject(expected);
  if (coding?.mode !== 'transcode') return;
  const format = aacFormat(coding.output);
  const { sampleRate, channels } = coding.output;
  expect(aacConfig(format.extradata)).toEqual({ sampleRate, channels, samples: 1024 });
  expect(isCarried(format)).toBe(true);
});

it('leaves sound out where ffmpeg cannot make AAC', () => {
  const none = { ffmpeg: { encoders: new Set() }, encoder: undefined } as unknown as Coders;
  expect(audioCoding(sound('pcm_mulaw', 8000), none)).toBeUndefined();
});
