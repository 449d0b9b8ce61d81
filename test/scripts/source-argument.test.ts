import fc from 'fast-check';
import { maskAddress, readSource } from '../../scripts/source-argument.mjs';

const noFile = () => false;

describe('what stands behind npm start', () => {
  it.each([
    ['nothing', [], {}],
    ['an address', ['rtsp://u:p@10.0.0.2/main'], { source: 'rtsp://u:p@10.0.0.2/main' }],
    ['an address over TLS', ['RTSPS://cam/main'], { source: 'RTSPS://cam/main' }],
    ['a camera that is asked', ['onvif://u:p@10.0.0.2'], { source: 'onvif://u:p@10.0.0.2' }],
    ['a playlist', ['https://cam/live.m3u8?token=1'], { source: 'https://cam/live.m3u8?token=1' }],
  ])('%s', (_, args, expected) => {
    expect(readSource(args, noFile)).toEqual(expected);
  });

  it('takes a file that exists', () => {
    expect(readSource(['clip.mp4'], (path) => path === 'clip.mp4')).toEqual({ source: 'clip.mp4' });
  });

  it.each([['rtsp://'], ['rtsp:///main'], ['rstp://cam/main'], ['ftp://cam/x'], ['clip.mp4'], ['']])(
    'says one sentence about "%s"',
    (arg) => {
      const { source, fault } = readSource([arg], noFile);
      expect(source).toBeUndefined();
      expect(fault).toMatch(/^"[^\n]*" is neither a camera's address, .*\.$/);
    },
  );

  it('says so when a shell has cut an address in two', () => {
    expect(readSource(['rtsp://cam/a', 'b'], noFile).fault).toMatch(/^One camera at a time/);
  });
});

describe('an address that is shown', () => {
  it.each([
    ['rtsp://user:pass@cam/main', 'rtsp://***@cam/main'],
    ['rtsp://user:p@ss:w#r/d%@cam:554/main', 'rtsp://***@cam:554/main'],
    ['http://cam/live.ts?token=secret', 'http://cam/live.ts?***'],
    ['user:pass@cam/main', '***@cam/main'],
    ['rtsp://cam/main', 'rtsp://cam/main'],
  ])('%s', (address, shown) => {
    expect(maskAddress(address)).toBe(shown);
  });

  it('never holds the password', () => {
    const password = fc.string({ minLength: 1 }).map((text) => `<${text}>`);
    fc.assert(
      fc.property(password, (secret) => {
        expect(maskAddress(`rtsp://user:${secret}@cam/main`)).not.toContain(secret);
        expect(readSource([`rstp://user:${secret}@cam/main`], noFile).fault).not.toContain(secret);
      }),
    );
  });
});
