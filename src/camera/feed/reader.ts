import { performance } from 'node:perf_hooks';
import type { Ffmpeg } from '../../media/ffmpeg/capabilities.js';
import { ffmpegSource } from '../../media/ffmpeg/source.js';
import { rtspSource } from '../../media/rtsp/source.js';
import type { Source, SourceError } from '../../media/source.js';
import type { SourceAddress } from '../../settings/source-address.js';
import type { Log } from '../log.js';
import { readerChoice } from './open.js';

export interface ReaderOptions {
  /** The camera's, for the log. */
  readonly name: string;
  readonly audio: boolean;
  readonly ffmpeg: Ffmpeg;
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string;
  readonly log: Pick<Log, 'info'>;
}

/** Opens what is at an address, with whatever can read it. */
export function readerOf(
  { kind, url, username, password, transport }: SourceAddress,
  { name, audio, ffmpeg, mask, log }: ReaderOptions,
): (last: SourceError | undefined) => Source {
  const direct = (kind === 'rtsp' || kind === 'rtsps') && transport === 'tcp';
  return readerChoice(
    {
      direct: direct
        ? () =>
            rtspSource({
              url,
              ...(username !== undefined && { username }),
              ...(password !== undefined && { password }),
              audio,
              now: () => performance.now(),
            })
        : undefined,
      ffmpeg: () => ffmpegSource({ ffmpeg, url, kind, transport, audio, mask }),
    },
    (reason) => {
      log.info(`${name}: ${reason.replace(/\.$/, '')}. It is read with ffmpeg instead.`);
    },
  );
}
