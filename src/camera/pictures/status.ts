import type { SourceFailure } from '../../media/source.js';
import type { FeedState } from '../feed/feed.js';
import type { Drawing } from './draw.js';

/** Why there is no picture of a camera that is online. */
export type Trouble = 'waiting' | 'unsupported';

/** What is drawn in place of a picture that there is not; the times are those of the hub's place. */
export function drawingOf(name: string, state: FeedState, trouble: Trouble, now: Date): Drawing {
  switch (state.kind) {
    case 'connecting':
      return { glyph: 'camera', lines: [name, 'Connecting…'] };
    case 'online':
      return { glyph: 'camera', lines: [name, TROUBLES[trouble]] };
    case 'off':
      return { glyph: 'camera-off', lines: [name, `Off since ${since(new Date(state.since), now)}`] };
    case 'offline': {
      const reason = REASONS[state.failure];
      const line = `Offline since ${since(new Date(state.since), now)}`;
      return { glyph: 'camera-off', lines: reason === undefined ? [name, line] : [name, line, reason] };
    }
  }
}

const TROUBLES: Readonly<Record<Trouble, string>> = {
  waiting: 'Waiting for a picture',
  unsupported: 'Pictures of this kind cannot be shown',
};

/** Only what somebody can mend who stands before the picture; the log has all. */
const REASONS: Readonly<Partial<Record<SourceFailure, string>>> = {
  unauthorized: 'The camera refuses the password',
  'not-found': 'The camera has no such stream',
  unsupported: 'This camera cannot be read',
  'no-reader': 'ffmpeg is missing or does not run',
};

const TIME = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

function since(then: Date, now: Date): string {
  const time = TIME.format(then);
  return then.toDateString() === now.toDateString() ? time : `${DAY.format(then)}, ${time}`;
}
