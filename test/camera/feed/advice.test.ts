import { adviceFor } from '../../../src/camera/feed/advice.js';
import { describe as inWords } from '../../../src/camera/feed/journal.js';
import type { StreamInfo } from '../../../src/camera/feed/stream-info.js';

const info = (changes: Partial<StreamInfo> = {}): StreamInfo => ({
  codec: 'h264',
  profile: 'main',
  width: 1280,
  height: 720,
  plain: true,
  fps: 20,
  bitrate: 2_000_000,
  keyframeInterval: 2000,
  reordered: false,
  audio: { codec: 'aac', sampleRate: 16_000, channels: 1 },
  ...changes,
});

describe('adviceFor', () => {
  it('has nothing to say of a stream that costs nothing', () => {
    expect(adviceFor(info(), true)).toEqual([]);
  });

  it.each([
    [{ codec: 'hevc' }, 'codec', /H\.265.*transcoded.*H\.264/],
    [{ codec: 'mjpeg' }, 'codec', /MJPEG.*transcoded.*H\.264/],
    [{ plain: false, profile: 'high 10' }, 'codec', /high 10.*8 bit/],
    [{ reordered: true }, 'b-frames', /B-frames/],
    [{ keyframeInterval: 10_000 }, 'keyframes', /every 10 s.*2 s \(40 frames\)/],
    [{ audio: undefined }, 'sound', /no sound.*microphone/],
  ] as const)('says of %j what it costs and what mends it', (changes, topic, sentence) => {
    const advice = adviceFor(info(changes), true);
    expect(advice).toHaveLength(1);
    expect(advice[0]?.topic).toBe(topic);
    expect(advice[0]?.sentence).toMatch(sentence);
  });

  it('does not miss sound that nobody wants', () => {
    expect(adviceFor(info({ audio: undefined }), false)).toEqual([]);
  });

  it('names keyframes that are far apart without a rate too', () => {
    expect(adviceFor(info({ keyframeInterval: 8000, fps: undefined }), true)[0]?.sentence).toContain('to 2 s in');
  });
});

describe('a stream in words', () => {
  it.each([
    [info(), 'H264 main 1280×720, sound aac 16 kHz'],
    [info({ codec: 'mjpeg', profile: undefined, width: 0, audio: undefined }), 'MJPEG, no sound'],
  ])('%#', (stream, words) => {
    expect(inWords(stream)).toBe(words);
  });
});
