import { roundTrip, type RtcpPacket } from './rtcp.js';

/** What is known of a viewer from what it reports on one stream. */
export interface Viewer {
  /** Hub time of the last authentic word, at first the time at which the session began. */
  readonly heardAt: number;
  /** Share of packets lost, 0 to 1, from its last report. */
  readonly loss: number;
  /** Milliseconds. */
  readonly jitter: number;
  /** Milliseconds; undefined until it has echoed a sender report. */
  readonly roundTrip?: number;
  /** Bits a second that it can take at most, where it says so. */
  readonly maxBitrate?: number;
  /** It has said goodbye. */
  readonly left: boolean;
  /** Hub time at which it was last to be given a keyframe. */
  readonly refreshedAt: number;
}

export const newViewer = (now: number): Viewer => ({
  heardAt: now,
  loss: 0,
  jitter: 0,
  left: false,
  refreshedAt: -Infinity,
});

/** A viewer that asks again within this time is still waiting for the keyframe that it asked for. */
const MIN_REFRESH_MS = 300;

/** HomeKit reports about once a second; a viewer that is silent for so long is gone. */
export const SILENCE_MS = 30_000;

export interface StreamHeard {
  /** SSRC and clock, in hertz, of the stream that the viewer watches. */
  readonly ssrc: number;
  readonly clockRate: number;
  readonly now: number;
  readonly wallclock: number;
}

/** The viewer after it was heard, and whether it is to be given a keyframe now. */
export function hear(
  viewer: Viewer,
  packets: readonly RtcpPacket[],
  { ssrc, clockRate, now, wallclock }: StreamHeard,
): { readonly viewer: Viewer; readonly refresh: boolean } {
  let next: Viewer = { ...viewer, heardAt: now };
  let asked = false;
  for (const packet of packets) {
    switch (packet.type) {
      case 'receiver-report':
      case 'sender-report':
        for (const report of packet.reports) {
          if (report.ssrc !== ssrc) continue;
          const trip = roundTrip(report, wallclock);
          next = {
            ...next,
            loss: report.fractionLost,
            jitter: (report.jitter / clockRate) * 1000,
            ...(trip === undefined ? {} : { roundTrip: trip }),
          };
        }
        break;
      case 'pli':
      case 'fir':
        // Authentic on this stream's own port, it can mean no other: some viewers name another SSRC, or none.
        asked = true;
        break;
      case 'remb':
        if (packet.media.includes(ssrc)) next = { ...next, maxBitrate: packet.bitrate };
        break;
      case 'tmmbr':
        for (const limit of packet.limits) if (limit.media === ssrc) next = { ...next, maxBitrate: limit.bitrate };
        break;
      case 'bye':
        next = { ...next, left: true };
        break;
      case 'nack':
        break;
    }
  }
  const refresh = asked && now - viewer.refreshedAt >= MIN_REFRESH_MS;
  return { viewer: refresh ? { ...next, refreshedAt: now } : next, refresh };
}

/** True when the session is to end for want of a sign of life. */
export const isSilent = (viewer: Viewer, now: number): boolean => now - viewer.heardAt >= SILENCE_MS;
