import { LONGEST } from '../camera/reports/reports.js';

/** A switch that has made the hub look is on for so long, ms: somebody should see that it did. */
export const SHOWN = 1000;

/**
 * What somebody who turns the switch *Motion Trigger* says. `begins`: something moves; the switch goes off by itself
 * after `on` ms, and `ends` has it that this is when it is over. `over`: nothing moves any more. `nothing`: it is off a
 * little earlier than by itself. `refused`: the camera is off, or the switch was turned on too often.
 */
export type Turn =
  | { readonly says: 'begins'; readonly ends: boolean; readonly on: number }
  | { readonly says: 'over' | 'nothing' }
  | { readonly says: 'refused'; readonly why: 'off' | 'flood' };

export interface TurnedCamera {
  /** What the switch says is an event: it stays on for as long as that is believed without more news. */
  readonly trusted: boolean;
  readonly cameraOn: boolean;
  /** It was not turned on too often. */
  readonly allowed: boolean;
}

export function turnOf(on: boolean, { trusted, cameraOn, allowed }: TurnedCamera): Turn {
  // What is over is heard in any case: nothing else would end it in time.
  if (!on) return { says: trusted ? 'over' : 'nothing' };
  if (!cameraOn) return { says: 'refused', why: 'off' };
  if (!allowed) return { says: 'refused', why: 'flood' };
  return { says: 'begins', ends: trusted, on: trusted ? LONGEST : SHOWN };
}
