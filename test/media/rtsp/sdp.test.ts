import fc from 'fast-check';
import { controlUrl, parseSdp } from '../../../src/media/rtsp/sdp.js';

const CAMERA = `v=0
o=- 0 0 IN IP4 192.168.1.5
s=Media Presentation
c=IN IP4 224.2.1.4/127
a=control:rtsp://192.168.1.5/cam/
a=range:npt=now-
m=video 0 RTP/AVP 96
a=control:trackID=1
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0IA==,aM4=; profile-level-id=420029
m=audio 0 RTP/AVP 0 97
a=control:trackID=2
a=rtpmap:97 mpeg4-generic/16000/2
a=sendonly
m=application 0 RTP/AVP 107
a=rtpmap:107 vnd.onvif.metadata/90000
m=audio 0 TCP/RTP/AVP x
`;

describe('session descriptions', () => {
  it.each(['\n', '\r\n', '\r'])('reads a camera, lines ending in %j', (end) => {
    const sdp = parseSdp(CAMERA.replaceAll('\n', end));
    expect(sdp?.control).toBe('rtsp://192.168.1.5/cam/');
    expect(sdp?.media.map(({ type, protocol, control, direction }) => [type, protocol, control, direction])).toEqual([
      ['video', 'RTP/AVP', 'trackID=1', 'sendrecv'],
      ['audio', 'RTP/AVP', 'trackID=2', 'sendonly'],
      ['application', 'RTP/AVP', undefined, 'sendrecv'],
    ]);
    const [video, audio] = sdp?.media ?? [];
    expect(video?.payloads[0]).toMatchObject({ type: 96, encoding: 'H264', clockRate: 90_000 });
    expect(video?.payloads[0]?.parameters.get('sprop-parameter-sets')).toBe('Z0IA==,aM4=');
    expect(video?.payloads[0]?.parameters.get('profile-level-id')).toBe('420029');
    expect(audio?.payloads.map(({ encoding, clockRate, channels }) => [encoding, clockRate, channels])).toEqual([
      ['PCMU', 8000, 1],
      ['MPEG4-GENERIC', 16_000, 2],
    ]);
  });

  it.each(['', 'v=0', '<html>', 'm=', 'm=video', 'm=video 0 RTP/AVP 300'])('finds nothing in %j', (text) => {
    expect(parseSdp(text)).toBeUndefined();
  });

  it.each([
    ['rtsp://h/a', undefined, 'rtsp://h/a'],
    ['rtsp://h/a', '*', 'rtsp://h/a'],
    ['rtsp://h/a', 'rtsp://other:8554/a/1', 'rtsp://other:8554/a/1'],
    ['rtsp://h/a', 'track1', 'rtsp://h/a/track1'],
    ['rtsp://h/a/', 'track1', 'rtsp://h/a/track1'],
    ['rtsp://h/a/', '/track1', 'rtsp://h/a/track1'],
    ['rtsp://h/a?channel=1&subtype=0', 'trackID=0', 'rtsp://h/a?channel=1&subtype=0/trackID=0'],
    ['rtsp://h/a', '?ctype=video', 'rtsp://h/a?ctype=video'],
  ])('%s with control %s is %s', (base, control, expected) => {
    expect(controlUrl(base, control)).toBe(expected);
  });

  it('never fails', () => {
    const line = fc.oneof(
      fc.constantFrom(...CAMERA.split('\n')),
      fc.string().map((text) => `a=fmtp:96 ${text}`),
      fc.string().map((text) => `a=rtpmap:96 ${text}`),
      fc.string().map((text) => `m=${text}`),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), (lines) => {
        const sdp = parseSdp(lines.join('\n'));
        for (const { payloads } of sdp?.media ?? []) {
          for (const { clockRate, channels } of payloads) {
            expect(clockRate).toBeGreaterThanOrEqual(0);
            expect(channels).toBeGreaterThanOrEqual(1);
          }
        }
      }),
    );
  });
});
