import type { Source, SourceError } from '../../media/source.js';

export interface Readers {
  /** Our own RTSP client: no process and no delay. Undefined where the address is not for it. */
  readonly direct: (() => Source) | undefined;
  /** Reads whatever ffmpeg reads. */
  readonly ffmpeg: () => Source;
}

/**
 * Which reader to try next. What the direct one cannot read, or what it finds to be garbage, ffmpeg reads from then on.
 * @param onFallback told once, with why
 */
export function readerChoice(
  readers: Readers,
  onFallback: (reason: string) => void,
): (last: SourceError | undefined) => Source {
  let direct = readers.direct;
  return (last) => {
    if (direct !== undefined && (last?.failure === 'unsupported' || last?.failure === 'garbage')) {
      direct = undefined;
      onFallback(last.message);
    }
    return direct?.() ?? readers.ffmpeg();
  };
}
