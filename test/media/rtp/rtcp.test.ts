import fc from 'fast-check';
import {
  GenericNack,
  PictureLossIndication,
  ReceiverEstimatedMaxBitrate,
  RtcpPacketConverter,
  RtcpPayloadSpecificFeedback,
  RtcpReceiverInfo,
  RtcpRrPacket,
  RtcpSenderInfo,
  type RtcpSourceDescriptionPacket,
  RtcpSrPacket,
  RtcpTransportLayerFeedback,
} from 'werift-rtp';
import { compactNtp, ntpTime } from '../../../src/media/rtp/ntp.js';
import {
  buildBye,
  buildSenderReport,
  parseRtcp,
  roundTrip,
  type ReceptionReport,
} from '../../../src/media/rtp/rtcp.js';

describe('what is built', () => {
  it('a sender report with SDES, as werift reads it', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 32 - 1 }),
        fc.integer({ min: 0, max: 2_000_000_000_000 }),
        fc.nat({ max: 2 ** 32 - 1 }),
        fc.string({ minLength: 1, maxLength: 60 }),
        (ssrc, wallclock, rtpTimestamp, cname) => {
          const packet = buildSenderReport({ ssrc, wallclock, rtpTimestamp, packets: 2 ** 32 + 5, octets: 77, cname });
          expect(packet.length % 4).toBe(0);
          const [report, description] = RtcpPacketConverter.deSerialize(packet);
          const { seconds, fraction } = ntpTime(wallclock);
          expect(report).toMatchObject({
            ssrc,
            senderInfo: {
              ntpTimestamp: (BigInt(seconds) << 32n) | BigInt(fraction),
              rtpTimestamp,
              packetCount: 5,
              octetCount: 77,
            },
          });
          expect((description as RtcpSourceDescriptionPacket).chunks[0]?.source).toBe(ssrc);
          expect(packet.includes(Buffer.from(cname))).toBe(true);
          expect(parseRtcp(packet)).toEqual([
            {
              type: 'sender-report',
              sender: ssrc,
              compactNtp: compactNtp(wallclock),
              rtpTimestamp,
              packets: 5,
              octets: 77,
              reports: [],
            },
          ]);
        },
      ),
    );
  });

  it('a goodbye', () => {
    const packet = buildBye(0x01020304, 'abc');
    // RR without reports, SDES with a CNAME of 3 bytes and 3 zeros, BYE
    expect(packet.toString('hex')).toBe('80c9000101020304' + '81ca0003010203040103616263000000' + '81cb000101020304');
    expect(parseRtcp(packet)).toEqual([
      { type: 'receiver-report', sender: 0x01020304, reports: [] },
      { type: 'bye', sources: [0x01020304] },
    ]);
  });

  it.each([
    ['1970', 0, 2_208_988_800, 0],
    ['a half second', 500, 2_208_988_800, 2 ** 31],
    ['2026', Date.UTC(2026, 0, 1) + 250, 3_976_214_400, 2 ** 30],
    ['after the wrap of 2036', Date.UTC(2036, 1, 7, 6, 28, 16), 0, 0],
  ])('NTP time of %s', (_name, wallclock, seconds, fraction) => {
    expect(ntpTime(wallclock)).toEqual({ seconds, fraction });
  });
});

