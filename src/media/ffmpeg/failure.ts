import { cameraError } from '../rtsp/failure.js';
import { SourceError, type SourceFailure } from '../source.js';

interface Sign {
  readonly pattern: RegExp;
  readonly failure: SourceFailure;
  /** Cause and remedy, after "The camera at HOST …". */
  readonly sentence: string;
}

/** What ffmpeg says, and what the admin should know; the first that fits. */
const SIGNS: readonly Sign[] = [
  {
    pattern: /401 Unauthorized|authorization failed/i,
    failure: 'unauthorized',
    sentence: 'refuses the user name or the password: check both in the settings',
  },
  {
    pattern: /403 Forbidden|access denied/i,
    failure: 'unauthorized',
    sentence: 'forbids the stream: give the user the right to see it, in the camera',
  },
  {
    pattern: /404 Not Found|No such file or directory|DESCRIBE failed: 4(?:04|54)|Server returned 4(?:04|10)/i,
    failure: 'not-found',
    sentence: 'has no such stream: check the path in the address',
  },
  {
    pattern: /Connection refused/i,
    failure: 'unreachable',
    sentence: 'refuses connections: check the port in the address',
  },
  {
    pattern: /failed to resolve|Name or service not known|nodename nor servname|name resolution/i,
    failure: 'unreachable',
    sentence: 'is unknown to the name service: check the name, or use the IP address',
  },
  {
    pattern: /No route to host|Network is unreachable|Host is (?:down|unreachable)/i,
    failure: 'unreachable',
    sentence: 'cannot be reached: check its address, its power and its network',
  },
  {
    pattern: /timed out/i,
    failure: 'timed-out',
    sentence: 'does not answer: check its address, its power and its network',
  },
  {
    pattern: /TLS packet|tls.*handshake|SSL|Protocol not found/i,
    failure: 'unsupported',
    sentence: 'does not speak TLS on this port, or ffmpeg does not: try the address without the s in rtsps or https',
  },
  {
    pattern: /nonmatching transport|461 Unsupported transport/i,
    failure: 'unsupported',
    sentence: 'does not offer this transport: try the address with or without ?udp',
  },
  {
    pattern: /Could not find tag|Unsupported codec|not currently supported in container/i,
    failure: 'unsupported',
    sentence: 'sends a codec that ffmpeg cannot hand over: choose H.264 and AAC in the camera',
  },
  {
    pattern: /matches no streams|does not contain any stream/i,
    failure: 'unsupported',
    sentence: 'sends no picture in this stream: check the path in the address',
  },
  {
    pattern: /Server returned 5\d\d|method \w+ failed: 5\d\d/i,
    failure: 'closed',
    sentence: 'has a fault of its own: restart it if this lasts',
  },
  {
    pattern: /Invalid data found|moov atom not found|could not find codec parameters/i,
    failure: 'garbage',
    sentence: 'sends what is no video: check the port and the path in the address',
  },
];

export interface Ending {
  /** Host and port. Undefined for a file. */
  readonly host: string | undefined;
  /** ffmpeg's last words, without secrets. */
  readonly stderr: string;
  /** Whether pictures had come before. */
  readonly delivered: boolean;
  /** How long it had run, and how long it waits for an answer, ms. */
  readonly lasted: number;
  readonly patience: number;
}

/**
 * Why a reading ffmpeg ended, by what it said: its exit code is 0 for a time-out and for a closed connection alike, and a
 * camera that never answers is "Invalid data" to it.
 */
export function readingFailure({ host, stderr, delivered, lasted, patience }: Ending): SourceError {
  const tell = (failure: SourceFailure, sentence: string): SourceError =>
    host === undefined ? new SourceError(failure, `The file ${sentence}.`) : cameraError(failure, host, sentence);
  const words = stderr.trim().split('\n');
  if (delivered) {
    return /timed out/i.test(words.at(-1) ?? '')
      ? tell('timed-out', 'has fallen silent: check its network')
      : tell('closed', 'ended the stream');
  }
  const sign = SIGNS.find(({ pattern }) => pattern.test(stderr));
  if (host === undefined) {
    if (sign?.failure === 'not-found') return tell('not-found', 'is not there: check its path');
    if (/Permission denied/i.test(stderr))
      return tell('not-found', 'may not be read by the user that Homebridge runs as');
    return tell(sign?.failure ?? 'garbage', 'is none that ffmpeg can read');
  }
  const silent = lasted >= patience && (sign === undefined || sign.failure === 'garbage');
  if (silent) return tell('timed-out', 'does not answer: check its address, its power and its network');
  if (sign !== undefined) return tell(sign.failure, sign.sentence);
  const last = words.at(-1) ?? '';
  return tell(
    'closed',
    last === '' ? 'ended the stream before the first picture' : `cannot be read (${last.slice(0, 200)})`,
  );
}
