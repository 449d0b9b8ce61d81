import type { AudioPacket, Packet, VideoPacket } from '../../media/packet.js';

/** A keyframe, what depends on it, and the sound of its time. */
export interface WholeGop {
  readonly packets: readonly Packet[];
  /** When the next one begins, or the end, ms. */
  readonly until: number;
  readonly bytes: number;
}

interface Pictures {
  readonly pictures: readonly VideoPacket[];
  readonly until: number;
}

/** A picture that stands alone lasts for this long, ms. */
const LONE_PICTURE = 40;

/** Cuts a stream into whole GOPs, each with the sound of its time: that comes some packets later, or from an encoder. */
export class GopCutter {
  private readonly growing: VideoPacket[] = [];
  private whole: Pictures[] = [];
  private sound: AudioPacket[] = [];
  private newestSound = -Infinity;
  private newest: number | undefined;
  private reordered = false;
  private waiting = 0;

  /** @param hasSound whether GOPs wait for it */
  constructor(private hasSound: boolean) {}

  /** Of what was not taken yet. */
  get bytes(): number {
    return this.waiting;
  }

  /** Pictures come in another order than they are shown. */
  get isReordered(): boolean {
    return this.reordered;
  }

  /** Whether whole GOPs wait for their sound. */
  get isWaiting(): boolean {
    return this.whole.length > 0;
  }

  push(packet: Packet): void {
    this.waiting += bytesOf(packet);
    if (packet.kind === 'audio') {
      this.sound.push(packet);
      this.newestSound = Math.max(this.newestSound, packet.time);
      return;
    }
    if (packet.keyframe) this.finish(packet.time);
    if (packet.time < (this.newest ?? -Infinity)) this.reordered = true;
    this.newest = Math.max(this.newest ?? packet.time, packet.time);
    this.growing.push(packet);
  }

  /** No more sound will come. */
  muted(): void {
    this.hasSound = false;
  }

  /**
   * Ends the GOP that is growing.
   * @param end ms: pictures from then on are left out
   * @param isReached whether it is known that no other picture is shown before `end`, so that the last one lasts till then
   * @returns the end, undefined where nothing is left that was not taken
   */
  close(end: number, isReached: boolean): number | undefined {
    if (this.growing.length > 0) this.finish(isReached ? end : (this.newest ?? 0) + usualStep(this.growing));
    this.whole = this.whole.flatMap(({ pictures, until }) => {
      const kept = pictures.slice(0, pictures.findLastIndex(({ time }) => time < end) + 1);
      if (kept.length === 0 || (pictures[0]?.time ?? end) >= end) return [];
      return [{ pictures: kept, until: Math.min(until, end) }];
    });
    return this.whole.at(-1)?.until;
  }

  /** @param anyway also those whose sound has not come */
  take(anyway: boolean): WholeGop[] {
    const taken: WholeGop[] = [];
    for (let [next] = this.whole; next !== undefined; [next] = this.whole) {
      const { pictures, until } = next;
      if (!anyway && this.hasSound && this.newestSound < until) break;
      this.whole.shift();
      const own = this.sound.filter(({ time }) => time < until);
      this.sound = this.sound.filter(({ time }) => time >= until);
      const packets = [...pictures, ...own];
      const bytes = packets.reduce((sum, packet) => sum + bytesOf(packet), 0);
      this.waiting -= bytes;
      taken.push({ packets, until, bytes });
    }
    return taken;
  }

  private finish(until: number): void {
    if (this.growing.length > 0) this.whole.push({ pictures: this.growing.splice(0), until });
  }
}

export const bytesOf = (packet: Packet): number => (packet.kind === 'video' ? packet.bytes : packet.data.length);

function usualStep(pictures: readonly VideoPacket[]): number {
  const times = pictures.map(({ time }) => time);
  const span = Math.max(...times) - Math.min(...times);
  return pictures.length > 1 && span > 0 ? span / (pictures.length - 1) : LONE_PICTURE;
}
