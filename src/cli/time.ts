import { UsageError } from './command.js';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };
const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?$/;

/**
 * `90m`, `12h`, `3d` and `2w` ago, `today`, `yesterday`, `2026-03-01` or `2026-03-01 18:30` in local time, or an ISO
 * time with its zone.
 * @returns milliseconds since the epoch
 * @throws {UsageError}
 */
export function parseTime(option: string, text: string, now: number): number {
  const [, amount, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  if (amount !== undefined) return now - Number(amount) * (UNITS[unit] ?? 0);
  if (text === 'today') return midnight(now, 0);
  if (text === 'yesterday') return midnight(now, -1);
  const date = DATE.exec(text);
  const time = date === null ? withZone(text) : local(date.slice(1).map((part) => Number(part)));
  if (Number.isFinite(time)) return time;
  throw new UsageError(`${option} is a time like 12h, 3d, yesterday, 2026-03-01 or "2026-03-01 18:30"; not “${text}”.`);
}

function midnight(now: number, days: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}

/** Not a number for the 30th of February. */
function local(parts: readonly number[]): number {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map((part) => part || 0);
  const date = new Date(year, month - 1, day, hour, minute, second);
  const sound = date.getMonth() === month - 1 && date.getDate() === day && hour < 24 && minute < 60 && second < 60;
  return sound ? date.getTime() : Number.NaN;
}

const withZone = (text: string): number =>
  /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;

/** For example `2026-03-01 18:30:05`, in local time. */
export function localTime(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '?';
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** For example `18:30:05`, in local time. */
export const localClock = (time: number): string => localTime(time).slice(-8);

/** ISO 8601 with its zone; a time that is none is the epoch's beginning. */
export function isoTime(time: number): string {
  const date = new Date(time);
  return (Number.isNaN(date.getTime()) ? new Date(0) : date).toISOString();
}
