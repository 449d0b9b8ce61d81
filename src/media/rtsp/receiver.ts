import type { AudioFormat } from '../packet.js';
import { parseRtcp } from '../rtp/rtcp.js';
import { isRtcp, parseRtp, type RtpPacket } from '../rtp/rtp.js';
import type { SourceSink } from '../source.js';
import { AccessUnits, type AccessUnit } from './access-units.js';
import type { AudioDepacketiser } from './audio-units.js';
import { CameraClock, type TrackKind } from './camera-clock.js';
import { H264Depacketiser } from './h264-units.js';
import { HevcDepacketiser } from './hevc-units.js';
import type { NalDepacketiser } from './nal-depacketiser.js';
import { ParameterSets } from '../h26x/parameter-sets.js';
import type { AudioPlan, Plan, VideoPlan } from './plan.js';
import { SequenceCheck } from './sequence.js';

interface Track {
  readonly plan: VideoPlan | AudioPlan;
  readonly sequence: SequenceCheck;
  readonly packet: (packet: RtpPacket, lost: boolean) => void;
  ssrc: number | undefined;
}

interface Channel {
  readonly track: Track;
  /** RTCP. */
  readonly control: boolean;
}

/** From interleaved frames of RTP and RTCP to packets: what a playing session does. Owns nothing, throws nothing. */
export class Receiver {
  /** The camera has said goodbye to its video (RTCP BYE). */
  ended = false;
  private readonly channels = new Map<number, Channel>();
  private readonly tracks: readonly Track[];
  private readonly clock: CameraClock;
  private readonly sets: ParameterSets;
  private readonly audioFormat: AudioFormat | undefined;
  private announced = false;

  constructor(
    plan: Plan,
    private readonly sink: SourceSink,
    now: () => number,
  ) {
    const { video, audio } = plan;
    this.clock = new CameraClock({ video: video.payload.clockRate, audio: audio?.payload.clockRate ?? 1 }, now);
    this.sets = new ParameterSets(video.codec, video.parameterSets);
    this.audioFormat = audio?.format;
    this.tracks = [this.videoTrack(video), ...(audio ? [this.audioTrack(audio, audio.depacketiser())] : [])];
  }

  /** Where the server said that a stream would come. */
  bind(kind: TrackKind, [rtp, rtcp]: readonly [number, number]): void {
    const track = this.tracks.find(({ plan }) => plan.kind === kind);
    if (!track) return;
    this.channels.set(rtp, { track, control: false });
    this.channels.set(rtcp, { track, control: true });
  }

  startsAt(kind: TrackKind, timestamp: number): void {
    this.clock.startsAt(kind, timestamp);
  }

  /** Tells the formats, if they are known before any packet. */
  announce(): void {
    const video = this.sets.format;
    if (!video) return;
    this.announced = true;
    this.sink.formats({ video, audio: this.audioFormat });
  }

  frame(channel: number, payload: Buffer): void {
    if (isRtcp(payload)) {
      this.control(this.channels.get(channel)?.track, payload);
      return;
    }
    const packet = parseRtp(payload);
    if (!packet) return;
    const track = this.trackOf(channel, packet);
    if (!track) return;
    const anew = track.ssrc !== undefined && track.ssrc !== packet.ssrc;
    if (anew) {
      track.sequence.restart();
      this.clock.restart(track.plan.kind);
    }
    track.ssrc = packet.ssrc;
    const order = track.sequence.check(packet.sequenceNumber);
    if (order !== 'old') track.packet(packet, anew || order === 'gap');
  }

  /** Some servers send on other channels than those that they agreed to. */
  private trackOf(channel: number, { payloadType }: RtpPacket): Track | undefined {
    const bound = this.channels.get(channel);
    const track =
      bound && !bound.control ? bound.track : this.tracks.find(({ plan }) => plan.payload.type === payloadType);
    const others = track?.plan.media.payloads.slice(1) ?? [];
    return others.some(({ type }) => type === payloadType) ? undefined : track;
  }

  private control(bound: Track | undefined, payload: Buffer): void {
    for (const report of parseRtcp(payload)) {
      const from = (ssrc: number): Track | undefined => this.tracks.find((track) => track.ssrc === ssrc) ?? bound;
      if (report.type === 'sender-report') {
        const track = from(report.sender);
        if (track) this.clock.report(track.plan.kind, report.rtpTimestamp, report.compactNtp);
      } else if (report.type === 'bye') {
        const video = this.tracks[0]?.ssrc;
        if (video !== undefined && report.sources.includes(video)) this.ended = true;
      }
    }
  }

  private videoTrack(plan: VideoPlan): Track {
    const depacketiser: NalDepacketiser = plan.codec === 'h264' ? new H264Depacketiser() : new HevcDepacketiser();
    const pictures = new AccessUnits(plan.codec, (unit) => {
      this.picture(unit);
    });
    let last = -1;
    return {
      plan,
      sequence: new SequenceCheck(),
      ssrc: undefined,
      packet: ({ payload, timestamp, marker }, lost) => {
        if (lost) {
          depacketiser.reset();
          pictures.lost();
        }
        if (timestamp !== last) pictures.add(depacketiser.flush(), last, false);
        last = timestamp;
        const units = depacketiser.push(payload);
        if (units) {
          pictures.add(units, timestamp, marker);
          return;
        }
        depacketiser.reset();
        pictures.lost();
      },
    };
  }

  private audioTrack(plan: AudioPlan, depacketiser: AudioDepacketiser): Track {
    return {
      plan,
      sequence: new SequenceCheck(),
      ssrc: undefined,
      packet: ({ payload, timestamp }, lost) => {
        if (lost) depacketiser.reset();
        for (const unit of depacketiser.push(payload, timestamp)) {
          const time = this.clock.time('audio', unit.timestamp);
          if (this.announced) this.sink.packet({ kind: 'audio', time, data: unit.data });
        }
      },
    };
  }

  private picture({ timestamp, keyframe, units, bytes }: AccessUnit): void {
    const time = this.clock.time('video', timestamp);
    if (this.sets.update(units) || !this.announced) this.announce();
    if (this.announced) this.sink.packet({ kind: 'video', time, keyframe, units, bytes });
  }
}
