import { DecodeError, type KeyframeDecoders } from '../../media/ffmpeg/keyframe-decoder.js';
import type { Formats, VideoFormat, VideoPacket } from '../../media/packet.js';
import type { Feed } from '../feed/feed.js';
import type { Ring } from '../feed/ring.js';
import { freshness, type Freshness } from './freshness.js';
import { jpegSize } from '../../media/jpeg-size.js';
import type { Size } from './size.js';

/** What pictures need of a feed. */
export type PictureFeed = Pick<Feed, 'state' | 'formats' | 'subscribe'> & {
  readonly ring: Pick<Ring, 'newestKeyframe'>;
};

export type Decoders = Pick<KeyframeDecoders, 'prepare' | 'jpeg' | 'forget'>;

/** A decoded keyframe. */
export interface Picture {
  /** Another one for each keyframe. */
  readonly id: number;
  readonly jpeg: Buffer;
  readonly size: Size;
  /** When the keyframe came, ms on the hub's monotonic clock. */
  readonly arrivedAt: number;
}

export interface PictureStreamOptions {
  readonly feed: PictureFeed;
  readonly decoders: Decoders;
  /** A filter that blacks out what must not be seen. */
  readonly mask: string | undefined;
  readonly now: () => number;
  /** A keyframe has come. */
  readonly onKeyframe: () => void;
  readonly signal: AbortSignal;
}

/** Cameras that send many keyframes (MJPEG: nothing else) have one of them decoded a second, ms; a bit less for jitter. */
const PACE = 900;
/** The longest of as many intervals between keyframes counts. */
const INTERVALS = 3;

interface Decoding {
  readonly arrivedAt: number;
  readonly picture: Promise<Picture>;
}

/** The pictures of one stream of a camera: its newest keyframe, decoded when somebody asks. */
export class PictureStream {
  private decoding: Decoding | undefined;
  private last: Picture | undefined;
  private count = 0;
  /** Pictures up to this one were seen before the camera was switched off: nobody sees them any more. */
  private forgotten = 0;
  /** When the keyframes of this connection came, newest last. */
  private arrivals: number[] = [];
  private prepared: VideoFormat | undefined;
  private release: () => void = () => undefined;

  constructor(private readonly options: PictureStreamOptions) {
    const { feed, signal } = options;
    if (signal.aborted) return;
    this.prepare(feed.formats);
    const unsubscribe = feed.subscribe({
      formats: (formats) => {
        this.prepare(formats);
      },
      interrupted: () => {
        this.arrivals = [];
        this.decoding = undefined;
      },
      packet: (packet) => {
        if (packet.kind === 'video' && packet.keyframe) this.take();
      },
      state: ({ kind }) => {
        if (kind === 'offline') this.release();
        if (kind === 'off') this.forget();
      },
    });
    signal.addEventListener(
      'abort',
      () => {
        unsubscribe();
        this.release();
        this.last = this.decoding = undefined;
      },
      { once: true },
    );
  }

  get freshness(): Freshness {
    const newest = this.options.feed.ring.newestKeyframe();
    return this.judge(newest?.arrivedAt, this.options.feed.state.kind === 'online');
  }

  /** Of the last decoded picture, else as the source says it; undefined while nobody knows. */
  get size(): Size | undefined {
    if (this.decoding !== undefined && this.last !== undefined) return this.last.size;
    const video = this.options.feed.formats?.video;
    return video !== undefined && video.width > 0 ? video : undefined;
  }

  /**
   * The newest keyframe's picture, or where that cannot be had the one before, as long as it is hardly older.
   * @throws DecodeError
   */
  async picture(): Promise<Picture> {
    try {
      return await this.newest();
    } catch (error) {
      const { last } = this;
      if (last !== undefined && this.judge(last.arrivedAt, false) === 'fresh') return last;
      throw error;
    }
  }

  private newest(): Promise<Picture> {
    const newest = this.options.feed.ring.newestKeyframe();
    if (newest === undefined) return Promise.reject(new DecodeError('corrupt', 'there is no keyframe yet'));
    const { decoding } = this;
    if (decoding !== undefined && newest.arrivedAt - decoding.arrivedAt < PACE) return decoding.picture;
    const started: Decoding = { arrivedAt: newest.arrivedAt, picture: this.decode(newest) };
    this.decoding = started;
    started.picture.catch((error: unknown) => {
      // What is wrong with the picture stays so; what was wrong with the decoder may be over.
      const lasting = error instanceof DecodeError && (error.failure === 'corrupt' || error.failure === 'unsupported');
      if (!lasting && this.decoding === started) this.decoding = undefined;
    });
    return started.picture;
  }

  private async decode(of: { format: VideoFormat; keyframe: VideoPacket; arrivedAt: number }): Promise<Picture> {
    const id = ++this.count;
    const { decoders, mask, signal } = this.options;
    const jpeg = await decoders.jpeg(of.format, of.keyframe, { mask, signal });
    if (id <= this.forgotten) throw new DecodeError('ended', 'the camera was switched off');
    const size = jpegSize(jpeg);
    if (size === undefined) throw new DecodeError('corrupt', 'what the camera sends is no whole JPEG');
    const picture: Picture = { id, jpeg, size, arrivedAt: of.arrivedAt };
    if (id > (this.last?.id ?? 0) && !signal.aborted) this.last = picture;
    return picture;
  }

  private forget(): void {
    this.release();
    if (this.prepared !== undefined) this.options.decoders.forget(this.prepared, this.options.mask);
    this.prepared = undefined;
    this.forgotten = this.count;
    this.arrivals = [];
    this.last = this.decoding = undefined;
  }

  private take(): void {
    const first = this.arrivals.length === 0;
    this.arrivals = [...this.arrivals, this.options.now()].slice(-INTERVALS - 1);
    // The decoder has done everything once before somebody waits for it.
    if (first) this.newest().catch(() => undefined);
    this.options.onKeyframe();
  }

  private prepare(formats: Formats | undefined): void {
    if (formats === undefined) return;
    const before = this.release;
    this.prepared = formats.video;
    this.release = this.options.decoders.prepare(formats.video, this.options.mask);
    before();
  }

  private judge(arrivedAt: number | undefined, online: boolean): Freshness {
    const between = this.arrivals.slice(1).map((at, index) => at - (this.arrivals[index] ?? at));
    return freshness({
      online,
      age: arrivedAt === undefined ? undefined : this.options.now() - arrivedAt,
      interval: between.length === 0 ? undefined : Math.max(...between),
    });
  }
}
