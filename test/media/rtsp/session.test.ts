import { once } from 'node:events';
import { jest } from '@jest/globals';
import type { ReadGate } from '../../../src/media/source.js';
import { rtspSource } from '../../../src/media/rtsp/source.js';
import { collect, videoCount, type Collected } from './collect.js';
import { nal } from './packetise.js';
import { ordinary, response, rtpFrame, scriptedCamera, SDP, type Camera, type Request } from './scripted-camera.js';

const now = (): number => performance.now();
const video = (sequence: number, type = 5, channel = 0): Buffer =>
  rtpFrame(channel, { type: 96, sequence, timestamp: sequence * 4500 }, nal('h264', type));
/** Two pictures: the second one shows that the first is whole. */
const pictures = (channel = 0): Buffer => Buffer.concat([video(1, 5, channel), video(2, 1, channel)]);

type Answer = (request: Request, usual: string | undefined) => string | Buffer | undefined;

/** Plays from a camera that answers as usual but for what `answer` changes. */
async function play(
  answer: Answer,
  { url = '', username, password }: { url?: string; username?: string; password?: string } = {},
): Promise<Collected & { requests: readonly Request[]; port: number }> {
  await using camera = await scriptedCamera((request) => answer(request, ordinary(request)));
  const login = username === undefined ? {} : { username, password: password ?? '' };
  const source = rtspSource({ url: `rtsp://127.0.0.1:${camera.port}/live${url}`, audio: true, now, ...login });
  const collected = await collect(source, (got) => videoCount(got) >= 1);
  return { ...collected, requests: camera.requests, port: camera.port };
}

/** The answer as bytes, with its sequence number, behind what comes before and before what comes behind. */
const between = (request: Request, before: Buffer, said: string, behind: Buffer): Buffer =>
  Buffer.concat([before, Buffer.from(said.replace('{cseq}', request.headers.get('cseq') ?? '')), behind]);
const NOTHING = Buffer.alloc(0);

const streaming: Answer = (request, usual = '') =>
  request.method === 'PLAY' ? between(request, NOTHING, usual, pictures()) : usual;

const methods = (requests: readonly Request[]): string[] => requests.map(({ method }) => method);

/** What is of the session stands still, what is of sockets goes on. */
const TIMEOUTS_ALONE = {
  doNotFake: ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate'],
} satisfies Parameters<typeof jest.useFakeTimers>[0];

