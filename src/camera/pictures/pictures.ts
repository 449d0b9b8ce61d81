import { performance } from 'node:perf_hooks';
import NodeCache from 'node-cache';
import { DecodeError } from '../../media/ffmpeg/keyframe-decoder.js';
import { draw } from './draw.js';
import { PictureStream, type Decoders, type PictureFeed } from './picture-stream.js';
import { shelved } from './shelf.js';
import { loadSharp } from './sharp.js';
import { drawnSize, fitInside, type Size } from './size.js';
import { drawingOf, type Trouble } from './status.js';
import { chooseStream, type StreamName } from './stream-choice.js';

export interface PicturesOptions {
  readonly name: string;
  readonly main: PictureFeed;
  /** The smaller stream, where there is one. */
  readonly sub: PictureFeed | undefined;
  readonly decoders: Decoders;
  /** A filter that blacks out what must not be seen. */
  readonly mask?: string | undefined;
  readonly signal: AbortSignal;
  /** Monotonic milliseconds, on the clock of the feeds. */
  readonly now?: () => number;
  /** Milliseconds since the epoch. */
  readonly wallclock?: () => number;
  readonly draw?: typeof draw;
}

/** Sizes that were asked for so recently, ms, are made of each new keyframe at once: polls come every few seconds. */
const KEEP_WARM = 15_000;
/** Viewers ask for two or three sizes. */
const MAX_SIZES = 6;
const MAX_CACHED = 24;
/** Longer than any picture is fresh, seconds. */
const CACHE_TTL = 90;
/** A picture that takes longer, ms, is answered as one that there is not. */
const DECODE_LIMIT = 1500;
/** As for a drawn one, ms: then the one of the shelf is given, which lacks the name. */
const DRAW_LIMIT = 70;

/** A camera's pictures as JPEG, from memory. */
export class Pictures {
  private readonly streams: Readonly<Partial<Record<StreamName, PictureStream>>> & { readonly main: PictureStream };
  /** Promises of JPEGs by stream, keyframe and size: whoever asks at once shares one answer. */
  private readonly cache = new NodeCache({ stdTTL: CACHE_TTL, checkperiod: CACHE_TTL, useClones: false });
  /** When each size was last asked for, the newest last. */
  private readonly asked = new Map<string, { readonly size: Size; readonly at: number }>();
  private readonly now: () => number;

  constructor(private readonly options: PicturesOptions) {
    const { main, sub, decoders, mask, signal, now = () => performance.now() } = options;
    this.now = now;
    const stream = (name: StreamName, feed: PictureFeed): PictureStream =>
      new PictureStream({ feed, decoders, mask, signal, now, onKeyframe: () => void this.keepWarm(name) });
    this.streams = { main: stream('main', main), ...(sub && { sub: stream('sub', sub) }) };
    const unsubscribe = main.subscribe({
      state: () => {
        if (this.isOff) this.forget();
      },
    });
    signal.addEventListener(
      'abort',
      () => {
        unsubscribe();
        this.cache.flushAll();
        this.cache.close();
        this.asked.clear();
      },
      { once: true },
    );
    // What pictures are drawn with is loaded before the first is asked for.
    this.drawn(NO_SIZE, 'waiting').catch(() => undefined);
    shelved('connecting').catch(() => undefined);
  }

  /**
   * What the camera sees, of at most that size (pixels; 0: no matter) and never larger than it is; where there is nothing
   * fresh, a drawn picture of that size which says why.
   */
  async picture(asked: Size): Promise<Buffer> {
    const size = inPixels(asked);
    const { jpeg, trouble } = await this.look(size);
    return jpeg ?? this.drawn(size, trouble);
  }

  /** The same; undefined where there is nothing fresh. */
  async seen(asked: Size): Promise<Buffer | undefined> {
    return (await this.look(inPixels(asked))).jpeg;
  }

