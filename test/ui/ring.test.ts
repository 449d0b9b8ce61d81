import { type Press, sayPress } from '../../ui/ring.js';

const answered = (verdict: 'rings' | 'agrees' | 'too-soon', chime = true): Press => ({
  kind: 'answered',
  result: { verdict, chime, event: null },
});
const trouble = (fault: Extract<Press, { kind: 'trouble' }>['fault']): Press => ({
  ...{ kind: 'trouble', fault },
  message: 'what the command line says',
});

it.each<[string, Press, Parameters<typeof sayPress>[1], string, string]>([
  ['nothing yet', { kind: 'asking' }, 'online', 'waiting', 'Ringing …'],
  ['a ring', answered('rings'), 'online', 'good', 'It rings in HomeKit. The ring is kept.'],
  [
    ...(['a camera that is off', answered('rings'), 'off', 'good'] as const),
    'It rings in HomeKit. The ring is kept, without a picture: the camera is off.',
  ],
  [
    ...(['a camera that is away', answered('rings'), 'offline', 'good'] as const),
    'It rings in HomeKit. The ring is kept, without a picture: the camera is not connected.',
  ],
  [
    ...(['a chime that is off', answered('rings', false), 'online', 'warning'] as const),
    'Nobody hears it: its chime is switched off in HomeKit. The ring is kept.',
  ],
  [
    ...(['a second press', answered('too-soon'), 'online', 'warning'] as const),
    'It has rung just now, and does not ring again so soon (“Seconds between rings”).',
  ],
  [
    ...(['a press that another says, too', answered('agrees'), undefined, 'warning'] as const),
    'It has rung just now, for somebody else; it rings once for both.',
  ],
  [
    ...(['a camera without a bell', trouble('no-doorbell'), 'online', 'bad'] as const),
    'Nothing rang. For the Lookout that runs this camera is no doorbell. Set its type to “doorbell”, and restart Homebridge.',
  ],
  [
    ...(['a hub that does not run', trouble('not-running'), 'online', 'bad'] as const),
    'Nothing rang. Lookout is not running. Start Homebridge, or restart it if the plugin or its first camera is new; ' +
      'its log says what else is in the way.',
  ],
  [
    ...(['a hub without an answer', trouble('lost'), 'online', 'warning'] as const),
    'Lookout gives no answer. If this stays, restart Homebridge.',
  ],
  [...(['anything else', trouble('failed'), 'online', 'bad'] as const), 'Nothing rang. what the command line says'],
  [
    ...(['a page that is cut off', { kind: 'unasked' }, 'online', 'bad'] as const),
    'This page could not reach Homebridge’s UI: nothing rang. Close the page, and open it again.',
  ],
])('%s is told', (_, press, state, tone, text) => {
  expect(sayPress(press, state)).toEqual({ tone, text });
});
