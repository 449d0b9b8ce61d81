import type { Clip, ClipEnd, ClipEnding, ClipOptions } from '../clips/clip.js';
import { ClipError } from '../clips/clip.js';
import type { Workshop } from './workshop.js';

/** Records what one feed sends; it may have to find out with what first. */
export type RecordClip = (wish: Pick<ClipOptions, 'from' | 'until' | 'signal'>) => Clip | Promise<Clip>;

export interface EventClipOptions {
  readonly workshop: Workshop;
  readonly record: RecordClip;
  /** On the hub's clock, ms. */
  readonly from: number;
  /** The latest end, until it is known. */
  readonly until: number;
  /** Ends it with what there is. */
  readonly signal: AbortSignal;
}

/** A clip that is written while its event goes on: a power cut takes no more than its last seconds. */
export class EventClip {
  /** Never rejects. */
  readonly done: Promise<unknown>;
  #until: number;

  constructor({ workshop, record, from, until, signal }: EventClipOptions) {
    this.#until = until;
    this.done = workshop.attempt('the clip', async () => {
      const clip = await record({ from, until: () => this.#until, signal });
      await writeClip(workshop, clip).catch(quietly);
    });
  }

  /** It ends then, or earlier. */
  endBy(time: number): void {
    this.#until = Math.min(this.#until, time);
  }
}

async function writeClip(workshop: Workshop, { pieces, ended }: Clip): Promise<void> {
  const bytes = await workshop.write('clip', pieces);
  const end = await ended;
  workshop.add({ clip: { bytes, at: workshop.toEpoch(end.start), duration: Math.round(end.duration) } });
  if (REMEDIES[end.ending] !== undefined) throw new Error(sentenceOf(end));
}

/** A camera that sends nothing has been told of already. */
function quietly(error: unknown): void {
  if (!(error instanceof ClipError)) throw error;
  if (REMEDIES[error.end.ending] !== undefined) throw new Error(sentenceOf(error.end), { cause: error });
}

/** Of endings that the admin can do something about. */
const REMEDIES: Readonly<Partial<Record<ClipEnding, string>>> = {
  'too-slow': 'The disk, or the encoder, is slower than the camera sends. A stream of fewer bits takes less.',
  'no-encoder': 'It would have to be encoded, and ffmpeg has no encoder for H.264 that works here.',
  'encoder-failed': 'The encoder failed.',
};

const sentenceOf = ({ ending, detail }: ClipEnd): string => [REMEDIES[ending], detail].filter(Boolean).join(' ');
