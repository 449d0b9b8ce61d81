import { chooseWatch, type WatchedStream } from '../../../src/camera/detection/watch-plan.js';
import type { StreamInfo } from '../../../src/camera/feed/stream-info.js';

const NOW = 1_000_000;

const info = (width: number, height: number, keyframeInterval: number): StreamInfo => ({
  codec: 'h264',
  profile: 'main',
  width,
  height,
  plain: true,
  fps: 20,
  bitrate: 1_000_000,
  keyframeInterval,
  reordered: false,
  audio: undefined,
});
const online = (stream: StreamInfo | undefined, seconds = 60): WatchedStream => ({
  state: { kind: 'online', since: NOW - seconds * 1000 },
  info: stream,
});
const offline: WatchedStream = {
  state: { kind: 'offline', since: NOW, failure: 'unreachable', reason: 'it is away' },
  info: undefined,
};
const absent: WatchedStream = {
  state: { kind: 'offline', since: NOW, failure: 'absent', reason: 'there is none' },
  info: undefined,
};
const connecting: WatchedStream = { state: { kind: 'connecting', since: NOW }, info: undefined };

const LARGE = info(1280, 720, 2000);
const RARE = info(1280, 720, 10_000);
const SMALL = info(640, 360, 10_000);

describe('chooseWatch', () => {
  it.each<[string, WatchedStream, WatchedStream | undefined, string, string, boolean]>([
    ['a large stream alone', online(LARGE), undefined, 'main', 'keyframes', true],
    ['its keyframes are rare', online(RARE), undefined, 'main', 'always', true],
    ['it is not known yet how rare', online(RARE, 11.9), undefined, 'main', 'keyframes', false],
    ['it is known now', online(RARE, 12), undefined, 'main', 'always', true],
    ['it is small', online(SMALL), undefined, 'main', 'always', true],
    ['a small one before it is known better', online(SMALL, 1), undefined, 'main', 'always', false],
    ['nothing has come', connecting, undefined, 'main', 'keyframes', false],
    ['there is a smaller one', online(LARGE), online(SMALL), 'sub', 'always', true],
    ['the smaller one is not there yet', online(LARGE), connecting, 'sub', 'keyframes', false],
    ['the smaller one is away', online(LARGE), offline, 'main', 'keyframes', true],
    ['it turns out that there is no smaller one', online(LARGE), absent, 'main', 'keyframes', true],
    ['nor the main one so far', connecting, absent, 'main', 'keyframes', false],
    ['both are away', offline, offline, 'sub', 'keyframes', false],
    ['the main one is away', offline, online(SMALL), 'sub', 'always', true],
    ['the main one alone is away', offline, undefined, 'main', 'keyframes', false],
    ['online without a picture', online(undefined), undefined, 'main', 'keyframes', false],
    ['a smaller one that is large', online(LARGE), online(info(1280, 720, 2000)), 'sub', 'keyframes', true],
  ])('%s', (_, main, sub, stream, mode, settled) => {
    expect(chooseWatch(main, sub, NOW)).toMatchObject({ stream, mode, settled });
  });

  it.each<[WatchedStream, WatchedStream | undefined, RegExp]>([
    [online(LARGE), undefined, /^Motion is looked for in the main stream\. Keyframes come every 2\.0 s/],
    [online(LARGE), online(SMALL), /^Motion is looked for in the smaller stream\. The stream is small enough/],
    [online(RARE), offline, /^The smaller stream is away: motion is looked for in the main stream\. .*too rare/],
    [online(RARE, 1), undefined, /main stream\. Keyframes are watched, and open windows, until it is known/],
    [connecting, undefined, /main stream\. Nothing has come from it yet\.$/],
  ])('says why: %#', (main, sub, why) => {
    expect(chooseWatch(main, sub, NOW).why).toMatch(why);
  });
});
