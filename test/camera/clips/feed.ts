import type { ClipFeed } from '../../../src/camera/clips/clip.js';
import type { FeedListener } from '../../../src/camera/feed/feed.js';
import { Ring } from '../../../src/camera/feed/ring.js';
import type { Formats, Packet } from '../../../src/media/packet.js';

/** A feed in the test's hands, in the order of a real one. */
export class TestFeed implements ClipFeed {
  formats: Formats | undefined;
  readonly ring = new Ring({ span: 10_000, bytes: 1e8 });
  readonly listeners = new Set<FeedListener>();

  constructor(formats?: Formats) {
    this.formats = formats;
  }

  subscribe(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  send(packets: readonly Packet[]): void {
    const { formats } = this;
    if (formats === undefined) throw new Error('it has no formats');
    for (const packet of packets) {
      this.ring.push(packet, formats, packet.time);
      this.tell((listener) => listener.packet?.(packet));
    }
  }

  change(formats: Formats): void {
    this.formats = formats;
    this.tell((listener) => listener.formats?.(formats));
  }

  interrupt(): void {
    this.ring.clear();
    this.tell((listener) => listener.interrupted?.());
  }

  private tell(message: (listener: FeedListener) => void): void {
    for (const listener of [...this.listeners]) message(listener);
  }
}