describe('an RTSP session', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('asks for one thing after another, and says goodbye', async () => {
    const { requests, error, port } = await play(streaming, { url: '?a=1' });
    expect(error).toBeUndefined();
    expect(methods(requests)).toEqual(['OPTIONS', 'DESCRIBE', 'SETUP', 'SETUP', 'PLAY', 'TEARDOWN']);
    const base = `rtsp://127.0.0.1:${port}/live?a=1`;
    expect(requests.map(({ uri }) => uri)).toEqual([base, base, `${base}/track1`, `${base}/track2`, base, base]);
    expect(requests[3]?.headers.get('session')).toBe('77');
    expect(requests[5]?.headers.get('session')).toBe('77');
  });

  it.each<[string, Answer]>([
    [
      'reject OPTIONS',
      (request, usual) =>
        request.method === 'OPTIONS' ? response('405 Method Not Allowed') : streaming(request, usual),
    ],
    [
      'write bare line feeds and names in lower case',
      (request, usual) => {
        const said = streaming(request, usual);
        return typeof said === 'string'
          ? said.replace(/\r/g, '').replace(/^[A-Za-z-]+:/gm, (name) => name.toLowerCase())
          : said;
      },
    ],
    [
      'leave out Content-Length',
      (request, usual) =>
        request.method === 'DESCRIBE' ? usual?.replace(/Content-Length: \d+\r\n/, '') : streaming(request, usual),
    ],
    [
      'say a Content-Length that is too great',
      (request, usual) =>
        request.method === 'DESCRIBE'
          ? usual?.replace(/Content-Length: \d+/, 'Content-Length: 999')
          : streaming(request, usual),
    ],
    [
      'leave out the sequence number',
      (request, usual) => {
        const said = streaming(request, usual);
        return typeof said === 'string' ? said.replace('CSeq: {cseq}\r\n', '') : said;
      },
    ],
    [
      'say 100 Continue first',
      (request, usual = '') => {
        const said = streaming(request, usual);
        return typeof said === 'string'
          ? `RTSP/1.0 100 Continue\r\nCSeq: ${request.headers.get('cseq') ?? ''}\r\n\r\n${said}`
          : said;
      },
    ],
    [
      'use other channels than they were asked to, and say so',
      (request, usual) => {
        if (request.method === 'SETUP')
          return response('200 OK', [
            'Session: 77',
            `Transport: RTP/AVP/TCP;interleaved=${request.uri.endsWith('1') ? '6-7' : '8-9'}`,
          ]);
        return request.method === 'PLAY' ? between(request, NOTHING, usual ?? '', pictures(6)) : usual;
      },
    ],
    [
      'use other channels without a word',
      (request, usual) => (request.method === 'PLAY' ? between(request, NOTHING, usual ?? '', pictures(40)) : usual),
    ],
    [
      'begin before the answer to PLAY',
      (request, usual) => (request.method === 'PLAY' ? between(request, pictures(), usual ?? '', NOTHING) : usual),
    ],
    [
      'send frames within the answer to PLAY',
      (request, usual) => {
        if (request.method !== 'PLAY') return usual;
        const [line = '', ...rest] = (usual ?? '').replace('{cseq}', '5').split('\r\n');
        return Buffer.concat([Buffer.from(`${line}\r\n`), pictures(), Buffer.from(rest.join('\r\n'))]);
      },
    ],
    [
      'ask something themselves',
      (request, usual = '') => {
        const question = Buffer.from('OPTIONS * RTSP/1.0\r\nCSeq: 900\r\n\r\n');
        return between(request, question, usual, request.method === 'PLAY' ? pictures() : NOTHING);
      },
    ],
    [
      'give absolute control addresses of another host, with a password',
      (request, usual) => {
        if (request.method !== 'DESCRIBE') return streaming(request, usual);
        return response(
          '200 OK',
          ['Content-Base: rtsp://10.0.0.1/x/'],
          SDP.replace('control:track1', 'control:rtsp://u:p@10.0.0.1/x/track1'),
        );
      },
    ],
  ])('works with cameras that %s', async (_, answer) => {
    const { error, packets, formats } = await play(answer);
    expect(error).toBeUndefined();
    expect(packets[0]).toMatchObject({ kind: 'video', keyframe: true });
    expect(formats[0]).toMatchObject({ video: { codec: 'h264', width: 640 }, audio: { codec: 'pcm_mulaw' } });
  });

  it('takes control addresses as they are, but for passwords', async () => {
    const { requests } = await play((request, usual) => {
      if (request.method !== 'DESCRIBE') return streaming(request, usual);
      return response(
        '200 OK',
        ['Content-Base: rtsp://10.0.0.1/x/'],
        SDP.replace('control:track1', 'control:rtsp://u:p@10.0.0.1/y/track1'),
      );
    });
    const uris = requests.slice(2, 5).map(({ uri }) => uri);
    expect(uris).toEqual(['rtsp://10.0.0.1/y/track1', 'rtsp://10.0.0.1/x/track2', 'rtsp://10.0.0.1/x/']);
  });

  const at =
    (method: string, said: string | Buffer | undefined): Answer =>
    (request, usual) =>
      request.method === method ? said : usual;
  it.each<[string, Answer, string, string]>([
    ['no such stream', at('DESCRIBE', response('404 Not Found')), 'not-found', 'path'],
    ['no such session', at('PLAY', response('454 Session Not Found')), 'not-found', 'PLAY'],
    ['no right', at('DESCRIBE', response('403 Forbidden')), 'unauthorized', 'right'],
    [
      'a password',
      at('DESCRIBE', response('401 No', ['WWW-Authenticate: Basic realm="x"'])),
      'unauthorized',
      'user name and a password',
    ],
    ['UDP only', at('SETUP', response('461 Unsupported Transport')), 'unsupported', 'ffmpeg'],
    [
      'UDP chosen',
      at('SETUP', response('200 OK', ['Session: 1', 'Transport: RTP/AVP;unicast;client_port=1-2'])),
      'unsupported',
      'UDP',
    ],
    [
      'multicast',
      at('SETUP', response('200 OK', ['Session: 1', 'Transport: RTP/AVP;multicast'])),
      'unsupported',
      'multicast',
    ],
    [
      'another address',
      at('DESCRIBE', response('302 Moved', ['Location: rtsp://x/'])),
      'unsupported',
      'another address',
    ],
    [
      'an unknown codec',
      at('DESCRIBE', response('200 OK', [], 'v=0\r\nm=video 0 RTP/AVP 26\r\n')),
      'unsupported',
      'JPEG',
    ],
    ['too many viewers', at('PLAY', response('453 Not Enough Bandwidth')), 'unreachable', 'viewers'],
    ['a fault of its own', at('DESCRIBE', response('500 Internal Server Error')), 'closed', 'fault'],
    ['a page', at('DESCRIBE', response('200 OK', [], '<html></html>')), 'garbage', 'html'],
    ['a web server', () => 'HTTP/1.1 400 Bad Request\r\n\r\n', 'garbage', 'web server'],
    ['noise', () => Buffer.alloc(200, 0xfe), 'garbage', '127.0.0.1'],
  ])('%s: says so', async (_, answer, failure, words) => {
    const { error } = await play(answer);
    expect(error?.failure).toBe(failure);
    expect(error?.message).toContain('127.0.0.1');
    expect(error?.message).toContain(words);
  });

  it('does not wait for a gate when it says goodbye', async () => {
    // No timer fires: the end comes by the answer to TEARDOWN, which has to be read.
    jest.useFakeTimers(TIMEOUTS_ALONE);
    await using camera = await scriptedCamera((request) => streaming(request, ordinary(request)));
    const source = rtspSource({ url: `rtsp://127.0.0.1:${camera.port}/`, audio: false, now });
    let ending = false;
    let held = 0;
    const holding: ReadGate = {
      afterRead: (stream) => {
        held++;
        stream.pause();
        setImmediate(() => {
          if (!ending) stream.resume();
        });
      },
    };
    const enough = (got: Omit<Collected, 'error'>): boolean => (ending ||= videoCount(got) >= 1);
    expect((await collect(source, enough, holding)).error).toBeUndefined();
    expect(methods(camera.requests).at(-1)).toBe('TEARDOWN');
    expect(held).toBeGreaterThan(0);
  });

  it('frees what it has set up when it gives up', async () => {
    const { requests } = await play(at('PLAY', response('453 Not Enough Bandwidth')));
    expect(methods(requests).at(-1)).toBe('TEARDOWN');
  });

  it('renews a nonce that has become stale, and does not repeat a password', async () => {
    const challenge = (nonce: string, stale = ''): string =>
      response('401 Unauthorized', [`WWW-Authenticate: Digest realm="r", nonce="${nonce}"${stale}`]);
    const login = { username: 'me', password: 'secret' };
    const nonceOf = ({ headers }: Request): string | undefined =>
      /nonce="(\w+)"/.exec(headers.get('authorization') ?? '')?.[1];
    const renewed = await play((request, usual) => {
      const wanted = request.method === 'PLAY' ? 'second' : 'first';
      if (nonceOf(request) !== wanted) return challenge(wanted, ', stale=true');
      return request.method === 'PLAY'
        ? Buffer.concat([Buffer.from(usual?.replace('{cseq}', request.headers.get('cseq') ?? '') ?? ''), pictures()])
        : usual;
    }, login);
    expect(renewed.error).toBeUndefined();
    const refused = await play((request) => challenge(`n${request.headers.get('cseq') ?? ''}`), login);
    expect(refused.error).toMatchObject({
      failure: 'unauthorized',
      message: expect.stringContaining('password') as string,
    });
    expect(refused.requests.filter((request) => nonceOf(request) !== undefined)).toHaveLength(1);
    expect(refused.error?.message).not.toContain('secret');
  });

  it('keeps the session alive by what the camera knows', async () => {
    const alive: string[] = [];
    const answer = (request: Request): string | Buffer | undefined => {
      const usual = ordinary(request);
      if (request.method === 'PLAY') return streaming(request, usual);
      if (request.headers.has('session') && /OPTIONS|GET_PARAMETER/.test(request.method)) {
        alive.push(request.method);
        return request.method === 'GET_PARAMETER' ? response('501 Not Implemented') : usual;
      }
      return usual;
    };
    await using camera = await scriptedCamera(answer);
    const stop = new AbortController();
    const source = rtspSource({ url: `rtsp://127.0.0.1:${camera.port}/`, audio: false, now });
    const ended = source(
      { formats: () => undefined, packet: () => undefined },
      { afterRead: () => undefined },
      stop.signal,
    );
    await until(() => alive.length >= 3);
    expect(alive).toEqual(['GET_PARAMETER', 'OPTIONS', 'OPTIONS']);
    stop.abort();
    await ended;
  });

  it('ends when the camera closes, says goodbye, or ends its stream', async () => {
    const ends: ((camera: Camera) => void)[] = [
      (camera) => camera.socket?.end(),
      (camera) => camera.socket?.resetAndDestroy(),
      (camera) => camera.socket?.write('TEARDOWN rtsp://x/ RTSP/1.0\r\nCSeq: 1\r\n\r\n'),
      (camera) => camera.socket?.write(Buffer.from('2401000880cb000100000001'.replace('80cb', '81cb'), 'hex')),
    ];
    for (const end of ends) {
      await using camera = await scriptedCamera((request) => streaming(request, ordinary(request)));
      const source = rtspSource({ url: `rtsp://127.0.0.1:${camera.port}/`, audio: false, now });
      const { error } = await collect(source, (got) => {
        if (videoCount(got) === 1) end(camera);
        return false;
      });
      expect(error?.failure).toBe('closed');
    }
  });

  it('is given up after 5 s of silence', async () => {
    const { error } = await play(({ method }, usual) => (method === 'DESCRIBE' ? undefined : usual));
    expect(error).toMatchObject({ failure: 'timed-out', message: expect.stringContaining('DESCRIBE') as string });
  });

  it.each(['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'TEARDOWN'])(
    'leaves nothing behind when it is told to end while it waits for the answer to %s',
    async (step) => {
      jest.useFakeTimers(TIMEOUTS_ALONE);
      const stop = new AbortController();
      await using camera = await scriptedCamera((request, socket) => {
        if (request.method === step || request.method === 'PLAY')
          setImmediate(() => {
            stop.abort();
          });
        if (request.method === 'TEARDOWN') {
          // What it agrees to it has read, and what came before; then it waits for 300 ms and no longer.
          socket.once('data', () => {
            jest.advanceTimersByTime(300);
          });
          const late = step === 'PLAY' ? 'RTSP/1.0 200 OK\r\nCSeq: 4\r\n\r\n' : '';
          return `${late}OPTIONS * RTSP/1.0\r\nCSeq: 900\r\n\r\n`;
        }
        return request.method === step ? undefined : ordinary(request);
      });
      const source = rtspSource({ url: `rtsp://127.0.0.1:${camera.port}/`, audio: false, now });
      await source({ formats: () => undefined, packet: () => undefined }, { afterRead: () => undefined }, stop.signal);
      if (camera.socket && !camera.socket.destroyed) await once(camera.socket, 'close');
      expect(methods(camera.requests)).toContain(step);
      expect(jest.getTimerCount()).toBe(0);
    },
  );

  it('says why it cannot connect', async () => {
    const refused = await collect(rtspSource({ url: 'rtsp://u:secret@127.0.0.1:1/', audio: false, now }), () => false);
    expect(refused.error).toMatchObject({
      failure: 'unreachable',
      message: expect.stringMatching(/127\.0\.0\.1 refuses/) as string,
    });
    const unknown = await collect(rtspSource({ url: 'rtsp://camera.invalid/', audio: false, now }), () => false);
    expect(unknown.error).toMatchObject({
      failure: 'unreachable',
      message: expect.stringContaining('camera.invalid') as string,
    });
    await using plain = await scriptedCamera(() => undefined);
    const tls = await collect(rtspSource({ url: `rtsps://127.0.0.1:${plain.port}/`, audio: false, now }), () => false);
    expect(tls.error?.failure).toBe('unreachable');
  });
});

async function until(condition: () => boolean): Promise<void> {
  for (const end = now() + 10_000; !condition() && now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 20));
}
