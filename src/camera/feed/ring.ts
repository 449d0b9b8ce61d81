import type { AudioPacket, Formats, Packet, VideoFormat, VideoPacket } from '../../media/packet.js';

/** A keyframe and what depends on it, with the sound between. */
export interface Gop {
  /** The keyframe's time. */
  readonly start: number;
  readonly formats: Formats;
  /** In order of arrival; the first one is the keyframe. */
  readonly packets: readonly Packet[];
  /** When the keyframe came, on the hub's clock. */
  readonly arrivedAt: number;
}

interface OpenGop extends Gop {
  readonly packets: Packet[];
  bytes: number;
}

export interface RingLimits {
  /** What is kept at least, ms, counted back from the newest packet in whole GOPs. */
  readonly span: number;
  /** What is kept at the most, bytes of coded data. */
  readonly bytes: number;
}

/** The last seconds of a stream as whole GOPs. */
export class Ring {
  private readonly gops: OpenGop[] = [];
  private bytes = 0;

  constructor(private readonly limits: RingLimits) {}

  /** A packet that follows no keyframe is of no use to anybody and is passed over. */
  push(packet: Packet, formats: Formats, now: number): void {
    if (packet.kind === 'video' && packet.keyframe) {
      this.gops.push({ start: packet.time, formats, packets: [], arrivedAt: now, bytes: 0 });
    }
    const gop = this.gops.at(-1);
    if (gop === undefined) return;
    const bytes = packet.kind === 'video' ? packet.bytes : packet.data.length;
    gop.packets.push(packet);
    gop.bytes += bytes;
    this.bytes += bytes;
    this.trim(packet.time);
  }

  /** Empties the ring: what comes next does not continue what was there. */
  clear(): void {
    this.gops.length = 0;
    this.bytes = 0;
  }

  /** Whole GOPs, oldest first; the last one is still growing. */
  get all(): readonly Gop[] {
    return this.gops;
  }

  get newest(): Gop | undefined {
    return this.gops.at(-1);
  }

  /** The newest picture that can be decoded by itself. */
  newestKeyframe(): { format: VideoFormat; keyframe: VideoPacket; arrivedAt: number } | undefined {
    const gop = this.newest;
    const keyframe = gop?.packets[0];
    if (gop === undefined || keyframe?.kind !== 'video') return undefined;
    return { format: gop.formats.video, keyframe, arrivedAt: gop.arrivedAt };
  }

  /** The pictures from the newest keyframe on: where a live view begins. */
  backlog(): VideoPacket[] {
    return (this.newest?.packets ?? []).filter((packet) => packet.kind === 'video');
  }

  /** The sound from `time` on, as far back as the ring reaches. */
  soundSince(time: number): AudioPacket[] {
    const sound: AudioPacket[] = [];
    for (const gop of this.gops) {
      for (const packet of gop.packets) if (packet.kind === 'audio' && packet.time >= time) sound.push(packet);
    }
    return sound;
  }

  private trim(newest: number): void {
    const drop = (): void => {
      this.bytes -= this.gops.shift()?.bytes ?? 0;
    };
    for (let second = this.gops[1]; second && newest - second.start >= this.limits.span; second = this.gops[1]) drop();
    // A single GOP beyond the limit goes too: viewers that are under way have its packets, later ones wait for a keyframe.
    while (this.bytes > this.limits.bytes) drop();
  }
}

/** What the first remembers, or the second while the first has nothing: of a stream that is away, or that there is not. */
export const eitherRing = (first: Pick<Ring, 'all'>, second: Pick<Ring, 'all'>): Pick<Ring, 'all'> => ({
  get all() {
    return first.all.length > 0 ? first.all : second.all;
  },
});
