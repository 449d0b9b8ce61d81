import { chooseStream, type StreamOffer } from '../../../src/camera/pictures/stream-choice.js';

const size = (width: number, height: number) => ({ width, height });
const offer = (width: number, height: number, freshness: StreamOffer['freshness'] = 'fresh'): StreamOffer => ({
  freshness,
  size: size(width, height),
});
const hd = offer(1920, 1080);
const unknown: StreamOffer = { freshness: 'fresh', size: undefined };

describe('chooseStream', () => {
  it.each<[string, ReturnType<typeof size>, StreamOffer, StreamOffer | undefined, 'main' | 'sub' | undefined]>([
    ['there is but one', size(640, 360), hd, undefined, 'main'],
    ['the one has nothing fresh', size(640, 360), offer(1920, 1080, 'stale'), undefined, undefined],
    ['the small one is as large as asked for', size(640, 360), hd, offer(640, 360), 'sub'],
    ['the small one is larger than asked for', size(320, 180), hd, offer(640, 360), 'sub'],
    ['the small one is too small', size(1280, 720), hd, offer(640, 360), 'main'],
    ['its height was rounded to macroblocks', size(640, 360), hd, offer(640, 352), 'sub'],
    ['a 4:3 stream covers a picture of 16:9', size(640, 360), hd, offer(640, 480), 'sub'],
    ['the picture is 4:3, so less wide than asked for', size(640, 360), offer(1600, 1200), offer(480, 360), 'sub'],
    ['any size will do', size(0, 0), hd, offer(640, 360), 'main'],
    ['more than either has', size(3840, 2160), hd, offer(640, 360), 'main'],
    ['both are alike', size(3840, 2160), hd, hd, 'sub'],
    ['the small one is stale', size(320, 180), hd, offer(640, 360, 'stale'), 'main'],
    ['the main one is stale', size(1280, 720), offer(1920, 1080, 'stale'), offer(640, 360), 'sub'],
    ['neither is fresh', size(640, 360), offer(1920, 1080, 'none'), offer(640, 360, 'stale'), undefined],
    ['nobody knows the small one', size(320, 180), hd, unknown, 'main'],
    ['nobody knows the main one', size(320, 180), unknown, offer(640, 360), 'main'],
  ])('%s', (_, asked, main, sub, expected) => {
    expect(chooseStream(asked, main, sub)).toBe(expected);
  });
});