describe('what is read', () => {
  const sender = 0xaaaa0001;
  const media = 0xbbbb0002;
  const received = {
    ssrc: media,
    fractionLost: 64,
    packetsLost: 3,
    highestSequence: 70_000,
    jitter: 900,
    lsr: 0x12345678,
    dlsr: 65_536,
  };
  const report: ReceptionReport = {
    ssrc: media,
    fractionLost: 0.25,
    packetsLost: 3,
    highestSequence: 70_000,
    jitter: 900,
    lastSenderReport: 0x12345678,
    sinceSenderReport: 1000,
  };

  const receiverReport = new RtcpRrPacket({ ssrc: sender, reports: [new RtcpReceiverInfo(received)] }).serialize();
  const pli = new RtcpPayloadSpecificFeedback({
    feedback: new PictureLossIndication({ senderSsrc: sender, mediaSsrc: media }),
  }).serialize();

  it.each([
    ['a receiver report', receiverReport, { type: 'receiver-report', sender, reports: [report] }],
    [
      'a sender report',
      new RtcpSrPacket({
        ssrc: sender,
        senderInfo: new RtcpSenderInfo({
          ntpTimestamp: 0x1111222233334444n,
          rtpTimestamp: 9,
          packetCount: 8,
          octetCount: 7,
        }),
        reports: [new RtcpReceiverInfo(received)],
      }).serialize(),
      {
        type: 'sender-report',
        sender,
        compactNtp: 0x22223333,
        rtpTimestamp: 9,
        packets: 8,
        octets: 7,
        reports: [report],
      },
    ],
    ['a picture loss indication', pli, { type: 'pli', sender, media }],
    [
      'full intra requests',
      // RFC 5104, 4.3.1.1
      Buffer.from('84ce0006aaaa000100000000bbbb00020300000000000005c8000000', 'hex'),
      {
        type: 'fir',
        sender,
        requests: [
          { media, sequence: 3 },
          { media: 5, sequence: 200 },
        ],
      },
    ],
    [
      'lost packets',
      new RtcpTransportLayerFeedback({
        feedback: new GenericNack({ senderSsrc: sender, mediaSourceSsrc: media, lost: [65_534, 65_535, 0, 14, 40] }),
      }).serialize(),
      { type: 'nack', sender, media, lost: [65_534, 65_535, 0, 14, 40] },
    ],
    [
      'an estimate of the bitrate',
      new RtcpPayloadSpecificFeedback({
        feedback: new ReceiverEstimatedMaxBitrate({
          senderSsrc: sender,
          mediaSsrc: 0,
          ssrcNum: 1,
          brExp: 4,
          brMantissa: 125_000,
          ssrcFeedbacks: [media],
        }),
      }).serialize(),
      { type: 'remb', sender, bitrate: 2_000_000, media: [media] },
    ],
    [
      'a limit of the bitrate',
      // RFC 5104, 4.2.1.1: exponent 3, mantissa 50000, overhead 40
      Buffer.from(
        `83cd0004aaaa000100000000bbbb0002${((3 << 26) | (50_000 << 9) | 40).toString(16).padStart(8, '0')}`,
        'hex',
      ),
      { type: 'tmmbr', sender, limits: [{ media, bitrate: 400_000, overhead: 40 }] },
    ],
    ['a goodbye of two', Buffer.from('82cb0002aaaa0001bbbb0002', 'hex'), { type: 'bye', sources: [sender, media] }],
    ['a goodbye with padding', Buffer.from('a1cb0002aaaa000100000004', 'hex'), { type: 'bye', sources: [sender] }],
  ])('%s, as werift or the RFC writes it', (_name, packet, expected) => {
    expect(parseRtcp(packet)).toEqual([expected]);
  });

  it('reads all of a compound packet, without what it does not know', () => {
    const compound = Buffer.concat([receiverReport, Buffer.from('80cf0001aaaa0001', 'hex'), pli]);
    expect(parseRtcp(compound).map(({ type }) => type)).toEqual(['receiver-report', 'pli']);
  });

  it('stops where a packet is cut short, and leaves out reports that are not there', () => {
    expect(parseRtcp(Buffer.concat([pli, receiverReport.subarray(0, 20)])).map(({ type }) => type)).toEqual(['pli']);
    const promised = Buffer.from(receiverReport);
    promised[0] = 0x80 | 31;
    expect(parseRtcp(promised)).toEqual([{ type: 'receiver-report', sender, reports: [report] }]);
  });

  it('counts duplicates as a negative loss', () => {
    const packet = Buffer.from(receiverReport);
    packet.writeIntBE(-2, 13, 3);
    expect(parseRtcp(packet)).toMatchObject([{ reports: [{ packetsLost: -2 }] }]);
  });

  it('takes any bytes', () => {
    const word = fc.uint8Array({ minLength: 4, maxLength: 4 });
    const plausible = fc
      .tuple(
        fc.nat({ max: 63 }),
        fc.integer({ min: 199, max: 207 }),
        fc.array(word, { maxLength: 30 }),
        fc.nat({ max: 35 }),
      )
      .map(([count, type, words, length]) => Buffer.concat([Buffer.from([0x80 | count, type, 0, length]), ...words]));
    fc.assert(
      fc.property(fc.array(plausible, { maxLength: 4 }), fc.nat({ max: 7 }), (packets, cut) => {
        const data = Buffer.concat(packets);
        const read = parseRtcp(data.subarray(0, Math.max(0, data.length - cut)));
        expect(read.length).toBeLessThanOrEqual(data.length / 4);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(Array.isArray(parseRtcp(Buffer.from(bytes)))).toBe(true);
      }),
    );
  });
});

describe('roundTrip', () => {
  const echo = (sentAt: number, held: number): ReceptionReport => ({
    ssrc: 1,
    fractionLost: 0,
    packetsLost: 0,
    highestSequence: 0,
    jitter: 0,
    lastSenderReport: compactNtp(sentAt),
    sinceSenderReport: held,
  });
  const at = Date.UTC(2026, 0, 1);

  it.each([
    ['what is left after the time that the report was held', echo(at, 400), at + 425, 25],
    ['never less than nothing', echo(at, 402), at + 400, 0],
    ['over a wrap of the compact time', echo(65_536_000 * 20 - 10, 0), 65_536_000 * 20 + 20, 30],
  ])('%s', (_name, report, now, expected) => {
    expect(roundTrip(report, now)).toBeCloseTo(expected, 0);
  });

  it('is unknown where nothing or nonsense is echoed', () => {
    expect(roundTrip({ ...echo(at, 0), lastSenderReport: 0 }, at)).toBeUndefined();
    expect(roundTrip(echo(at, 5000), at + 100)).toBeUndefined();
    expect(roundTrip(echo(at, 0), at + 100_000)).toBeUndefined();
  });
});
