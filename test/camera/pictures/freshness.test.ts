import { freshness, type Freshness } from '../../../src/camera/pictures/freshness.js';

describe('freshness', () => {
  it.each<[Freshness, boolean, number | undefined, number | undefined, string]>([
    ['none', true, undefined, undefined, 'there was no keyframe yet'],
    ['none', false, undefined, 2000, 'there is none left'],
    ['fresh', true, 0, undefined, 'the first keyframe has just come'],
    ['fresh', true, 22_000, undefined, 'only one keyframe so far, from a camera that may send few'],
    ['stale', true, 24_000, undefined, 'only one keyframe, too long ago'],
    ['fresh', true, 1900, 2000, 'the next one is not due yet'],
    ['fresh', true, 6900, 2000, 'one keyframe was lost'],
    ['stale', true, 7100, 2000, 'no keyframes come any more'],
    ['fresh', true, 22_000, 10_000, 'a camera with few keyframes'],
    ['fresh', true, 59_000, 45_000, 'a camera that saves keyframes'],
    ['stale', true, 61_000, 45_000, 'older than a minute is never fresh'],
    ['fresh', false, 4000, 2000, 'the camera went away a moment ago'],
    ['stale', false, 5100, 2000, 'the camera went away'],
    ['fresh', false, 2900, undefined, 'the camera went away right after its first keyframe'],
    ['stale', false, 3100, undefined, 'the camera went away after its first keyframe'],
  ])('%s: online %p, age %p, interval %p: %s', (expected, online, age, interval) => {
    expect(freshness({ online, age, interval })).toBe(expected);
  });
});
