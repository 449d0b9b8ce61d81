import type { Appraisal } from '../../camera/events/appraiser.js';
import type { DetectedEvent, NonEvent } from '../../detection/types.js';
import type { Played } from './play.js';

/** Seconds to the millisecond. */
const seconds = (milliseconds: number): number => Math.round(milliseconds) / 1000;
const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

/** One line of JSON for an event; times are seconds of the recording, `end` is the last motion. */
export function eventLine(clip: string, event: DetectedEvent, { importance, heldBack }: Appraisal): string {
  return JSON.stringify({
    type: 'event',
    clip,
    id: event.id,
    start: seconds(event.start),
    detectedAt: seconds(event.detectedAt),
    end: seconds(event.end),
    category: event.category,
    confidence: rounded(event.confidence),
    box: event.box.map(rounded),
    zones: event.zones,
    importance: Math.round(importance.total),
    factors: Object.fromEntries(Object.entries(importance.factors).map(([name, points]) => [name, rounded(points)])),
    heldBack: heldBack ?? null,
    continues: event.continues ?? null,
  });
}

export const nonEventLine = (clip: string, { at, reason }: NonEvent): string =>
  JSON.stringify({ type: 'non-event', clip, at: seconds(at), reason });

/** What a replay cost. */
export interface Cost {
  /** CPU seconds of Lookout itself and, where the system tells, of the programs that it started. */
  readonly cpuSeconds: number;
  /** The part of it that is Lookout's own. */
  readonly ownCpuSeconds: number;
}

export const summaryLine = (
  clip: string,
  { videoSeconds, keyframes, framesDecoded, framesLooked, windowSeconds, mode, why }: Played,
  { cpuSeconds, ownCpuSeconds }: Cost,
): string =>
  JSON.stringify({
    type: 'summary',
    clip,
    videoSeconds: rounded(videoSeconds),
    cpuSeconds: rounded(cpuSeconds),
    ownCpuSeconds: rounded(ownCpuSeconds),
    keyframes,
    framesDecoded,
    framesLooked,
    windowSeconds: rounded(windowSeconds),
    mode,
    why,
  });

/** The same for people: a line of JSON as a sentence. */
export function sentenceOf(line: string): string {
  const said = JSON.parse(line) as Said;
  const at = (seconds: number): string => seconds.toFixed(1).padStart(7);
  switch (said.type) {
    case 'event':
      return (
        `${at(said.start)} s to ${at(said.end)} s  ${said.category}, importance ${said.importance}, ` +
        `raised at ${said.detectedAt.toFixed(1)} s` +
        (said.zones.length === 0 ? '' : ` in ${said.zones.join(', ')}`) +
        (said.heldBack === null ? '' : `, held back: ${said.heldBack}`)
      );
    case 'non-event':
      return `${at(said.at)} s               no event: ${said.reason}`;
    case 'summary':
      return (
        `${said.clip}: ${said.videoSeconds.toFixed(1)} s of video for ${said.cpuSeconds} s of CPU, ` +
        `${said.framesLooked} pictures looked at. ${said.why}`
      );
  }
}

type Said =
  | {
      readonly type: 'event';
      readonly start: number;
      readonly end: number;
      readonly detectedAt: number;
      readonly category: string;
      readonly importance: number;
      readonly zones: readonly string[];
      readonly heldBack: string | null;
    }
  | { readonly type: 'non-event'; readonly at: number; readonly reason: string }
  | {
      readonly type: 'summary';
      readonly clip: string;
      readonly videoSeconds: number;
      readonly cpuSeconds: number;
      readonly framesLooked: number;
      readonly why: string;
    };
