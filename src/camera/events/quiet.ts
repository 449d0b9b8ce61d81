import type { QuietHours } from '../../detection/weigh.js';
import type { QuietHours as QuietSettings } from '../../settings/settings.js';

/** Minutes since midnight of a time as the settings have it, "00:00" to "23:59". */
export const minuteOfDay = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

export const quietHours = (settings: readonly QuietSettings[]): QuietHours[] =>
  settings.map(({ from, to }) => ({ from: minuteOfDay(from), to: minuteOfDay(to) }));
