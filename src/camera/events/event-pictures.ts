import type { DetectedEvent } from '../../detection/types.js';
import type { PreviewFrame } from '../../events/event.js';
import type { Ring } from '../feed/ring.js';
import { jpegSize } from '../../media/jpeg-size.js';
import { loadSharp } from '../pictures/sharp.js';
import { fitInside } from '../pictures/size.js';
import type { CodedFrame } from './frames.js';
import { bytesOf, frameAt, keyframesSince } from './frames.js';
import { goodness, isBetter, spread, withoutOne } from './moments.js';
import type { Workshop } from './workshop.js';

export interface EventPicturesOptions {
  readonly workshop: Workshop;
  /** The best picture comes from here … */
  readonly main: Pick<Ring, 'all'>;
  /** … and the preview from here. */
  readonly preview: Pick<Ring, 'all'>;
}

const MOST_FRAMES = 12;
/** Without the image library, each is as large as the camera's picture. */
const MOST_LARGE_FRAMES = 4;
/** Pixels. */
const FRAME_WIDTH = 320;
/** So many keyframes are held while the event goes on, or so many bytes of them, but a few in any case. */
const MOST_HELD = 2 * MOST_FRAMES;
const MOST_BYTES = 16 * 1024 * 1024;
const FEW = 4;
/** A keyframe that comes so long after the last motion still belongs to the event, ms. */
const AFTER = 500;

interface Moment {
  readonly frame: CodedFrame;
  readonly goodness: number;
}

/** An event's best picture, which is there soon after its start, and a few small ones over its whole length. */
export class EventPictures {
  readonly #options: EventPicturesOptions;
  readonly #start: number;
  /** The best moment so far. It is held as it was coded, for the ring does not hold it as long. */
  #best: Moment | undefined;
  #written = -1;
  #held: readonly CodedFrame[] = [];
  #work: Promise<void> = Promise.resolve();

  constructor(options: EventPicturesOptions, start: number) {
    this.#options = options;
    this.#start = start;
  }

  get done(): Promise<void> {
    return this.#work;
  }

  /** The event goes on. */
  see(detected: DetectedEvent): void {
    this.#hold();
    const better = goodness(detected);
    if (this.#best !== undefined && !isBetter(better, this.#best.goodness)) return;
    const frame = frameAt(this.#options.main.all, detected.end);
    if (frame === undefined) return;
    const first = this.#best === undefined;
    this.#best = { frame, goodness: better };
    if (first) this.#queue(() => this.#writeBest());
  }

  /** The picture of this moment is the event's, whatever comes. */
  show(time: number): void {
    const frame = frameAt(this.#options.main.all, time);
    if (frame === undefined || this.#best?.goodness === Infinity) return;
    this.#best = { frame, goodness: Infinity };
    this.#queue(() => this.#writeBest());
  }

  /** It is over. */
  end(detected: DetectedEvent): void {
    this.see(detected);
    this.#queue(() => this.#writeBest());
    this.#queue(() => this.#writePreview(detected.end));
  }

  #queue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work);
  }

  #hold(): void {
    const last = this.#held.at(-1)?.time;
    const all = keyframesSince(this.#options.preview.all, last ?? this.#start);
    let held: readonly CodedFrame[] = [...this.#held, ...all.filter(({ time }) => last === undefined || time > last)];
    while (held.length > MOST_HELD || (held.length > FEW && totalOf(held) > MOST_BYTES)) held = withoutOne(held);
    this.#held = held;
  }

  async #writeBest(): Promise<void> {
    const { workshop } = this.#options;
    const best = this.#best;
    if (best === undefined || !isBetter(best.goodness, this.#written)) return;
    if (this.#written >= 0 && best.goodness < Infinity && workshop.behind()) return;
    await workshop.attempt('the picture', async () => {
      const jpeg = await workshop.decode(best.frame);
      const bytes = await workshop.write('picture', [jpeg]);
      this.#written = best.goodness;
      workshop.add({ picture: { bytes, at: workshop.toEpoch(best.frame.time) } });
    });
  }

  async #writePreview(end: number): Promise<void> {
    const { workshop } = this.#options;
    const sharp = await loadSharp();
    const seen = this.#held.filter(({ time }, at) => at === 0 || time <= end + AFTER);
    this.#held = [];
    const preview: PreviewFrame[] = [];
    for (const frame of spread(seen, sharp === undefined ? MOST_LARGE_FRAMES : MOST_FRAMES)) {
      if (workshop.behind()) break;
      const number = preview.length + 1;
      const done = await workshop.attempt('the preview', async () => {
        const bytes = await workshop.write(number, [await smaller(await workshop.decode(frame))]);
        preview.push({ number, bytes, at: workshop.toEpoch(frame.time) });
      });
      if (!done) break;
    }
    if (preview.length > 0) workshop.add({ preview });
  }
}

const totalOf = (frames: readonly CodedFrame[]): number => frames.reduce((sum, frame) => sum + bytesOf(frame), 0);

async function smaller(jpeg: Buffer): Promise<Buffer> {
  const [sharp, size] = [await loadSharp(), jpegSize(jpeg)];
  if (sharp === undefined || size === undefined || size.width <= FRAME_WIDTH) return jpeg;
  return await sharp(jpeg)
    .resize({ ...fitInside(size, { width: FRAME_WIDTH, height: 0 }), fit: 'fill' })
    .jpeg({ quality: 75 })
    .toBuffer();
}
