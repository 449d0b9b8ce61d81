import fc from 'fast-check';
import { readingFailure, type Ending } from '../../../src/media/ffmpeg/failure.js';
import { httpContent, statusFailure } from '../../../src/media/ffmpeg/http-content.js';
import { reading, type Input } from '../../../src/media/ffmpeg/reading.js';

const NEW = { rtspTimeout: 'timeout', scriptedInput: true } as const;
const OLD = { rtspTimeout: 'stimeout', scriptedInput: false } as const;
const url = "rtsp://u:it's@cam/x?a=b";

describe('arguments', () => {
  it.each<[string, typeof NEW | typeof OLD, Input, RegExp, RegExp]>([
    [
      'RTSP',
      NEW,
      { kind: 'rtsp', url, transport: 'udp' },
      /-f concat .*-i pipe:0 -map 0:v:0 -map 0:a:0\?/,
      /cam|timeout/,
    ],
    [
      'RTSP, old',
      OLD,
      { kind: 'rtsp', url, transport: 'tcp' },
      /-stimeout 5000000 -rtsp_transport tcp .*-i rtsp:/,
      /concat/,
    ],
    ['a recording', NEW, { kind: 'paced', url }, /-re .*-f concat/, /cam|nobuffer/],
    ['a recording, old', OLD, { kind: 'paced', url }, /-re .*-rw_timeout 5000000 -i rtsp:/, /concat/],
    ['pictures', NEW, { kind: 'body', parts: true }, /-use_wallclock_as_timestamps 1 -f mpjpeg .*-i pipe:0/, /-re /],
    ['a stream', NEW, { kind: 'body', parts: false }, /-probesize 1M -i pipe:0/, /-re |wallclock/],
    ['a file', NEW, { kind: 'file', path: '/a b' }, /-re -stream_loop -1 -i file:\/a b -map/, /concat/],
  ])('%s', (_, ffmpeg, input, has, hasNot) => {
    const args = reading(ffmpeg, input, true).args.join(' ');
    expect(args).toMatch(has);
    expect(args).not.toMatch(hasNot);
    expect(args).toMatch(/-write_index 0 -flush_packets 1 pipe:1$/);
    expect(reading(ffmpeg, input, false).args).not.toContain('0:a:0?');
  });

  it('gives the address in a script, quoted', () => {
    expect(reading(NEW, { kind: 'rtsp', url, transport: 'udp' }, false).script?.split('\n')).toEqual([
      'ffconcat version 1.0',
      "file 'rtsp://u:it'\\''s@cam/x?a=b'",
      'option analyzeduration 0',
      'option probesize 32k',
      'option fflags nobuffer',
      'option timeout 5000000',
      'option rtsp_transport udp',
      'option allowed_media_types video',
      '',
    ]);
    expect(reading(OLD, { kind: 'rtsp', url, transport: 'tcp' }, true).script).toBeUndefined();
  });

  it('lets no address add a line to the script', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { script = '' } = reading(NEW, { kind: 'paced', url: `http://cam/${text}\r\nfile x` }, true);
        expect(script.split(/[\r\n]/)).toHaveLength(6);
      }),
    );
  });
});

