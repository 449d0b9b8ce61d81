import type { Ring } from '../../../src/camera/events/keeper.js';
import { Rings, type RingsOptions } from '../../../src/camera/rings/rings.js';
import { type Press, RING_SOURCES, verdictOf } from '../../../src/camera/rings/verdict.js';
import { event } from '../../events/events.js';

describe('whether a press rings', () => {
  const last: Press = { at: 10_000, source: 'camera' };

  it.each<[string, Press, Press | undefined, ReturnType<typeof verdictOf>]>([
    ['the first', { at: 0, source: 'camera' }, undefined, 'rings'],
    ['one that bounces', { at: 10_000, source: 'camera' }, last, 'too-soon'],
    ['one that hammers', { at: 12_999, source: 'camera' }, last, 'too-soon'],
    ['one after the interval', { at: 13_000, source: 'camera' }, last, 'rings'],
    ['the same by another way', { at: 10_400, source: 'mqtt' }, last, 'agrees'],
    ['the same by another way, dated earlier', { at: 9_000, source: 'mqtt' }, last, 'agrees'],
    ['another by another way', { at: 13_000, source: 'mqtt' }, last, 'rings'],
    ['one from long ago', { at: 1_000, source: 'camera' }, last, 'rings'],
  ])('%s', (_, press, before, expected) => {
    expect(verdictOf(press, before, 3000)).toBe(expected);
  });

  it('does always, where there is no interval', () => {
    expect(verdictOf(last, last, 0)).toBe('rings');
  });
});

/** A button in the test's hands. */
function button(options: Partial<RingsOptions> = {}) {
  const life = new AbortController();
  const state = { now: 0, chime: true };
  const kept: Ring[] = [];
  const said: string[] = [];
  const rings = new Rings({
    camera: { name: 'Door' },
    interval: 3000,
    chime: () => state.chime,
    keep: (ring) => {
      kept.push(ring);
      return event();
    },
    sound: '/ding.wav',
    speaker: undefined,
    log: { info: (text) => said.push(text), warn: (text) => said.push(text) },
    now: () => state.now,
    signal: life.signal,
    ...options,
  });
  let rang = 0;
  const leave = rings.subscribe(() => rang++);
  return { rings, state, kept, said, life, leave, rang: () => rang };
}

it('rings, keeps it, and answers', () => {
  const { rings, state, kept, rang } = button();
  state.now = 5000;
  expect(rings.press({ source: 'http' })).toMatchObject({
    verdict: 'rings',
    chime: true,
    event: { camera: 'front-door' },
  });
  expect(rings.press({ source: 'http' })).toEqual({ verdict: 'too-soon', chime: true, event: undefined });
  expect(kept).toEqual([{ at: 5000, source: 'camera', heldBack: undefined }]);
  expect(rang()).toBe(1);
});

it('counts a button that is held down from the last ring', () => {
  const { rings, state, rang } = button();
  for (; state.now < 12_000; state.now += 500) rings.press({ source: 'camera' });
  expect(rang()).toBe(4);
});

it('rings once for two who say the same, and knows that both did', () => {
  const { rings, state, kept, rang } = button();
  state.now = 5000;
  rings.press({ source: 'camera' });
  state.now = 5400;
  expect(rings.press({ source: 'mqtt' }).verdict).toBe('agrees');
  expect(kept.map(({ at, source }) => [at, source])).toEqual([
    [5000, 'camera'],
    [5000, 'mqtt'],
  ]);
  expect(rang()).toBe(1);
});

it('does not believe that a press is still to come', () => {
  const { rings, kept } = button();
  rings.press({ at: 99_000, source: 'camera' });
  expect(kept).toMatchObject([{ at: 0 }]);
});

it('is silent while the chime is off, and keeps it', () => {
  const played: string[] = [];
  const { rings, state, kept, rang } = button({
    speaker: { play: (file) => Promise.resolve(void played.push(file)) },
  });
  state.chime = false;
  expect(rings.press({ source: 'camera' })).toMatchObject({ verdict: 'rings', chime: false });
  expect(kept).toMatchObject([{ heldBack: 'chime-off' }]);
  expect([rang(), played]).toEqual([0, []]);
});

it.each(RING_SOURCES)('takes presses from %s', (source) => {
  const { rings, rang } = button();
  rings.press({ source });
  expect(rang()).toBe(1);
});

it('tells nobody who has left, and rings not after the end', () => {
  const { rings, leave, life, kept, rang } = button({ interval: 0 });
  leave();
  rings.press({ source: 'camera' });
  life.abort();
  expect(rings.press({ source: 'camera' })).toMatchObject({ verdict: 'too-soon' });
  expect([rang(), kept.length]).toEqual([0, 1]);
});

describe('a sound at the camera', () => {
  it('is played one at a time', async () => {
    const ends: (() => void)[] = [];
    const { rings } = button({
      interval: 0,
      speaker: { play: () => new Promise<void>((resolve) => ends.push(resolve)) },
    });
    rings.press({ source: 'camera' });
    rings.press({ source: 'camera' });
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await new Promise(setImmediate);
    rings.press({ source: 'camera' });
    expect(ends).toHaveLength(2);
  });

  it('that cannot be played is said once', async () => {
    const { rings, said, rang } = button({
      interval: 0,
      speaker: { play: () => Promise.reject(new Error('There is no such file')) },
    });
    for (let ring = 0; ring < 3; ring++) {
      rings.press({ source: 'camera' });
      await new Promise(setImmediate);
    }
    expect(said).toEqual(['Door: "doorbell.sound" cannot be played at the camera. There is no such file.']);
    expect(rang()).toBe(3);
  });
});
