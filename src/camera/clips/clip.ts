import { Fragmenter } from '../../media/fmp4/fragmenter.js';
import type { ClipEnd, ClipFeed, ClipOptions } from './clip-options.js';
import { Recorder } from './recorder.js';

export type { Coders } from './coding.js';
export type { ClipEnd, ClipEnding, ClipFeed, ClipOptions } from './clip-options.js';

/** There is nothing to write. */
export class ClipError extends Error {
  override readonly name = 'ClipError';
  constructor(readonly end: ClipEnd) {
    super(`A clip has no pictures (${end.ending}).`);
  }
}

export interface Clip {
  /**
   * A fragmented MP4: its beginning, then a piece a GOP as soon as that is whole. To be read once. Whoever stops reading
   * ends the recording.
   * @throws {ClipError} where not one picture came
   */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Known when nothing more is recorded, which may be before the last piece was read. Never rejects. */
  readonly ended: Promise<ClipEnd>;
}

/**
 * Records from now on, beginning in the feed's memory. What the camera sends is copied, and no process started, unless a
 * mask or a codec that MP4 does not carry demands it.
 */
export function recordClip(feed: ClipFeed, options: ClipOptions): Clip {
  const recorder = new Recorder(feed, options);
  return { pieces: piecesOf(recorder), ended: recorder.ended };
}

async function* piecesOf(recorder: Recorder): AsyncGenerator<Uint8Array, void> {
  try {
    let fragmenter: Fragmenter | undefined;
    for (let gop = await recorder.next(); gop !== undefined; gop = await recorder.next()) {
      if (fragmenter === undefined) {
        fragmenter = new Fragmenter(recorder.formats(gop));
        yield fragmenter.init;
      }
      const piece = fragmenter.fragment(gop.packets, gop.until);
      if (piece !== undefined) yield piece;
    }
    if (fragmenter === undefined) throw new ClipError(await recorder.ended);
  } finally {
    recorder.abandon();
  }
}
