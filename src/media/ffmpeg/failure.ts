import { SourceError, type SourceFailure } from '../source.js';

interface Sign {
  readonly pattern: RegExp;
  readonly failure: SourceFailure;
  /** Cause and remedy, in front of `at HOST`. */
  readonly sentence: string;
}

/** What ffmpeg says, to what the admin should know; the first that fits. */
const SIGNS: readonly Sign[] = [
  {
    pattern: /401 Unauthorized|authorization failed|403 Forbidden/i,
    failure: 'unauthorized',
    sentence: 'the user name or password is refused; check both',
  },
  {
    pattern: /404 Not Found|No such file or directory|method DESCRIBE failed: 4(?:04|54)|Invalid data found.*404/i,
    failure: 'not-found',
    sentence: 'there is nothing at this address; check its path',
  },
  {
    pattern:
      /Connection refused|No route to host|Network is unreachable|Host is down|Failed to resolve|Name or service not known/i,
    failure: 'unreachable',
    sentence: 'nothing answers; check the address and port, and that the camera is on',
  },
  {
    pattern: /timed out|Operation timed out|ETIMEDOUT/i,
    failure: 'timed-out',
    sentence: 'the answer took too long; check the network',
  },
  {
    pattern:
      /Protocol not found|Unsupported|is not supported|nonmatching transport|Could not find tag|Unable to choose an output/i,
    failure: 'unsupported',
    sentence: 'the stream is of a kind that ffmpeg cannot hand over',
  },
  {
    pattern: /Stream map .* matches no streams|does not contain any stream/i,
    failure: 'unsupported',
    sentence: 'there is no picture in this stream',
  },
  {
    pattern: /Invalid data found|moov atom not found|could not find codec parameters/i,
    failure: 'garbage',
    sentence: 'what comes is no video that ffmpeg can read',
  },
];

/**
 * Why a reading ffmpeg ended, by what it said: its exit code is 0 for a time-out and for a closed connection alike.
 * @param where host and port, or the file
 * @param stderr its last words, without secrets
 * @param delivered whether pictures had come before
 */
export function readingFailure(where: string, stderr: string, delivered: boolean): SourceError {
  const sign = SIGNS.find(({ pattern }) => pattern.test(stderr));
  if (sign !== undefined) return new SourceError(sign.failure, `${where}: ${sign.sentence}`);
  if (delivered || stderr.trim() === '') return new SourceError('closed', `${where}: the stream ended`);
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return new SourceError('closed', `${where}: the stream cannot be read (ffmpeg says: ${last.slice(0, 200)})`);
}
