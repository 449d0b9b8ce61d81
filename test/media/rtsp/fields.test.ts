import { parseRtpInfo, parseSession, parseTransport, publicMethods } from '../../../src/media/rtsp/fields.js';
import { parseHeaders, type RtspResponse } from '../../../src/media/rtsp/message.js';

const response = (...lines: string[]): RtspResponse => ({
  kind: 'response',
  status: 200,
  reason: 'OK',
  headers: parseHeaders(lines),
  body: Buffer.alloc(0),
});

describe('RTSP header fields', () => {
  it.each([
    ['RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=0A1b2C3d', true, false, [0, 1], 0x0a1b2c3d],
    ['RTP/AVP/TCP; unicast; Interleaved=4-9', true, false, [4, 9], undefined],
    ['RTP/AVP/TCP;interleaved=2', true, false, [2, 3], undefined],
    ['RTP/AVP/TCP;unicast', true, false, undefined, undefined],
    ['RTP/AVP;unicast;client_port=1-2', false, false, undefined, undefined],
    ['RTP/AVP;multicast;destination=224.1.1.1', false, true, undefined, undefined],
    ['RTP/AVP/TCP;interleaved=999-1000;ssrc=zz', true, false, undefined, undefined],
    ['', false, false, undefined, undefined],
  ])('Transport: %s', (value, tcp, multicast, interleaved, ssrc) => {
    expect(parseTransport(value)).toEqual({ tcp, multicast, interleaved, ssrc });
  });

  it.each([
    ['Session: 1234', { id: '1234', timeout: 60 }],
    ['session:  AbC ; Timeout = 30 ', { id: 'AbC', timeout: 30 }],
    ['SESSION: 1;timeout=0', { id: '1', timeout: 60 }],
    ['Session: ;timeout=3', undefined],
    ['X: 1', undefined],
  ])('%s', (line, expected) => {
    expect(parseSession(response(line))).toEqual(expected);
  });

  it.each([
    [
      'url=rtsp://h/a,b?x=1/track1;seq=1;rtptime=4294967295,url=track2;rtptime=7',
      [
        { url: 'rtsp://h/a,b?x=1/track1', timestamp: 4_294_967_295 },
        { url: 'track2', timestamp: 7 },
      ],
    ],
    ['url="rtsp://h/1"; seq=2', [{ url: 'rtsp://h/1', timestamp: undefined }]],
    ['nonsense', []],
    ['', []],
  ])('RTP-Info: %s', (value, expected) => {
    expect(parseRtpInfo(value)).toEqual(expected);
  });

  it('reads the methods', () => {
    expect([...publicMethods(response('Public: OPTIONS, describe,PLAY'))]).toEqual(['OPTIONS', 'DESCRIBE', 'PLAY']);
    expect([...publicMethods(response())]).toEqual([]);
  });
});
