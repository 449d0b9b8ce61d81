/** Steps of RTP time that differ from those of arrival by more than this are a new beginning, ms. */
const JUMP = 10_000;
/** RTP-Info is believed where it agrees with arrival to this, ms. */
const PLAUSIBLE = 5_000;
/** Corrections below this are the reports' own noise, ms. */
const NOISE = 5;
/** Above this, a later correction wants a second report that agrees to {@link AGREEMENT}, ms. */
const SUDDEN = 200;
const AGREEMENT = 100;

export type TrackKind = 'video' | 'audio';

interface Track {
  readonly rate: number;
  /** Of the last timestamp, counted on over the wraps of its 32 bits. */
  ticks: number;
  timestamp: number;
  /** What to add to the ticks' milliseconds; undefined before the first packet. */
  offset: number | undefined;
  time: number;
  arrival: number;
  /** From RTP-Info. */
  start: number | undefined;
  report: { readonly ticks: number; readonly ntp: number } | undefined;
}

/**
 * Gives the packets of both streams times on one clock, in milliseconds. At first by RTP-Info or arrival; once both
 * streams have sent a report, the sound follows the picture by NTP. It never goes back for that: it is slowed down.
 */
export class CameraClock {
  private readonly tracks: Record<TrackKind, Track>;
  private origin: number | undefined;
  private pending = 0;
  private corrected = false;
  private doubt: number | undefined;

  /** @param rates of the RTP clocks, Hz */
  constructor(
    rates: Readonly<Record<TrackKind, number>>,
    private readonly now: () => number,
  ) {
    this.tracks = { video: newTrack(rates.video), audio: newTrack(rates.audio) };
  }

  /** The RTP timestamp of the moment at which PLAY began, the same moment for both streams: RTP-Info. */
  startsAt(kind: TrackKind, timestamp: number): void {
    this.tracks[kind].start = timestamp;
  }

  /** The time of a packet; `timestamp` of 32 bits. */
  time(kind: TrackKind, timestamp: number): number {
    const track = this.tracks[kind];
    const now = this.now();
    const ticks = track.offset === undefined ? timestamp : unwrap(track, timestamp);
    const milliseconds = (ticks * 1000) / track.rate;
    if (track.offset === undefined) {
      track.offset = this.firstTime(track, timestamp, now) - milliseconds;
    } else if (Math.abs(milliseconds + track.offset - track.time - (now - track.arrival)) > JUMP) {
      track.offset = track.time + (now - track.arrival) - milliseconds;
      track.report = undefined;
    }
    if (kind === 'audio') this.correct(track, milliseconds);
    track.ticks = ticks;
    track.timestamp = timestamp;
    track.arrival = now;
    track.time = milliseconds + track.offset;
    return track.time;
  }

  /**
   * A sender report. It counts once a packet has come.
   * @param compactNtp the middle 32 bits of its NTP time: 16 of seconds, 16 of their fraction
   */
  report(kind: TrackKind, timestamp: number, compactNtp: number): void {
    const track = this.tracks[kind];
    if (track.offset === undefined || compactNtp === 0) return;
    track.report = { ticks: unwrap(track, timestamp), ntp: compactNtp };
    this.align();
  }

  /** The stream begins anew, with other timestamps. */
  restart(kind: TrackKind): void {
    const track = this.tracks[kind];
    track.offset = undefined;
    track.start = undefined;
    track.report = undefined;
  }

  private firstTime(track: Track, timestamp: number, now: number): number {
    if (track.start === undefined) return now;
    const sinceStart = (((timestamp - track.start) | 0) * 1000) / track.rate;
    const origin = this.origin ?? now - sinceStart;
    if (Math.abs(sinceStart) > PLAUSIBLE || Math.abs(origin + sinceStart - now) > PLAUSIBLE) return now;
    this.origin = origin;
    return origin + sinceStart;
  }

  private align(): void {
    const { video, audio } = this.tracks;
    if (!video.report || !audio.report || video.offset === undefined || audio.offset === undefined) return;
    const videoTime = (video.report.ticks * 1000) / video.rate + video.offset;
    const audioTime = (audio.report.ticks * 1000) / audio.rate + audio.offset + this.pending;
    const apart = ((audio.report.ntp - video.report.ntp) | 0) / 65.536;
    const error = videoTime + apart - audioTime;
    if (Math.abs(error) < NOISE) this.doubt = undefined;
    if (Math.abs(error) > JUMP || Math.abs(error) < NOISE) return;
    if (this.corrected && Math.abs(error) > SUDDEN) {
      const agreed = this.doubt !== undefined && Math.abs(error - this.doubt) < AGREEMENT;
      this.doubt = agreed ? undefined : error;
      if (!agreed) return;
    }
    this.pending += this.corrected && Math.abs(error) <= SUDDEN ? error / 4 : error;
    this.corrected = true;
  }

  /** Makes good what the reports have shown: forwards at once, backwards by half of each packet's progress. */
  private correct(track: Track, milliseconds: number): void {
    if (this.pending === 0 || track.offset === undefined) return;
    const progress = Math.max(0, milliseconds + track.offset - track.time);
    const step = Math.max(this.pending, -progress / 2);
    track.offset += step;
    this.pending -= step;
  }
}

const newTrack = (rate: number): Track => ({
  rate,
  ticks: 0,
  timestamp: 0,
  offset: undefined,
  time: 0,
  arrival: 0,
  start: undefined,
  report: undefined,
});

const unwrap = (track: Track, timestamp: number): number => track.ticks + ((timestamp - track.timestamp) | 0);
