import type { AccessUnit } from './access-units.js';
import { decodeOpus, decodeVideo } from './decode.js';
import { median } from './figures.js';
import { opusSamples } from './ogg.js';
import type { RtpArrival, RtpReceiver, SenderReport } from './rtp-receiver.js';
import type { Viewer } from './viewer.js';

const VIDEO_CLOCK = 90_000;

/** kbit/s of RTP payload in each whole second since `since`. */
export function bitrates({ packets }: RtpReceiver, since = packets[0]?.at ?? 0): number[] {
  const seconds = new Map<number, number>();
  for (const { at, payload } of packets) {
    const second = Math.floor((at - since) / 1000);
    seconds.set(second, (seconds.get(second) ?? 0) + (payload.length * 8) / 1000);
  }
  const whole = Math.floor(((packets.at(-1)?.at ?? since) - since) / 1000);
  return Array.from({ length: Math.max(0, whole) }, (_, second) => seconds.get(second) ?? 0);
}

/** kbit of RTP payload for each picture that came since `since`. */
export function kbitPerPicture({ video, pictures }: Viewer, since: number): number {
  const kbit = video.packets.reduce((sum, { at, payload }) => sum + (at < since ? 0 : (payload.length * 8) / 1000), 0);
  return kbit / pictures.filter(({ at }) => at >= since).length;
}

/** Seconds from the first picture to the last, by their own times. */
export const secondsOf = (pictures: readonly AccessUnit[]): number =>
  ((pictures.at(-1)?.timestamp ?? 0) - (pictures[0]?.timestamp ?? 0)) / VIDEO_CLOCK;

/** The pictures behind those from memory, which are a millisecond apart. */
export const livePictures = ({ pictures }: Viewer): AccessUnit[] =>
  pictures.filter(({ timestamp }) => timestamp - (pictures[0]?.timestamp ?? timestamp) > VIDEO_CLOCK);

/** Milliseconds between neighbouring sender reports. */
export const reportIntervals = ({ reports }: RtpReceiver): number[] =>
  reports.slice(1).map(({ at }, index) => at - (reports[index]?.at ?? at));

export const largestPayload = ({ packets }: RtpReceiver): number =>
  packets.reduce((largest, { payload }) => Math.max(largest, payload.length), 0);

/** Ticks of the RTP clock by which one packet is later than the one before it, for each neighbouring pair. */
export const timestampSteps = ({ packets }: RtpReceiver): number[] =>
  packets.slice(1).flatMap((packet, index) => {
    const before = packets[index];
    return before !== undefined && packet.sequence === before.sequence + 1 ? [packet.timestamp - before.timestamp] : [];
  });

/** The audio's RTP ticks a second, by the samples that its packets hold. */
export function audioClock({ audio }: Viewer): number {
  const first = audio.packets[0];
  const last = audio.packets.at(-1);
  if (first === undefined || last === undefined || first === last) return Number.NaN;
  const samples = audio.packets.slice(0, -1).reduce((sum, { payload }) => sum + opusSamples(payload), 0);
  return ((last.timestamp - first.timestamp) / samples) * 48_000;
}

/** Where flash and beep of the test scene lie to one another: positive when the sound is late. */
export interface Offset {
  /** Milliseconds between them on the sender's clock, as a player that obeys the sender reports would play them. */
  readonly played: readonly number[];
  /** Milliseconds between their arrivals. */
  readonly arrived: readonly number[];
}

interface Moment {
  /** On the sender's wall clock, and on the receiver's. */
  readonly ntp: number;
  readonly at: number;
}

/** A view begins with pictures from memory, a millisecond apart: only what comes after them has its own time, ms. */
const BACKLOG = 1500;
/** Flashes and beeps are a second apart. */
const PAIRED_WITHIN = 450;

export async function offset(viewer: Viewer): Promise<Offset> {
  const [all, beeps] = await Promise.all([flashMoments(viewer), beepMoments(viewer)]);
  const live = (viewer.pictures[0]?.at ?? 0) + BACKLOG;
  const flashes = all.filter(({ at }) => at > live);
  const pairs = flashes.flatMap((flash) => {
    const beep = beeps.find(({ ntp }) => Math.abs(ntp - flash.ntp) < PAIRED_WITHIN);
    return beep === undefined ? [] : [{ flash, beep }];
  });
  return {
    played: pairs.map(({ flash, beep }) => beep.ntp - flash.ntp),
    arrived: pairs.map(({ flash, beep }) => beep.at - flash.at),
  };
}

/** The scene's lower right quarter turns white; the first frame after a dark one that is bright begins a flash. */
async function flashMoments({ pictures, video }: Viewer): Promise<Moment[]> {
  const whole = fromKeyframe(pictures);
  const { frames } = await decodeVideo(whole, 'crop=iw/4:ih/4:iw*5/8:ih*5/8,');
  if (frames.length !== whole.length) throw new Error(`${whole.length} pictures decoded to ${frames.length} frames`);
  return whole.flatMap((picture, index) => {
    const before = frames[index - 1]?.luma ?? 255;
    const begins = before < 128 && (frames[index]?.luma ?? 0) >= 128;
    return begins ? [{ ntp: wallClock(video.reports, picture.timestamp, VIDEO_CLOCK), at: picture.at }] : [];
  });
}

export const fromKeyframe = (pictures: readonly AccessUnit[]): readonly AccessUnit[] =>
  pictures.slice(
    Math.max(
      0,
      pictures.findIndex(({ keyframe }) => keyframe),
    ),
  );

const SOUND_RATE = 48_000;
/** The beep is half of full scale; libopus leaves nothing like it in between. */
const LOUD = 0.1;
const QUIET_BEFORE = 0.3 * SOUND_RATE;

async function beepMoments(viewer: Viewer): Promise<Moment[]> {
  const { packets, reports } = viewer.audio;
  const { samples } = await decodeOpus(
    packets.map(({ payload }) => payload),
    SOUND_RATE,
  );
  const clock = audioClock(viewer);
  const starts = packetStarts(packets);
  const moments: Moment[] = [];
  let lastLoud = 0;
  for (const [index, sample] of samples.entries()) {
    if (Math.abs(sample) < LOUD) continue;
    if (index - lastLoud > QUIET_BEFORE) {
      const of = starts.findLastIndex((start) => start <= index);
      const packet = packets[of];
      if (packet !== undefined) {
        const within = ((index - (starts[of] ?? 0)) / SOUND_RATE) * clock;
        moments.push({ ntp: wallClock(reports, packet.timestamp + within, clock), at: packet.at });
      }
    }
    lastLoud = index;
  }
  return moments;
}

/** The first sample of each packet. */
function packetStarts(packets: readonly RtpArrival[]): number[] {
  let start = 0;
  return packets.map(({ payload }) => {
    const own = start;
    start += opusSamples(payload);
    return own;
  });
}

/** The sender's wall clock at an RTP timestamp, by the sender report that is nearest to it. */
function wallClock(reports: readonly SenderReport[], timestamp: number, clock: number): number {
  const nearest = reports.reduce<SenderReport | undefined>(
    (best, report) =>
      best === undefined || Math.abs(report.timestamp - timestamp) < Math.abs(best.timestamp - timestamp)
        ? report
        : best,
    undefined,
  );
  if (nearest === undefined) return Number.NaN;
  return nearest.ntp + ((timestamp - nearest.timestamp) / clock) * 1000;
}

/** The median offset, or NaN where nothing could be paired. */
export const medianOffset = (offsets: readonly number[]): number => median(offsets);
