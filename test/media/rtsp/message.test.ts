import { formatAgreement, formatRequest, parseStartLine } from '../../../src/media/rtsp/message.js';

describe('RTSP messages', () => {
  it.each([
    ['RTSP/1.0 200 OK', { kind: 'response', status: 200, reason: 'OK' }],
    ['RTSP/1.0  404\tStream Not Found ', { kind: 'response', status: 404, reason: 'Stream Not Found' }],
    ['RTSP/2.0 200', { kind: 'response', status: 200, reason: '' }],
    ['ANNOUNCE rtsp://x/ RTSP/1.0', { kind: 'request', method: 'ANNOUNCE', uri: 'rtsp://x/' }],
    ['RTSP/1.0 OK', undefined],
    ['HTTP/1.0 200 OK', undefined],
    ['', undefined],
  ])('%j', (line, expected) => {
    expect(parseStartLine(line)).toEqual(expected);
  });

  it('lets nothing that a camera said become a line of its own', () => {
    expect(formatRequest('PLAY', 'rtsp://x/a b\r\nX: y', { Session: '1\r\nEvil: 2' })).toBe(
      'PLAY rtsp://x/a%20b%20X:%20y RTSP/1.0\r\nSession: 1 Evil: 2\r\n\r\n',
    );
    expect(formatAgreement('3\r\n\r\n')).toBe('RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n');
  });
});