  private async look(size: Size): Promise<{ readonly jpeg: Buffer | undefined; readonly trouble: Trouble }> {
    this.note(size);
    let trouble: Trouble = 'waiting';
    for (const name of this.order(size)) {
      try {
        const jpeg = await within(DECODE_LIMIT, this.sized(name, size));
        if (!this.isOff) return { jpeg, trouble };
      } catch (error) {
        if (error instanceof DecodeError && error.failure === 'unsupported') trouble = 'unsupported';
      }
    }
    return { jpeg: undefined, trouble };
  }

  private get isOff(): boolean {
    return this.options.main.state.kind === 'off';
  }

  private forget(): void {
    this.cache.flushAll();
    this.asked.clear();
  }

  /** The streams that have a fresh picture, the better one first. */
  private order(asked: Size): StreamName[] {
    if (this.isOff) return [];
    const { main, sub } = this.streams;
    const chosen = chooseStream(asked, main, sub);
    if (chosen === undefined) return [];
    const other: StreamName = chosen === 'main' ? 'sub' : 'main';
    return this.streams[other]?.freshness === 'fresh' ? [chosen, other] : [chosen];
  }

  private async sized(name: StreamName, asked: Size): Promise<Buffer> {
    const picture = await this.streams[name]?.picture();
    if (picture === undefined) throw new DecodeError('corrupt', 'there is no such stream');
    const size = fitInside(picture.size, asked);
    if (size.width === picture.size.width && size.height === picture.size.height) return picture.jpeg;
    const sharp = await loadSharp();
    if (sharp === undefined || this.isOff) return picture.jpeg;
    return this.cached(`${name} ${picture.id} ${keyOf(size)}`, () =>
      sharp(picture.jpeg)
        .resize({ ...size, fit: 'fill' })
        .jpeg({ quality: 80 })
        .toBuffer(),
    );
  }

  private async drawn(asked: Size, trouble: Trouble): Promise<Buffer> {
    const { name, main, wallclock = Date.now, draw: drawNow = draw } = this.options;
    const drawing = drawingOf(name, main.state, trouble, new Date(wallclock()));
    const size = drawnSize(asked);
    const key = `drawn ${keyOf(size)} ${drawing.lines.join('\n')}`;
    try {
      return await within(
        DRAW_LIMIT,
        this.cached(key, () => drawNow(drawing, size)),
      );
    } catch {
      return await shelved(main.state.kind);
    }
  }

  private cached(key: string, make: () => Promise<Buffer>): Promise<Buffer> {
    const found = this.cache.get<Promise<Buffer>>(key);
    if (found !== undefined) return found;
    if (this.cache.keys().length >= MAX_CACHED) this.cache.flushAll();
    const made = make();
    this.cache.set(key, made);
    made.catch(() => this.cache.del(key));
    return made;
  }

  private note(size: Size): void {
    const key = keyOf(size);
    this.asked.delete(key);
    this.asked.set(key, { size, at: this.now() });
    for (const [old, { at }] of this.asked) {
      if (this.asked.size > MAX_SIZES || this.now() - at > KEEP_WARM) this.asked.delete(old);
    }
  }

  private async keepWarm(name: StreamName): Promise<void> {
    for (const { size, at } of [...this.asked.values()]) {
      if (this.now() - at > KEEP_WARM || this.order(size)[0] !== name) continue;
      await this.sized(name, size).catch(() => undefined);
    }
  }
}

const NO_SIZE: Size = { width: 0, height: 0 };
const keyOf = ({ width, height }: Size): string => `${width}x${height}`;
const inPixels = ({ width, height }: Size): Size => ({ width: pixels(width), height: pixels(height) });
const pixels = (asked: number): number => (Number.isFinite(asked) && asked > 0 ? Math.round(asked) : 0);

async function within<T>(limit: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // Where the hub itself stood still, what came meanwhile is read first.
      setImmediate(() => {
        reject(new DecodeError('timed-out', `it took more than ${limit} ms`));
      });
    }, limit);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
