import { drawingOf, type Trouble } from '../../../src/camera/pictures/status.js';
import type { FeedState } from '../../../src/camera/feed/feed.js';

const now = new Date(2026, 10, 23, 15, 0);
const since = new Date(2026, 10, 23, 14, 3).getTime();
const yesterday = new Date(2026, 10, 22, 0, 5).getTime();
const offline = (failure: Extract<FeedState, { kind: 'offline' }>['failure'], at = since): FeedState => ({
  kind: 'offline',
  since: at,
  failure,
  reason: 'rtsp://admin:secret@10.0.0.1/ said 401',
});

describe('drawingOf', () => {
  it.each<[FeedState, Trouble, 'camera' | 'camera-off', string[]]>([
    [{ kind: 'connecting', since }, 'waiting', 'camera', ['Connecting…']],
    [{ kind: 'online', since }, 'waiting', 'camera', ['Waiting for a picture']],
    [{ kind: 'online', since }, 'unsupported', 'camera', ['Pictures of this kind cannot be shown']],
    [{ kind: 'off', since }, 'waiting', 'camera-off', ['Off since 14:03']],
    [{ kind: 'off', since: yesterday }, 'unsupported', 'camera-off', ['Off since 22 Nov, 00:05']],
    [offline('unreachable'), 'waiting', 'camera-off', ['Offline since 14:03']],
    [offline('closed', yesterday), 'waiting', 'camera-off', ['Offline since 22 Nov, 00:05']],
    [offline('unauthorized'), 'waiting', 'camera-off', ['Offline since 14:03', 'The camera refuses the password']],
    [offline('not-found'), 'waiting', 'camera-off', ['Offline since 14:03', 'The camera has no such stream']],
    [offline('no-reader'), 'waiting', 'camera-off', ['Offline since 14:03', 'ffmpeg is missing or does not run']],
  ])('%p, %s', (state, trouble, glyph, lines) => {
    expect(drawingOf('Porch', state, trouble, now)).toEqual({ glyph, lines: ['Porch', ...lines] });
  });
});
