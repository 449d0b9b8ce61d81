import { planTracks, type Plan } from '../../../src/media/rtsp/plan.js';
import { parseSdp } from '../../../src/media/rtsp/sdp.js';

const H264 = ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000'];
const plan = (...lines: string[]): Plan | string => {
  const sdp = parseSdp(lines.join('\n'));
  if (!sdp) throw new Error('no SDP');
  return planTracks(sdp, true);
};
const audio = (...lines: string[]): unknown => {
  const planned = plan(...H264, ...lines);
  if (typeof planned === 'string') return planned;
  const format = planned.audio?.format;
  return format && [format.codec, format.sampleRate, format.channels, format.extradata.toString('hex')];
};

describe('what is read of a session', () => {
  it.each([
    [['m=video 0 RTP/AVP 96', 'a=rtpmap:96 h264/90000', 'a=fmtp:96 packetization-mode=1'], 'h264'],
    [['m=video 0 RTP/AVP/TCP 97', 'a=rtpmap:97 H265/90000'], 'hevc'],
    [['m=application 0 RTP/AVP 99', ...H264], 'h264'],
  ])('%j is read as %s', (lines, codec) => {
    expect(plan(...lines)).toMatchObject({ video: { codec, payload: { clockRate: 90_000 } }, audio: undefined });
  });

  it.each([
    [['m=audio 0 RTP/AVP 0'], 'no video'],
    [['m=video 0 RTP/AVP 26'], 'JPEG'],
    [['m=video 0 RTP/AVP 96', 'a=rtpmap:96 MP4V-ES/90000'], 'MP4V-ES'],
    [['m=video 0 RTP/AVP 99'], 'payload type 99'],
    [[...H264, 'a=fmtp:96 packetization-mode=2'], 'interleaved'],
    [['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H265/90000', 'a=fmtp:96 sprop-max-don-diff=2'], 'order'],
    [['m=video 0 RTP/SAVP 96', 'a=rtpmap:96 H264/90000'], 'RTP/SAVP'],
    [[...H264, 'm=audio 0 RTP/AVP 2'], 'G721'],
    [[...H264, 'm=audio 0 RTP/AVP 97', 'a=rtpmap:97 G726-32/8000'], 'G726-32'],
    [[...H264, 'm=audio 0 RTP/AVP 97', 'a=rtpmap:97 mpeg4-generic/16000'], 'AAC'],
    [[...H264, 'm=audio 0 RTP/AVP 97', 'a=rtpmap:97 MP4A-LATM/16000'], 'MP4A-LATM'],
  ])('%j is refused for %s', (lines, reason) => {
    expect(plan(...lines)).toContain(reason);
  });

  const AAC = ['m=audio 0 RTP/AVP 97', 'a=rtpmap:97 MPEG4-GENERIC/16000/1'];
  it.each([
    [['m=audio 0 RTP/AVP 0'], ['pcm_mulaw', 8000, 1, '']],
    [['m=audio 0 RTP/AVP 8'], ['pcm_alaw', 8000, 1, '']],
    [
      ['m=audio 0 RTP/AVP 98', 'a=rtpmap:98 PCMA/16000'],
      ['pcm_alaw', 16_000, 1, ''],
    ],
    [
      ['m=audio 0 RTP/AVP 98', 'a=rtpmap:98 L16/44100/2'],
      ['pcm_s16be', 44_100, 2, ''],
    ],
    [
      ['m=audio 0 RTP/AVP 98', 'a=rtpmap:98 opus/48000/2'],
      ['opus', 48_000, 2, '4f707573486561640102000080bb0000000000'],
    ],
    [
      [...AAC, 'a=fmtp:97 mode=AAC-hbr;config=1408;sizeLength=13;indexLength=3;indexDeltaLength=3'],
      ['aac', 16_000, 1, '1408'],
    ],
    [
      ['m=audio 0 RTP/AVP 0', 'a=sendonly', 'm=audio 0 RTP/AVP 8', 'a=recvonly'],
      ['pcm_alaw', 8000, 1, ''],
    ],
    [['m=audio 0 RTP/AVP 0', 'a=sendonly'], undefined],
    [['m=audio 0 RTP/AVP 0', 'a=inactive'], undefined],
  ])('%j', (lines, expected) => {
    expect(audio(...lines)).toEqual(expected);
  });

  it('leaves sound alone that nobody wants', () => {
    const sdp = parseSdp([...H264, 'm=audio 0 RTP/AVP 2'].join('\n'));
    expect(sdp && planTracks(sdp, false)).toMatchObject({ audio: undefined });
  });
});
