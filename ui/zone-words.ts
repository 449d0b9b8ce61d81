import type { Past, SeenPicture } from '../src/control/messages.js';
import type { ZoneFault } from '../src/page/messages.js';
import type { Said } from './said.js';
import type { Purpose, Zone } from './zone.js';

export const PURPOSE_WORDS: Readonly<Record<Purpose, string>> = {
  notice: 'Notice: worth telling',
  ignore: 'Ignore: kept, nobody is alerted',
  mask: 'Mask: never looked at, black in pictures',
};

export const SENSOR_WORDS = { none: 'No sensor of its own', motion: 'Motion', occupancy: 'Occupancy' } as const;

/** Why there is no picture to draw on; undefined where there is one. */
export function sayNoPicture({ jpeg, state }: SeenPicture): Said | undefined {
  if (jpeg !== null) return undefined;
  const why =
    state.kind === 'off'
      ? 'The camera is off'
      : state.kind === 'online'
        ? 'There is no picture yet'
        : 'The camera is not connected';
  return { tone: 'warning', text: `${why}: the zones are drawn on gray.` };
}

export function sayPast({ events, of }: Past, purpose: Purpose): string {
  if (of === 0) return 'Of this camera no events are kept yet.';
  const all = of === 1 ? 'the one event that is kept' : `${of} events that are kept`;
  if (purpose === 'mask') return `Of ${all}, ${events} lay in it: nothing like them would be seen any more.`;
  if (purpose === 'ignore') return `Of ${all}, ${events} lay in it: nobody would have been alerted of them.`;
  return `Of ${all}, ${events} would have had it.`;
}

const FIELDS: Readonly<Record<string, string>> = {
  name: 'The name',
  polygon: 'The corners',
  purpose: 'The purpose',
  share: 'The share',
  sensor: 'The sensor',
  categories: 'The categories',
};

/** A sentence for each fault, with the zone that it is about. */
export const sayFault = ({ zone, field, expected }: ZoneFault, zones: readonly Pick<Zone, 'name'>[]): string => {
  const name = zones[zone]?.name.trim() ?? '';
  const named = name === '' ? `Zone number ${zone + 1}` : `“${name}”`;
  return `${named}: ${Object.hasOwn(FIELDS, field) ? (FIELDS[field] ?? field) : 'it'} should be ${expected}.`;
};

export const NO_CAMERA: Said = {
  tone: 'bad',
  text: 'The settings have no such camera any more: its name or id was changed. Cancel, save them, and restart Homebridge first.',
};
