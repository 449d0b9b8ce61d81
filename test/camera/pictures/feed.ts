import type { FeedListener, FeedState } from '../../../src/camera/feed/feed.js';
import type { PictureFeed } from '../../../src/camera/pictures/picture-stream.js';
import type { Formats, VideoFormat, VideoPacket } from '../../../src/media/packet.js';
import type { SourceFailure } from '../../../src/media/source.js';

/** A feed in the test's hands. */
export class TestFeed implements PictureFeed {
  state: FeedState = { kind: 'connecting', since: 0 };
  formats: Formats | undefined;
  readonly listeners = new Set<FeedListener>();
  private newest: ReturnType<PictureFeed['ring']['newestKeyframe']>;
  readonly ring = { newestKeyframe: () => this.newest };

  constructor(private readonly now: () => number) {}

  subscribe(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Each in the order of a real feed. */
  connect(format: VideoFormat, keyframe: VideoPacket): void {
    const formats = { video: format, audio: undefined };
    this.formats = formats;
    this.tell((listener) => listener.formats?.(formats));
    this.tell((listener) => listener.interrupted?.());
    this.change({ kind: 'online', since: 0 });
    this.send(keyframe);
  }

  send(keyframe: VideoPacket): void {
    const format = this.formats?.video;
    if (format === undefined) throw new Error('it is not connected');
    this.newest = { format, keyframe, arrivedAt: this.now() };
    this.tell((listener) => listener.packet?.(keyframe));
  }

  fail(failure: SourceFailure, since = 0): void {
    this.change({ kind: 'offline', since, failure, reason: failure });
  }

  switchOff(since = 0): void {
    this.formats = undefined;
    this.newest = undefined;
    this.change({ kind: 'off', since });
  }

  private change(state: FeedState): void {
    this.state = state;
    this.tell((listener) => listener.state?.(state));
  }

  private tell(message: (listener: FeedListener) => void): void {
    for (const listener of this.listeners) message(listener);
  }
}
