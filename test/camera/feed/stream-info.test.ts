import type { Gop } from '../../../src/camera/feed/ring.js';
import { describeStream } from '../../../src/camera/feed/stream-info.js';
import type { Formats, VideoPacket } from '../../../src/media/packet.js';

const formats: Formats = {
  video: { kind: 'video', codec: 'mjpeg', width: 800, height: 600, parameterSets: [], extradata: Buffer.alloc(0) },
  audio: { kind: 'audio', codec: 'pcm_alaw', sampleRate: 8000, channels: 1, extradata: Buffer.alloc(0) },
};
const picture = (time: number, keyframe: boolean): VideoPacket => ({
  kind: 'video',
  time,
  keyframe,
  units: [],
  bytes: 1000,
});
const gop = (start: number, times: readonly number[]): Gop => ({
  start,
  arrivedAt: start,
  formats,
  packets: times.map((time, at) => picture(time, at === 0)),
});
const steady = (start: number, count: number): Gop =>
  gop(
    start,
    Array.from({ length: count }, (_, at) => start + at * 50),
  );

describe('describeStream', () => {
  it('knows nothing without a picture', () => {
    expect(describeStream([])).toBeUndefined();
  });

  it('measures rates over what is in memory', () => {
    const info = describeStream([steady(0, 40), steady(2000, 40), steady(4000, 20)]);
    expect(info).toMatchObject({ codec: 'mjpeg', width: 800, height: 600, keyframeInterval: 2000, reordered: false });
    expect(info?.fps).toBeCloseTo(20, 5);
    expect(info?.bitrate).toBeCloseTo(160_000, -1);
    expect(info?.audio).toEqual({ codec: 'pcm_alaw', sampleRate: 8000, channels: 1 });
  });

  it('does not guess a rate from a few pictures', () => {
    expect(describeStream([steady(0, 3)])).toMatchObject({ fps: undefined, bitrate: undefined });
  });

  it('sees that a keyframe is overdue', () => {
    expect(describeStream([steady(0, 200)])?.keyframeInterval).toBe(9950);
    expect(describeStream([steady(0, 40), steady(2000, 200)])?.keyframeInterval).toBe(9950);
  });

  it('sees B-frames by their times', () => {
    expect(describeStream([gop(0, [0, 120, 40, 80, 240, 160, 200])])?.reordered).toBe(true);
  });
});
