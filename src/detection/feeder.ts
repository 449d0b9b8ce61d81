import { codedFormat, codedPicture, type CodedPicture } from '../media/ffmpeg/coded-picture.js';
import type { VideoFormat, VideoPacket } from '../media/packet.js';
import type { Portion } from './messages.js';
import type { WatchMode } from './mode.js';
import type { Finding } from './types.js';

/** A keyframe and what depends on it, as a ring keeps them. */
export interface FeederGop {
  readonly start: number;
  readonly formats: { readonly video: VideoFormat };
  readonly packets: readonly (VideoPacket | { readonly kind: 'audio' })[];
}

export interface FeederOptions {
  readonly mode: WatchMode;
  /** What is in memory, oldest first. */
  readonly memory: () => readonly FeederGop[];
}

/** An event that has lasted as long, ms, is looked at for a part of each GOP only, … */
const WELL_KNOWN = 4_000;
/** … with pauses of at most this, ms: tracks are found again, and its end is known to that. */
const LONGEST_REST = 1_200;
const LEAST_PULSE = 400;

/**
 * What of a stream the analysis is given. *always*: everything. *keyframes*: keyframes, the sizes of the rest, and while a
 * window is open everything, from the past on.
 */
export class Feeder {
  private mode: WatchMode;
  private format: VideoFormat | undefined;
  private decodable = true;
  private until = -Infinity;
  /** Nothing has been left out since the last keyframe. */
  private whole = false;
  /** In an open window the rest of a GOP is left out: what goes on is known well enough. */
  private resting = false;
  private eventFrom: number | undefined;
  private gop = { start: -Infinity, length: 0 };
  /** Pictures that were fed one after the other, without one left out, from a keyframe on. */
  private run: { readonly start: number; last: VideoPacket } | undefined;

  constructor(private readonly options: FeederOptions) {
    this.mode = options.mode;
  }

  watchBy(mode: WatchMode): void {
    this.mode = mode;
  }

  /** Whoever was fed has lost everything: the stream is described anew. */
  forget(): void {
    this.format = undefined;
    this.whole = this.resting = false;
    this.run = undefined;
    this.until = -Infinity;
  }

  interrupted(): Portion[] {
    this.whole = this.resting = false;
    this.run = undefined;
    this.until = -Infinity;
    return [{ type: 'interrupted' }];
  }

  /** @param from when the event that goes on began; undefined when none does */
  event(from: number | undefined): void {
    this.eventFrom = from;
  }

  /** @param format in force at this packet */
  packet(packet: VideoPacket, format: VideoFormat): Portion[] {
    const portions = this.described(format);
    const always = this.mode === 'always';
    const { time, bytes, keyframe } = packet;
    if (!always) portions.push({ type: 'sizes', packets: [{ time, bytes, keyframe }] });
    if (keyframe) this.gop = { start: time, length: time - this.gop.start };
    const wanted = always || time <= this.until;
    const inWindow = wanted && (this.whole || this.resting);
    this.resting = !always && inWindow && !keyframe && (this.resting || this.mayRest(time));
    const goesOn = this.whole && this.run !== undefined;
    this.whole = wanted && (keyframe || this.whole) && !this.resting;
    if (keyframe || this.whole) portions.push(...this.coded([packet], format, false));
    if (keyframe && !goesOn) this.run = { start: time, last: packet };
    else if ((keyframe || this.whole) && this.run !== undefined) this.run.last = packet;
    return portions;
  }

  /** A window is open from `from` to `until`. */
  look(from: number, until: number): Portion[] {
    const open = this.whole || this.resting;
    this.until = Math.max(this.until, until);
    if (open || this.mode === 'always') return [];
    const gops = this.options.memory();
    const first = Math.max(
      0,
      gops.findLastIndex((gop) => gop.start <= from),
    );
    const wanted = gops.slice(first).map((gop) => ({
      format: gop.formats.video,
      packets: gop.packets.filter((packet) => packet.kind === 'video'),
    }));
    const had = this.alreadyFed(gops[first]?.start, wanted);
    let jump = had === 0;
    let skipped = 0;
    const portions: Portion[] = [];
    for (const { format, packets } of wanted) {
      const rest = packets.slice(Math.max(0, had - skipped));
      skipped += packets.length;
      if (rest.length === 0) continue;
      portions.push(...this.described(format), ...this.coded(rest, format, jump));
      jump = false;
    }
    const last = wanted.at(-1)?.packets.at(-1);
    if (last !== undefined)
      this.run = { start: (had > 0 ? this.run?.start : undefined) ?? gops[first]?.start ?? 0, last };
    this.whole = gops.length > 0;
    this.resting = false;
    return portions;
  }

  /** How many of these pictures were fed already, one after the other from the first on: the rest follows upon them. */
  private alreadyFed(
    start: number | undefined,
    wanted: readonly { readonly packets: readonly VideoPacket[] }[],
  ): number {
    const { run } = this;
    // A keyframe that was fed alone is looked at again, as the first of its window; not so the one behind the last window.
    if (run === undefined || start === undefined || run.start > start || run.last.time === run.start) return 0;
    return wanted.flatMap(({ packets }) => packets).indexOf(run.last) + 1;
  }

  private mayRest(time: number): boolean {
    if (this.eventFrom === undefined || time - this.eventFrom < WELL_KNOWN) return false;
    return time - this.gop.start > Math.max(LEAST_PULSE, this.gop.length - LONGEST_REST);
  }

  private described(format: VideoFormat): Portion[] {
    if (format === this.format) return [];
    this.format = format;
    this.whole = this.resting = false;
    this.run = undefined;
    const coded = codedFormat(format);
    this.decodable = coded !== undefined;
    return [coded === undefined ? { type: 'undecodable', codec: format.codec } : { type: 'format', format: coded }];
  }

  private coded(packets: readonly VideoPacket[], format: VideoFormat, jump: boolean): Portion[] {
    if (!this.decodable) return [];
    const pictures = packets
      .map((packet) => codedPicture(format, packet))
      .filter((picture): picture is CodedPicture => picture !== undefined);
    return pictures.length === 0 ? [] : [{ type: 'coded', jump, pictures }];
  }
}

/** For {@link Feeder.event}. */
export const goingOn = ({ phase, event }: Extract<Finding, { type: 'event' }>): number | undefined =>
  phase === 'end' ? undefined : event.start;

/** Joins what can be taken at once. */
export function joined(portions: readonly Portion[]): Portion[] {
  const all: Portion[] = [];
  for (const portion of portions) {
    const last = all.at(-1);
    if (portion.type === 'sizes' && last?.type === 'sizes')
      all[all.length - 1] = { type: 'sizes', packets: [...last.packets, ...portion.packets] };
    else if (portion.type === 'coded' && last?.type === 'coded' && !portion.jump)
      all[all.length - 1] = { ...last, pictures: [...last.pictures, ...portion.pictures] };
    else all.push(portion);
  }
  return all;
}
