import { shareOf, zoneMask, type Zone } from '../detection/zones.js';
import type { MaskQuery } from './store.js';

/** Finds the events that would have had a zone; for a mask, those of which nothing much would have been seen. */
export const zoneQuery = (zone: Pick<Zone, 'polygon' | 'purpose' | 'share'>): MaskQuery => ({
  mask: zoneMask(zone.polygon),
  share: shareOf(zone),
  of: zone.purpose === 'notice' ? 'smaller' : 'event',
});
