import { planBackchannel } from '../../../src/media/rtsp/backchannel-plan.js';
import { parseSdp } from '../../../src/media/rtsp/sdp.js';

const LISTEN = ['m=audio 0 RTP/AVP 8', 'a=control:track2', 'a=recvonly'];
const VIDEO = ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'a=control:track1', 'a=recvonly'];
const back = (...lines: string[]): string[] => [...lines, 'a=control:back', 'a=sendonly'];

function plan(...lines: string[]): unknown {
  const sdp = parseSdp(['v=0', 'a=control:*', ...VIDEO, ...LISTEN, ...lines, ''].join('\r\n'));
  if (sdp === undefined) throw new Error('no SDP');
  const found = planBackchannel(sdp);
  if (typeof found === 'string') return found;
  const { media, ...rest } = found;
  expect(media.control).toBe('back');
  return rest;
}

const g711 = (codec: string, payloadType: number, sampleRate = 8000) => ({
  ...{ codec, payloadType, sampleRate, clockRate: sampleRate, channels: 1 },
});

describe('how a camera is talked to', () => {
  it.each<[what: string, lines: string[], expected: unknown]>([
    ['µ-law', back('m=audio 0 RTP/AVP 0'), g711('pcm_mulaw', 0)],
    ['A-law', back('m=audio 0 RTP/AVP 8', 'a=rtpmap:8 PCMA/8000'), g711('pcm_alaw', 8)],
    ['µ-law at 16 kHz', back('m=audio 0 RTP/AVP 97', 'a=rtpmap:97 PCMU/16000'), g711('pcm_mulaw', 97, 16_000)],
    ['PCM', back('m=audio 0 RTP/AVP 98', 'a=rtpmap:98 L16/16000/1'), g711('pcm_s16be', 98, 16_000)],
    [
      'AAC',
      back(
        'm=audio 0 RTP/AVP 97',
        'a=rtpmap:97 MPEG4-GENERIC/16000/1',
        'a=fmtp:97 mode=AAC-hbr;config=1408;sizelength=13;indexlength=3;indexdeltalength=3',
      ),
      g711('aac', 97, 16_000),
    ],
    ['the first that can be made', back('m=audio 0 RTP/AVP 97 8 0', 'a=rtpmap:97 G726-32/8000'), g711('pcm_alaw', 8)],
    [
      'the second of two ways',
      ['m=audio 0 RTP/AVP 2', 'a=control:other', 'a=sendonly', ...back('m=audio 0 RTP/AVP 0')],
      g711('pcm_mulaw', 0),
    ],
    ['none', [], 'has no ONVIF backchannel'],
    ['one that is switched off', ['m=audio 0 RTP/AVP 0', 'a=inactive'], 'has no ONVIF backchannel'],
    [
      'nothing that can be made',
      back('m=audio 0 RTP/AVP 97 98 2', 'a=rtpmap:97 G726-32/8000'),
      'takes sound as G726-32 or payload type 98 or G721 only',
    ],
    [
      'AAC without its description',
      back('m=audio 0 RTP/AVP 97', 'a=rtpmap:97 MPEG4-GENERIC/16000'),
      'takes sound as MPEG4-GENERIC only',
    ],
    ['a rate of nowhere', back('m=audio 0 RTP/AVP 97', 'a=rtpmap:97 PCMU/999999999'), 'takes sound as PCMU only'],
  ])('%s', (_, lines, expected) => {
    expect(plan(...lines)).toEqual(expected);
  });
});
