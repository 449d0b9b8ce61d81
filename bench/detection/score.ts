import type { Finding } from '../../src/detection/types.js';
import type { Interval } from './clips.js';

/** What a detector raised, in seconds. */
export interface Raised extends Interval {
  readonly detectedAt: number;
}

/** The events of a run. */
export const raisedBy = (findings: readonly Finding[]): Raised[] =>
  findings.flatMap((f) =>
    f.type === 'event' && f.phase === 'end'
      ? [{ start: f.event.start / 1000, detectedAt: f.event.detectedAt / 1000, end: f.event.end / 1000 }]
      : [],
  );

export interface Tally {
  found: number;
  missed: number;
  falseAlarms: number;
  idleSeconds: number;
  latencies: number[];
}

export const emptyTally = (): Tally => ({ found: 0, missed: 0, falseAlarms: 0, idleSeconds: 0, latencies: [] });

export interface Expected {
  readonly seconds: number;
  readonly events: readonly Interval[];
  readonly ignore: readonly Interval[];
}

const WARM = 3;
const LEAD = 0.5;
const TAIL = 4;
const GAP = 5;
const tenth = (seconds: number): number => Math.round(seconds * 10);

/** Counts as the footage's own score.mjs does: an alarm is right that overlaps an event, its 4 s after, or what is ignored. */
export function tally(expected: Expected, raised: readonly Raised[], into: Tally): void {
  const n = tenth(expected.seconds) + 1;
  const fine = new Uint8Array(n);
  const on = new Uint8Array(n);
  const fill = (a: Uint8Array, from: number, to: number): void => {
    a.fill(1, Math.max(0, tenth(from)), Math.max(0, Math.min(n, tenth(to) + 1)));
  };
  for (const e of expected.events) fill(fine, e.start - LEAD, e.end + TAIL);
  for (const e of expected.ignore) fill(fine, e.start - 0.5, e.end + 0.5);
  fill(fine, 0, WARM);
  for (const e of raised) fill(on, e.detectedAt, Math.max(e.end, e.detectedAt));
  for (const e of expected.events) {
    if (e.start < WARM || e.start > expected.seconds) continue;
    const at = on.subarray(0, Math.min(n, tenth(e.end) + 1)).indexOf(1, Math.max(0, tenth(e.start - LEAD)));
    if (at < 0) into.missed++;
    else {
      into.found++;
      into.latencies.push(Math.max(0, at / 10 - e.start));
    }
  }
  let last = -Infinity;
  for (let i = 0; i < n; i++) {
    if (fine[i] === 1) continue;
    into.idleSeconds += 0.1;
    if (on[i] !== 1) continue;
    if (i / 10 - last > GAP) into.falseAlarms++;
    last = i / 10;
  }
}

export interface Figures {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly median: number;
  readonly p90: number;
  readonly falseAlarms: number;
  readonly falseAlarmsPerHour: number;
  readonly events: number;
}

export function figures(t: Tally): Figures {
  const precision = t.found / Math.max(1, t.found + t.falseAlarms);
  const recall = t.found / Math.max(1, t.found + t.missed);
  const sorted = [...t.latencies].sort((a, b) => a - b);
  const quantile = (p: number): number => sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? 0;
  return {
    precision,
    recall,
    f1: (2 * precision * recall) / Math.max(1e-9, precision + recall),
    median: quantile(0.5),
    p90: quantile(0.9),
    falseAlarms: t.falseAlarms,
    falseAlarmsPerHour: (t.falseAlarms * 3600) / Math.max(1, t.idleSeconds),
    events: t.found + t.missed,
  };
}
