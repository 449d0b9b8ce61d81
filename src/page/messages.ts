import type { Fault, Past, RingResult, SeenPicture, Status } from '../control/messages.js';

/** What goes between the settings page in a browser and its server, a process that Homebridge's UI starts for it. */

/**
 * `/watch` {on}: while it is on, a {@link Report} comes as an event `report` every few seconds. `/ring` {camera}.
 * `/zones` {camera, among}: what it takes to draw a camera's zones. `/past` {camera, polygon, purpose, share?}: what a zone
 * would have had of what is kept. `/judge` {camera, among, zones}: whether such zones can be set. `among` are the cameras
 * in the settings by their `id` and `name`, in their order.
 */
export type PageRequest = '/watch' | '/ring' | '/zones' | '/past' | '/judge';
export type PageEvent = 'report';

/** The hub could not be asked (client.ts says how), or did not do it. `message` is in words for whoever uses the command line. */
export interface Trouble {
  readonly kind: 'trouble';
  readonly fault: 'not-running' | 'forbidden' | 'lost' | 'strange' | Fault;
  readonly message: string;
}

/** What of a zone cannot be set; the field is '' where it is the zone as a whole. */
export interface ZoneFault {
  /** Its place in the list. */
  readonly zone: number;
  readonly field: string;
  readonly expected: string;
}

export type Report = { readonly kind: 'running'; readonly status: Status } | Trouble;
export type WatchAnswer = { readonly kind: 'watching'; readonly on: boolean } | Trouble;
export type RingAnswer = { readonly kind: 'answered'; readonly result: RingResult } | Trouble;
/** `place`: the camera's in the settings; null where it is not in them. Zones can be drawn without a picture, too. */
export type ZonesAnswer =
  { readonly kind: 'zones'; readonly place: number | null; readonly picture: SeenPicture | Trouble } | Trouble;
export type PastAnswer = { readonly kind: 'past'; readonly past: Past } | Trouble;
export type JudgeAnswer =
  { readonly kind: 'judged'; readonly place: number | null; readonly faults: readonly ZoneFault[] } | Trouble;
