import type { Room } from '../../src/events/room.js';
import { afterFailure, hasRoom, roomFor, sentenceOf } from '../../src/events/room.js';

const reserves = { clips: 1000, pictures: 100 };

describe('what there is room for', () => {
  it.each<[Room, number | undefined, Room]>([
    ['clips', 1001, 'clips'],
    ['clips', 1000, 'pictures'],
    ['clips', 100, 'records'],
    ['clips', undefined, 'clips'],
    ['pictures', 1001, 'pictures'],
    ['pictures', 1250, 'pictures'],
    ['pictures', 1251, 'clips'],
    ['pictures', 101, 'pictures'],
    ['records', 101, 'records'],
    ['records', 126, 'pictures'],
    ['records', 5000, 'clips'],
  ])('was %s; with %d bytes free it is %s', (before, free, after) => {
    expect(roomFor({ room: before, failedAt: undefined }, free, reserves, 0).room).toBe(after);
  });

  it('shrinks when a write fails, whatever the free bytes say, and is tried again after a minute', () => {
    const full = afterFailure({ room: 'clips', failedAt: undefined }, 'clips', 500);
    expect(full).toEqual({ room: 'pictures', failedAt: 500 });
    expect(roomFor(full, 9999, reserves, 60_499)).toEqual(full);
    expect(roomFor(full, 9999, reserves, 60_500).room).toBe('clips');
    expect(afterFailure(full, 'pictures', 600).room).toBe('records');
    expect(afterFailure({ room: 'records', failedAt: 1 }, 'clips', 700).room).toBe('records');
  });

  it.each<[Room, boolean, boolean]>([
    ['clips', true, true],
    ['pictures', false, true],
    ['records', false, false],
  ])('%s: clips %s, pictures %s', (room, clips, pictures) => {
    const state = { room, failedAt: undefined };
    expect([hasRoom(state, 'clips'), hasRoom(state, 'pictures')]).toEqual([clips, pictures]);
  });

  it('is said when it changes, and only then', () => {
    expect(sentenceOf('clips', 'clips')).toBeUndefined();
    expect(sentenceOf('clips', 'pictures')).toMatchObject({
      bad: true,
      text: expect.stringContaining('clips are not') as string,
    });
    expect(sentenceOf('records', 'pictures')).toMatchObject({ bad: false });
    expect(sentenceOf('records', 'clips')).toMatchObject({
      bad: false,
      text: expect.stringContaining('room again') as string,
    });
  });
});
