import type { CameraStatus } from '../src/control/messages.js';
import type { RingAnswer, Trouble } from '../src/page/messages.js';
import { type Said, sayTrouble } from './said.js';

/** What has become of the last press of a test button. `unasked`: this page could not ask. */
export type Press = { readonly kind: 'asking' } | RingAnswer | { readonly kind: 'unasked' };

/** @param state the camera's when the button was pressed; undefined where it is not known */
export function sayPress(press: Press, state: CameraStatus['state']['kind'] | undefined): Said {
  switch (press.kind) {
    case 'asking':
      return { tone: 'waiting', text: 'Ringing …' };
    case 'unasked':
      return {
        tone: 'bad',
        text: 'This page could not reach Homebridge’s UI: nothing rang. Close the page, and open it again.',
      };
    case 'trouble':
      return sayFailure(press);
    case 'answered':
      return sayResult(press.result, state);
  }
}

function sayFailure(trouble: Trouble): Said {
  const { tone, text } = sayTrouble(trouble);
  // Without an answer it may have rung all the same.
  return trouble.fault === 'lost' ? { tone, text } : { tone, text: `Nothing rang. ${text}` };
}

function sayResult(
  { verdict, chime }: Extract<RingAnswer, { kind: 'answered' }>['result'],
  state: CameraStatus['state']['kind'] | undefined,
): Said {
  if (verdict === 'too-soon')
    return {
      tone: 'warning',
      text: 'It has rung just now, and does not ring again so soon (“Seconds between rings”).',
    };
  if (verdict === 'agrees')
    return { tone: 'warning', text: 'It has rung just now, for somebody else; it rings once for both.' };
  const picture = pictureOf(state);
  if (!chime)
    return {
      tone: 'warning',
      text: `Nobody hears it: its chime is switched off in HomeKit. The ring is kept${picture}.`,
    };
  return { tone: 'good', text: `It rings in HomeKit. The ring is kept${picture}.` };
}

function pictureOf(state: CameraStatus['state']['kind'] | undefined): string {
  if (state === 'off') return ', without a picture: the camera is off';
  if (state === 'offline' || state === 'connecting') return ', without a picture: the camera is not connected';
  return '';
}
