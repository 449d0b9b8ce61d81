import type { Trouble } from '../src/page/messages.js';

/** `waiting`: it will be good by itself. */
export type Tone = 'good' | 'waiting' | 'warning' | 'bad';

/** A sentence for the admin, and how it is meant. */
export interface Said {
  readonly tone: Tone;
  readonly text: string;
}

const TROUBLES: Readonly<Partial<Record<Trouble['fault'], Said>>> = {
  'not-running': {
    tone: 'bad',
    text:
      'Lookout is not running. Start Homebridge, or restart it if the plugin or its first camera is new; ' +
      'its log says what else is in the way.',
  },
  forbidden: {
    tone: 'bad',
    text: 'Lookout runs as another user than this page. Let Homebridge and its UI run as the same user.',
  },
  lost: { tone: 'warning', text: 'Lookout gives no answer. If this stays, restart Homebridge.' },
  strange: {
    tone: 'bad',
    text: 'The Lookout that runs is not the version of this page. Restart Homebridge, then open this page again.',
  },
  busy: { tone: 'warning', text: 'Too many ask at once. Try again in a moment.' },
  'unknown-camera': {
    tone: 'bad',
    text: 'The Lookout that runs does not know this camera. Restart Homebridge, so that it reads the settings again.',
  },
  'no-doorbell': {
    tone: 'bad',
    text: 'For the Lookout that runs this camera is no doorbell. Set its type to “doorbell”, and restart Homebridge.',
  },
};

/** What is in the way, and what to do. */
export const sayTrouble = ({ fault, message }: Trouble): Said => TROUBLES[fault] ?? { tone: 'bad', text: message };
