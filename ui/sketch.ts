import { type Point, type Polygon, rectangle } from './polygon.js';
import { newName, type Zone } from './zone.js';

/** What is drawn, and which zone of it is at hand. */
export interface Sketch {
  readonly zones: readonly Zone[];
  /** Its key. */
  readonly chosen: number | undefined;
}

/** What was drawn before, and what was taken back. */
export interface History {
  readonly past: readonly Sketch[];
  readonly now: Sketch;
  readonly future: readonly Sketch[];
  /** Steps of one gesture are taken back at once: it is one as long as this stays the same. */
  readonly gesture: string | undefined;
}

export const begun = (zones: readonly Zone[]): History => ({
  past: [],
  now: { zones, chosen: zones[0]?.key },
  future: [],
  gesture: undefined,
});

/** @param gesture goes on with the one before where that has the same name; undefined: by itself */
export function did({ past, now, gesture: before }: History, next: Sketch, gesture?: string): History {
  const goesOn = gesture !== undefined && gesture === before;
  return { past: goesOn ? past : [...past, now], now: next, future: [], gesture };
}

/** The next step is another gesture. */
export const ended = (history: History): History => ({ ...history, gesture: undefined });

/** Choosing is no step. */
export const chosen = (history: History, key: number | undefined): History => ({
  ...history,
  now: { ...history.now, chosen: key },
  gesture: undefined,
});

export function undone(history: History): History {
  const { past, now, future } = history;
  const before = past.at(-1);
  if (before === undefined) return history;
  return { past: past.slice(0, -1), now: before, future: [now, ...future], gesture: undefined };
}

export function redone(history: History): History {
  const { past, now, future } = history;
  const [next, ...later] = future;
  if (next === undefined) return history;
  return { past: [...past, now], now: next, future: later, gesture: undefined };
}

export const chosenZone = ({ zones, chosen: key }: Sketch): Zone | undefined => zones.find((zone) => zone.key === key);

const QUARTER: Point = [0.25, 0.25];
const REST: Point = [0.75, 0.75];

/** As the settings take them. */
export const MOST_ZONES = 64;

/** A new one, which is at hand then; where there are as many as there may be, all stays as it is. */
export function withZone(sketch: Sketch, polygon: Polygon = rectangle(QUARTER, REST)): Sketch {
  const { zones } = sketch;
  if (zones.length >= MOST_ZONES) return sketch;
  const key = Math.max(-1, ...zones.map((zone) => zone.key)) + 1;
  const zone: Zone = {
    key,
    name: newName(zones),
    polygon,
    purpose: 'notice',
    sensor: 'none',
    share: undefined,
    raw: {},
  };
  return { zones: [...zones, zone], chosen: key };
}

/** The next to it is at hand then. */
export function withoutZone({ zones }: Sketch, key: number): Sketch {
  const place = zones.findIndex((zone) => zone.key === key);
  const left = zones.filter((zone) => zone.key !== key);
  return { zones: left, chosen: (left[place] ?? left.at(-1))?.key };
}

/** It is at hand then. */
export const withChange = ({ zones }: Sketch, key: number, change: Partial<Omit<Zone, 'key' | 'raw'>>): Sketch => ({
  zones: zones.map((zone) => (zone.key === key ? { ...zone, ...change } : zone)),
  chosen: key,
});