describe('why it ended', () => {
  const ending: Ending = { host: 'cam:554', stderr: '', delivered: false, lasted: 100, patience: 5000 };

  it.each<[Partial<Ending>, string, string]>([
    [
      { stderr: '[rtsp @ 0x1] method DESCRIBE failed: 401 Unauthorized\nx' },
      'unauthorized',
      'refuses the user name or the password',
    ],
    [{ stderr: 'HTTP error 403 Forbidden' }, 'unauthorized', 'forbids the stream'],
    [{ stderr: 'method DESCRIBE failed: 404 Not Found' }, 'not-found', 'has no such stream'],
    [{ stderr: 'method DESCRIBE failed: 454 Session Not Found' }, 'not-found', 'has no such stream'],
    [{ stderr: 'Connection to tcp://cam:554 failed: Connection refused' }, 'unreachable', 'refuses connections'],
    [{ stderr: 'x: No route to host' }, 'unreachable', 'cannot be reached'],
    [{ stderr: 'Failed to resolve hostname cam: Name or service not known' }, 'unreachable', 'is unknown'],
    [{ stderr: 'x: Connection timed out' }, 'timed-out', 'does not answer'],
    [{ stderr: 'An unexpected TLS packet was received.\nInput/output error' }, 'unsupported', 'does not speak TLS'],
    [{ stderr: 'method SETUP failed: 461 Unsupported transport' }, 'unsupported', 'does not offer this transport'],
    [{ stderr: 'Could not find tag for codec x in stream #1' }, 'unsupported', 'sends a codec'],
    [{ stderr: "Stream map '0:v:0' matches no streams." }, 'unsupported', 'sends no picture'],
    [{ stderr: 'method PLAY failed: 503 Service Unavailable' }, 'closed', 'has a fault of its own'],
    [{ stderr: 'pipe:0: Invalid data found when processing input' }, 'garbage', 'sends what is no video'],
    [{ stderr: 'pipe:0: Invalid data found when processing input', lasted: 5200 }, 'timed-out', 'does not answer'],
    [{ stderr: '', lasted: 10_000 }, 'timed-out', 'does not answer'],
    [{ stderr: '' }, 'closed', 'ended the stream before the first picture'],
    [{ stderr: 'a riddle' }, 'closed', 'cannot be read (a riddle)'],
    [{ delivered: true, stderr: 'error while decoding\n404 Not Found', lasted: 9e9 }, 'closed', 'ended the stream'],
    [{ delivered: true, stderr: 'x: Operation timed out' }, 'timed-out', 'has fallen silent'],
    [{ host: undefined, stderr: 'file:/x: No such file or directory' }, 'not-found', 'The file is not there'],
    [{ host: undefined, stderr: 'file:/x: Permission denied' }, 'not-found', 'The file may not be read'],
    [{ host: undefined, stderr: 'moov atom not found' }, 'garbage', 'The file is none that ffmpeg can read'],
  ])('%j', (some, failure, message) => {
    const error = readingFailure({ ...ending, ...some });
    expect(error.failure).toBe(failure);
    expect(error.message).toContain(message.startsWith('The') ? message : `The camera at cam:554 ${message}`);
  });
});

describe('what HTTP holds', () => {
  const ts = Buffer.from([0x47, 0x40, 0, 0x10]);

  it.each([
    ['multipart/x-mixed-replace;boundary=x', undefined, Buffer.alloc(0), 'parts'],
    ['text/plain', undefined, Buffer.from('\r\n--frame\r\n'), 'parts'],
    ['video/mp2t', undefined, ts, 'live'],
    [undefined, undefined, ts, 'live'],
    ['video/mp2t', '1000', ts, 'recording'],
    ['application/octet-stream', '100', Buffer.from('#EXTM3U\n'), 'recording'],
    ['application/x-mpegurl', undefined, Buffer.from('#EXTM3U\n'), 'recording'],
    ['video/mp4', undefined, Buffer.from('\0\0\0\x20ftypiso5'), 'live'],
    ['video/mp4', '5000', Buffer.from('\0\0\0\x20ftypiso5'), 'recording'],
    ['image/jpeg', '5000', Buffer.from('ffd8ffe0', 'hex'), { sentence: expect.stringMatching(/picture/) as string }],
    ['text/html', '5000', Buffer.from('x'), { sentence: expect.stringMatching(/page/) as string }],
    [undefined, '50', Buffer.from('<!DOCTYPE html>'), { sentence: expect.stringMatching(/page/) as string }],
    [undefined, '0', Buffer.alloc(0), 'recording'],
  ])('%s, %s bytes, %s', (type, length, start, content) => {
    expect(httpContent({ type, length, start })).toEqual(content);
  });

  it.each([
    [200, true, undefined],
    [206, true, undefined],
    [401, true, 'unauthorized'],
    [401, false, 'unauthorized'],
    [403, true, 'unauthorized'],
    [404, true, 'not-found'],
    [410, true, 'not-found'],
    [500, true, 'closed'],
    [503, true, 'unreachable'],
    [304, true, 'closed'],
  ])('status %d', (status, hasCredentials, failure) => {
    expect(statusFailure(status, hasCredentials)?.failure).toBe(failure);
  });
});
