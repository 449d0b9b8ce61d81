import type { RtcpPacket } from '../../../src/media/rtp/rtcp.js';
import { compactNtp } from '../../../src/media/rtp/ntp.js';
import { buildBye, buildSenderReport } from '../../../src/media/rtp/rtcp.js';
import { buildRtp } from '../../../src/media/rtp/rtp.js';
import { receive } from '../../../src/media/rtp/datagram.js';
import { SrtpContext } from '../../../src/media/rtp/srtp.js';
import { hear, isSilent, newViewer, type Viewer } from '../../../src/media/rtp/viewer.js';

const ssrc = 42;
const wallclock = Date.UTC(2026, 0, 1);
const context = (now: number) => ({ ssrc, clockRate: 90_000, now, wallclock: wallclock + now });

const pli: RtcpPacket = { type: 'pli', sender: 1, media: ssrc };
const fir = (media: number): RtcpPacket => ({ type: 'fir', sender: 1, requests: [{ media, sequence: 1 }] });
const report = (fields: object): RtcpPacket => ({
  type: 'receiver-report',
  sender: 1,
  reports: [
    {
      ssrc,
      fractionLost: 0.5,
      packetsLost: 9,
      highestSequence: 9,
      jitter: 900,
      lastSenderReport: compactNtp(wallclock + 700),
      sinceSenderReport: 250,
      ...fields,
    },
  ],
});

describe('hear', () => {
  it.each<[string, RtcpPacket[], Partial<Viewer>, boolean]>([
    ['a report', [report({})], { loss: 0.5, jitter: 10, left: false }, false],
    ['a report on another stream', [report({ ssrc: 7 })], { loss: 0, jitter: 0 }, false],
    ['a picture loss', [pli], {}, true],
    ['a picture loss that names another stream', [{ type: 'pli', sender: 1, media: 7 }], {}, true],
    ['a full intra request', [fir(ssrc)], {}, true],
    ['one that names another stream', [fir(7)], {}, true],
    ['both in one packet', [report({}), pli], { loss: 0.5 }, true],
    ['lost packets', [{ type: 'nack', sender: 1, media: ssrc, lost: [1] }], {}, false],
    ['an estimate', [{ type: 'remb', sender: 1, bitrate: 5e5, media: [ssrc] }], { maxBitrate: 5e5 }, false],
    [
      'a limit',
      [{ type: 'tmmbr', sender: 1, limits: [{ media: ssrc, bitrate: 3e5, overhead: 40 }] }],
      { maxBitrate: 3e5 },
      false,
    ],
    ['an estimate for another stream', [{ type: 'remb', sender: 1, bitrate: 5e5, media: [7] }], {}, false],
    ['a goodbye', [{ type: 'bye', sources: [1] }], { left: true }, false],
    ['nothing that it knows', [], {}, false],
  ])('understands %s', (_name, packets, expected, refresh) => {
    const told = hear(newViewer(0), packets, context(1000));
    expect(told.refresh).toBe(refresh);
    expect(told.viewer).toMatchObject({ heardAt: 1000, ...expected });
    if (!('maxBitrate' in expected)) expect(told.viewer.maxBitrate).toBeUndefined();
  });

  it('measures the round trip from an echoed sender report', () => {
    expect(hear(newViewer(0), [report({})], context(1000)).viewer.roundTrip).toBeCloseTo(50, 0);
    expect(hear(newViewer(0), [report({ lastSenderReport: 0 })], context(1000)).viewer.roundTrip).toBeUndefined();
  });

  it('gives at most one keyframe in 300 ms, however often it is asked', () => {
    let viewer = newViewer(0);
    const given: number[] = [];
    for (let now = 0; now <= 1000; now += 50) {
      const told = hear(viewer, [pli, fir(ssrc)], context(now));
      viewer = told.viewer;
      if (told.refresh) given.push(now);
    }
    expect(given).toEqual([0, 300, 600, 900]);
  });

  it('calls a viewer silent after 30 s without a word', () => {
    const { viewer } = hear(newViewer(0), [], context(5000));
    expect([isSilent(viewer, 34_999), isSilent(viewer, 35_000)]).toEqual([false, true]);
    expect(isSilent(newViewer(100), 30_099)).toBe(false);
  });
});

describe('receive', () => {
  const keys = [Buffer.alloc(16, 1), Buffer.alloc(14, 2)] as const;
  const head = { payloadType: 110, marker: false, sequenceNumber: 3, timestamp: 4, ssrc: 5 };

  it('tells RTP and RTCP of one port apart, and refuses what is not authentic', () => {
    const theirs = new SrtpContext(...keys);
    const ours = new SrtpContext(...keys);
    const sound = theirs.protectRtp(head, Buffer.from('sound'));
    const words = theirs.protectRtcp(buildBye(5, 'phone'));
    expect(receive(ours, sound)).toEqual({ kind: 'rtp', packet: { ...head, payload: Buffer.from('sound') } });
    expect(receive(ours, words)).toMatchObject({ kind: 'rtcp', packets: [{}, { type: 'bye', sources: [5] }] });
    expect(receive(ours, sound)).toBeUndefined();
    expect(receive(ours, buildRtp(head, Buffer.from('sound')))).toBeUndefined();
    const report = { ssrc: 5, wallclock, rtpTimestamp: 0, packets: 0, octets: 0, cname: 'phone' };
    expect(receive(ours, buildSenderReport(report))).toBeUndefined();
    expect(receive(ours, Buffer.alloc(0))).toBeUndefined();
  });
});
