import type { Detector } from '../../src/detection/detector.js';
import type { Finding, GrayFrame } from '../../src/detection/types.js';
import type { Packet } from './clips.js';

export interface Played {
  readonly findings: readonly Finding[];
  readonly keyframes: number;
  readonly framesLookedAt: number;
  /** Seconds. */
  readonly windows: number;
}

/**
 * Plays a recording to a detector as a hub would live it: packets as they come, keyframes as they are decoded, and the
 * frames of a window, from the past on, as soon as it is asked for.
 */
export function play(
  detector: Detector,
  frames: readonly GrayFrame[],
  packets: readonly Packet[],
  always: boolean,
): Played {
  const findings: Finding[] = [];
  let [keyframes, looked, windows, next, fed] = [0, 0, 0, 0, 0];
  let window: { from: number; until: number } | undefined;
  const hear = (heard: readonly Finding[]): void => {
    for (const finding of heard) {
      findings.push(finding);
      if (finding.type !== 'look') continue;
      if (window === undefined) fed = frames.findIndex((frame) => frame.time >= finding.from);
      window = { from: finding.from, until: finding.until };
    }
  };
  const feed = (now: number): void => {
    while (window !== undefined && fed >= 0 && fed < frames.length) {
      const frame = frames[fed] ?? missing();
      if (frame.time > now) return;
      if (frame.time > window.until) {
        windows += (window.until - window.from) / 1000;
        window = undefined;
        return;
      }
      fed++;
      looked++;
      hear(detector.push(frame));
    }
  };
  for (const frame of frames) {
    if (always) {
      looked++;
      hear(detector.push(frame));
      continue;
    }
    for (; next < packets.length && (packets[next] ?? missing()).time <= frame.time; next++) {
      const packet = packets[next] ?? missing();
      hear(detector.packet(packet.time, packet.bytes, packet.keyframe));
    }
    feed(frame.time);
    if (!frame.keyframe || window !== undefined) continue;
    keyframes++;
    hear(detector.push(frame));
    feed(frame.time);
  }
  if (window !== undefined) windows += ((frames.at(-1)?.time ?? 0) - window.from) / 1000;
  hear(detector.finish());
  return { findings, keyframes, framesLookedAt: looked, windows };
}

/** The loops' bounds keep this from being called. */
function missing(): never {
  throw new RangeError('beyond the end');
}
