/** How moments, milliseconds since the epoch, are told: by the clock, with the day where that is not today. */
export interface Times {
  /** `14:03` */
  readonly minute: (time: number) => string;
  /** `14:03:21` */
  readonly second: (time: number) => string;
}

/**
 * @param now milliseconds since the epoch
 * @param locale default: the browser's
 * @param timeZone default: the browser's
 */
export function timesOf(now: () => number, locale?: string, timeZone?: string): Times {
  const zone = timeZone === undefined ? {} : { timeZone };
  const format = (options: Intl.DateTimeFormatOptions): ((time: number) => string) => {
    const formatter = new Intl.DateTimeFormat(locale, { ...options, ...zone });
    return (time) => formatter.format(time);
  };
  const day = format({ dateStyle: 'medium' });
  const withDay =
    (clock: (time: number) => string) =>
    (time: number): string => {
      // A time that no calendar has is none of ours.
      if (!(Math.abs(time) <= 8.64e15)) return '?';
      return day(time) === day(now()) ? clock(time) : `${day(time)}, ${clock(time)}`;
    };
  return {
    minute: withDay(format({ hour: '2-digit', minute: '2-digit' })),
    second: withDay(format({ hour: '2-digit', minute: '2-digit', second: '2-digit' })),
  };
}
