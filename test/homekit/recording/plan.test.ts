import type { StreamInfo } from '../../../src/camera/feed/stream-info.js';
import {
  longestGop,
  obstaclesOf,
  planRecording,
  sayWhy,
  type Candidate,
  type Obstacle,
} from '../../../src/homekit/recording/plan.js';
import type { VideoPacket } from '../../../src/media/packet.js';
import { SELECTION } from './selections.js';

const INFO: StreamInfo = {
  ...{ codec: 'h264', profile: 'main', width: 1920, height: 1080, plain: true, fps: 20, bitrate: 4e6 },
  ...{ keyframeInterval: 2000, reordered: false, audio: undefined },
};
const candidate = (info: Partial<StreamInfo> = {}, gop = 2000, stream: Candidate['stream'] = 'main'): Candidate => ({
  ...{ stream, longestGop: gop, info: { ...INFO, ...info } },
});
const MEANS = { mask: undefined, canEncode: true };

it.each<[string, Candidate, Obstacle[]]>([
  ['what fits', candidate(), []],
  ['a high bitrate', candidate({ bitrate: 2e7 }), []],
  ['a rate that wavers', candidate({ fps: 31.2 }), []],
  ['an unknown rate', candidate({ fps: undefined }), []],
  ['keyframes a fragment apart', candidate({}, 4050), []],
  ['keyframes further apart', candidate({}, 4300), ['keyframes']],
  ['HEVC', candidate({ codec: 'hevc', width: 3840, height: 2160 }), ['codec']],
  ['MJPEG', candidate({ codec: 'mjpeg' }), ['codec']],
  ['B-frames', candidate({ reordered: true }), ['b-frames']],
  ['10 bits', candidate({ plain: false }), ['form']],
  ['4:4:4', candidate({ profile: 'high444' }), ['form']],
  ['a larger picture', candidate({ width: 2560, height: 1440 }), ['size']],
  ['an upright picture', candidate({ width: 1080, height: 1920 }), ['size']],
  ['a fast camera', candidate({ fps: 60 }), ['rate']],
  [
    'all at once',
    candidate({ fps: 60, width: 2560, reordered: true }, 8000),
    ['b-frames', 'keyframes', 'size', 'rate'],
  ],
])('of %s', (_, stream, obstacles) => {
  expect(obstaclesOf(stream, SELECTION)).toEqual(obstacles);
  expect(planRecording(SELECTION, [stream], MEANS)).toMatchObject(
    obstacles.length === 0 ? { mode: 'copy', stream: 'main' } : { mode: 'transcode', stream: 'main', obstacles },
  );
  if (obstacles.length > 0) expect(sayWhy(obstacles, stream, SELECTION)).toMatch(/^it/);
});

const sub = candidate({ width: 640, height: 360 }, 2000, 'sub');
const large = candidate({ width: 3840, height: 2160 });
const HD = { ...SELECTION, width: 1280, height: 720 };

it.each([
  ['nothing while no stream delivers', SELECTION, [], MEANS, undefined],
  ['the small stream where it is all there is', SELECTION, [sub], MEANS, { mode: 'copy', stream: 'sub' }],
  ['the main stream where it fits', SELECTION, [candidate(), sub], MEANS, { mode: 'copy', stream: 'main' }],
  [
    'the main stream anew before a small one as it is',
    SELECTION,
    [large, sub],
    MEANS,
    { mode: 'transcode', stream: 'main', output: { width: 1920, height: 1080, bitrate: 2e6, profile: 'high' } },
  ],
  [
    'the second stream as it is, where it has what was asked for',
    HD,
    [large, candidate({ width: 1280, height: 720 }, 2000, 'sub')],
    MEANS,
    { mode: 'copy', stream: 'sub' },
  ],
  [
    'the small stream rather than nothing',
    SELECTION,
    [large, sub],
    { ...MEANS, canEncode: false },
    { mode: 'copy', stream: 'sub' },
  ],
  ['nothing that cannot be', SELECTION, [large], { ...MEANS, canEncode: false }, undefined],
  [
    'nothing as it is where there is a mask',
    SELECTION,
    [candidate(), sub],
    { mask: 'drawbox', canEncode: true },
    { mode: 'transcode', obstacles: ['mask'], output: { mask: 'drawbox' } },
  ],
  ['nothing at all then without an encoder', SELECTION, [candidate(), sub], { mask: 'x', canEncode: false }, undefined],
  ['fewer pictures', SELECTION, [candidate({ fps: 60 })], MEANS, { output: { maxFps: 30 } }],
  [
    'never a larger picture',
    SELECTION,
    [candidate({ codec: 'hevc', width: 640, height: 480 })],
    MEANS,
    { output: { width: 640, height: 480 } },
  ],
  [
    'the size that was asked for where none is known',
    HD,
    [candidate({ codec: 'mpeg4', width: 0, height: 0 })],
    MEANS,
    { output: { width: 1280, height: 720 } },
  ],
])('records %s', (_, selection, candidates, means, expected) => {
  const plan = planRecording(selection, candidates, means);
  if (expected === undefined) expect(plan).toBeUndefined();
  else expect(plan).toMatchObject(expected);
});

const gop = (start: number, ...times: number[]) => ({
  ...{ start, arrivedAt: start, formats: { video: undefined as never, audio: undefined } },
  packets: [start, ...times].map((time): VideoPacket => ({
    kind: 'video',
    time,
    keyframe: time === start,
    units: [],
    bytes: 0,
  })),
});

it.each([
  ['nothing', [], 0],
  ['the first', [gop(0), gop(8000), gop(9000)], 8000],
  ['the last, as far as it has come', [gop(0), gop(1000, 2000, 5500)], 4500],
])('the longest GOP: %s', (_, gops, length) => {
  expect(longestGop(gops)).toBe(length);
});
