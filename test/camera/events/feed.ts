import type { FeedListener } from '../../../src/camera/feed/feed.js';
import { Ring } from '../../../src/camera/feed/ring.js';
import type { Formats, VideoPacket } from '../../../src/media/packet.js';
import type { Clip } from '../../media/ffmpeg/pictures.js';

/** A feed with a memory of 10 s, that plays a clip in a loop as far as it is told. Its clock is the pictures' times. */
export class PlayedFeed {
  readonly ring = new Ring({ span: 10_000, bytes: 1e9 });
  readonly formats: Formats;
  private readonly listeners = new Set<FeedListener>();
  private played = 0;

  constructor(
    private readonly clip: Clip,
    private readonly step: number,
  ) {
    this.formats = { video: clip.format, audio: undefined };
  }

  subscribe(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** @param time included, ms from the first picture on */
  playTo(time: number): void {
    for (; this.played * this.step <= time; this.played++) {
      const coded = this.clip.packets[this.played % this.clip.packets.length];
      if (coded === undefined) throw new Error('the clip is empty');
      const packet: VideoPacket = { ...coded, time: this.played * this.step };
      this.ring.push(packet, this.formats, packet.time);
      for (const listener of [...this.listeners]) listener.packet?.(packet);
    }
  }
}
