import type { Talk, Talker } from '../../camera/talk/talk.js';
import { isSilence, opusDuration, opusFormat } from '../../media/rtp/opus.js';
import { PacketOrder } from '../../media/rtp/reorder.js';
import type { RtpPacket } from '../../media/rtp/rtp.js';

export interface TalkLegOptions {
  readonly talk: Pick<Talk, 'talker'>;
  /** Of the sound that was negotiated; others (comfort noise) are not speech. */
  readonly payloadType: number;
  readonly channels: number;
  /** Whether the camera's loudspeaker is muted in HomeKit. */
  readonly isMuted: () => boolean;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** A viewer who has not been heard for this long does not speak any more, ms: a few lost packets are no pause. */
const PAUSE = 500;

/** What the viewer of one live session says: authentic packets in, in whatever order they come, Opus to the camera out. */
export class TalkLeg {
  private readonly order = new PacketOrder();
  private readonly talker: Talker;
  private heardAt = -Infinity;
  /** Milliseconds of speech so far. */
  private time = 0;

  constructor(private readonly options: TalkLegOptions) {
    this.talker = options.talk.talker(opusFormat(options.channels), options.signal);
  }

  /** Whether the viewer is speaking. */
  get speaking(): boolean {
    return this.options.now() - this.heardAt < PAUSE;
  }

  push(packet: RtpPacket): void {
    const { payloadType, isMuted, now } = this.options;
    if (packet.payloadType !== payloadType) return;
    for (const { payload } of this.order.push(packet)) {
      const duration = opusDuration(payload);
      if (duration === undefined || isSilence(payload) || isMuted()) continue;
      this.heardAt = now();
      this.talker.push({ kind: 'audio', time: this.time, data: payload });
      this.time += duration;
    }
  }
}
