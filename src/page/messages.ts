import type { Fault, RingResult, Status } from '../control/messages.js';

/** What goes between the settings page in a browser and its server, a process that Homebridge's UI starts for it. */

/** `/watch` {on}: while it is on, a {@link Report} comes as an event `report` every few seconds. `/ring` {camera}. */
export type PageRequest = '/watch' | '/ring';
export type PageEvent = 'report';

/** The hub could not be asked (client.ts says how), or did not do it. `message` is in words for whoever uses the command line. */
export interface Trouble {
  readonly kind: 'trouble';
  readonly fault: 'not-running' | 'forbidden' | 'lost' | 'strange' | Fault;
  readonly message: string;
}

export type Report = { readonly kind: 'running'; readonly status: Status } | Trouble;
export type WatchAnswer = { readonly kind: 'watching'; readonly on: boolean } | Trouble;
export type RingAnswer = { readonly kind: 'answered'; readonly result: RingResult } | Trouble;
