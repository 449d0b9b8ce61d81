import type { DetectedEvent } from '../../detection/types.js';
import type { EventMedia, StoredEvent } from '../../events/event.js';
import type { Media } from '../../events/media.js';
import { MediaError } from '../../events/media.js';
import { DecodeError, type KeyframeDecoders } from '../../media/ffmpeg/keyframe-decoder.js';
import type { Ring } from '../feed/ring.js';
import type { Log } from '../log.js';
import type { RecordClip } from './event-clip.js';
import { EventClip } from './event-clip.js';
import { EventPictures } from './event-pictures.js';
import type { CodedFrame } from './frames.js';
import type { EventMediaMaker, MediaInProgress } from './keeper.js';
import type { Workshop } from './workshop.js';
import { shelf } from './workshop.js';

export interface EventMediaOptions {
  readonly camera: { readonly name: string };
  /** Of the main feed: pictures are made of it. */
  readonly main: Pick<Ring, 'all'>;
  /** Of the smaller stream, where there is one: preview frames are made of it. */
  readonly sub: Pick<Ring, 'all'> | undefined;
  readonly decoders: Pick<KeyframeDecoders, 'jpeg'>;
  /** A filter that blacks out what must not be seen. */
  readonly mask: string | undefined;
  readonly media: Pick<Media, 'write'>;
  /** Of the main feed; undefined where no clips are to be kept. */
  readonly record: RecordClip | undefined;
  readonly log: Pick<Log, 'warn'>;
  /** The hub has more to do than it can: better pictures and previews are left out. */
  readonly behind?: () => boolean;
}

/** Before the first motion and after the last, ms. */
const PRE_ROLL = 5000;
const POST_ROLL = 5000;
/** Events are cut after two minutes: if no end of one is heard, its clip ends here, ms. */
const LONGEST = 180_000;

interface Making {
  readonly id: string;
  readonly clip: EventClip | undefined;
}

/** Pictures, preview and clip of one camera's events. */
export class EventFiles implements EventMediaMaker {
  readonly #options: EventMediaOptions;
  readonly #life = new AbortController();
  readonly #making = new Set<() => Promise<unknown>>();
  readonly #told = new Set<string>();
  #last: Making | undefined;
  #decoding: Promise<unknown> = Promise.resolve();

  constructor(options: EventMediaOptions) {
    this.#options = options;
  }

  begin(event: StoredEvent, detected: DetectedEvent, changed: (media: EventMedia) => void): MediaInProgress {
    const { main, sub } = this.#options;
    const workshop = this.#workshop(event, detected, changed);
    const clip = this.#clip(event, detected, workshop);
    const pictures = new EventPictures({ workshop, main, preview: sub ?? main }, detected.start);
    const done = (): Promise<unknown> => Promise.all([clip?.done, pictures.done]);
    this.#making.add(done);
    const finish = (): void => {
      void done().then(() => this.#making.delete(done));
    };
    pictures.see(detected);
    return {
      update: (seen) => {
        pictures.see(seen);
      },
      end: (seen) => {
        pictures.end(seen);
        clip?.endBy(seen.end + POST_ROLL);
        finish();
      },
      show: (at) => {
        pictures.show(at);
        if (this.#making.has(done)) return;
        this.#making.add(done);
        finish();
      },
    };
  }

  async close(): Promise<void> {
    this.#life.abort();
    await Promise.all([...this.#making].map((done) => done()));
  }

  #workshop(event: StoredEvent, detected: DetectedEvent, changed: (media: EventMedia) => void): Workshop {
    const { media, behind = () => false } = this.#options;
    return {
      toEpoch: (time) => Math.round(time - detected.start + event.start),
      behind,
      write: (part, pieces) => media.write(event, part, pieces),
      decode: (frame) => this.#decode(frame),
      attempt: (what, work) => this.#attempt(what, work),
      add: shelf(changed),
    };
  }

  /** What goes on from an event that was cut begins where that ends: no second is in two clips. */
  #clip(event: StoredEvent, detected: DetectedEvent, workshop: Workshop): EventClip | undefined {
    const { record } = this.#options;
    const before = event.continues !== undefined && this.#last?.id === event.continues ? this.#last.clip : undefined;
    before?.endBy(detected.start);
    const from = before === undefined ? detected.start - PRE_ROLL : detected.start;
    const until = detected.start + LONGEST;
    const clip = record && new EventClip({ workshop, record, from, until, signal: this.#life.signal });
    this.#last = { id: event.id, clip };
    return clip;
  }

  #decode({ format, packets }: CodedFrame): Promise<Buffer> {
    const { decoders, mask } = this.#options;
    const { signal } = this.#life;
    const picture = this.#decoding.then(() => decoders.jpeg(format, packets, { mask, signal }));
    this.#decoding = picture.catch(() => undefined);
    return picture;
  }

  async #attempt(what: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const quiet =
        this.#life.signal.aborted ||
        (error instanceof MediaError && error.fault === 'no-room') ||
        (error instanceof DecodeError && error.failure === 'ended');
      if (!quiet && !this.#told.has(what)) {
        this.#told.add(what);
        const reason = (error instanceof Error ? error.message : String(error)).replace(/\.?$/, '.');
        this.#options.log.warn(
          `${this.#options.camera.name}: ${what} of an event could not be made, or not all of it. ${reason}`,
        );
      }
      return false;
    }
  }
}
