import { askedSource, AskedStreams, type StreamName } from '../../../src/camera/onvif/streams.js';
import { SourceError, type SourceFailure } from '../../../src/media/source.js';
import { parseSource, type SourceAddress } from '../../../src/settings/source-address.js';

function address(url: string): SourceAddress {
  const parsed = parseSource(url);
  if ('fault' in parsed) throw new Error(parsed.fault);
  return parsed;
}

const MAIN = address('rtsp://cam/main');
const signal = new AbortController().signal;

describe('what is known of streams', () => {
  it('is waited for until there is an answer', async () => {
    const streams = new AskedStreams();
    const [main, sub] = [streams.of('main', signal), streams.of('sub', signal)];
    streams.found({ main: MAIN, sub: undefined });
    expect([await main, await sub]).toEqual([MAIN, undefined]);
    streams.failed(new SourceError('timed-out', 'x'));
    expect(await streams.of('main', signal)).toBe(MAIN);
  });

  it('is trouble until the camera is asked again', async () => {
    const streams = new AskedStreams();
    const waits = streams.of('main', signal);
    streams.failed(new SourceError('timed-out', 'x'));
    await expect(waits).rejects.toThrow('x');
    await expect(streams.of('main', signal)).rejects.toThrow('x');
    streams.ask();
    streams.ask();
    const again = streams.of('main', signal);
    streams.found({ main: MAIN, sub: MAIN });
    expect(await again).toBe(MAIN);
  });

  it('is not waited for any longer than somebody wants', async () => {
    const life = new AbortController();
    const waits = new AskedStreams().of('main', life.signal);
    life.abort();
    await expect(waits).rejects.toThrow(/abort/);
  });
});

describe('a stream that is asked for', () => {
  const log: string[] = [];
  let known: SourceAddress | SourceFailure | undefined;
  let failure: SourceFailure = 'closed';
  let last: SourceError | undefined;
  const open = askedSource({
    name: 'main',
    streams: {
      stream: (name: StreamName) =>
        typeof known === 'string' ? Promise.reject(new SourceError(known, `no ${name}`)) : Promise.resolve(known),
      askAnew: () => void log.push('ask anew'),
    },
    reader:
      ({ url }) =>
      (before) =>
      () => {
        log.push(`read ${url}${before === undefined ? '' : ` after ${before.failure}`}`);
        return Promise.reject(new SourceError(failure, 'gone'));
      },
  });
  const attempt = async (): Promise<string[]> => {
    await open(last)({} as never, {} as never, signal).catch((error: unknown) => {
      if (error instanceof SourceError) last = error;
    });
    return log.splice(0);
  };

  it('is read where the camera says, and asked for anew where there is nothing any more', async () => {
    known = 'timed-out';
    expect([await attempt(), last?.failure]).toEqual([[], 'timed-out']);
    known = MAIN;
    expect(await attempt()).toEqual(['read rtsp://cam/main']);
    expect(await attempt()).toEqual(['read rtsp://cam/main after closed']);
    failure = 'unsupported';
    await attempt();
    expect(await attempt()).toEqual(['read rtsp://cam/main after unsupported']);
    for (failure of ['not-found', 'unauthorized', 'unreachable'] as const) {
      await attempt();
      expect(await attempt()).toEqual(['ask anew', `read rtsp://cam/main after ${failure}`]);
    }
    known = address('rtsp://cam/other');
    // Another stream, of which nothing is known.
    expect(await attempt()).toEqual(['ask anew', 'read rtsp://cam/other']);
    known = 'garbage';
    failure = 'closed';
    await attempt();
    known = address('rtsp://cam/other');
    expect(await attempt()).toEqual(['read rtsp://cam/other']);
  });

  it('is no stream where the camera has none', async () => {
    known = undefined;
    await attempt();
    expect(last?.failure).toBe('absent');
  });
});
