import fc from 'fast-check';
import { RtpPacket } from 'werift-rtp';
import { buildRtp, isRtcp, parseRtp, rtpHeaderLength, type RtpHeader } from '../../../src/media/rtp/rtp.js';

export const header: fc.Arbitrary<RtpHeader> = fc.record({
  payloadType: fc.nat({ max: 127 }),
  marker: fc.boolean(),
  sequenceNumber: fc.nat({ max: 0xffff }),
  timestamp: fc.nat({ max: 0xffffffff }),
  ssrc: fc.nat({ max: 0xffffffff }),
});

describe('RTP', () => {
  it('reads what it builds, and so does werift', () => {
    fc.assert(
      fc.property(header, fc.uint8Array({ maxLength: 50 }), (head, bytes) => {
        const payload = Buffer.from(bytes);
        const packet = buildRtp(head, payload);
        expect(parseRtp(packet)).toEqual({ ...head, payload });
        const theirs = RtpPacket.deSerialize(packet);
        expect(theirs.header).toMatchObject(head);
        expect(theirs.payload).toEqual(payload);
      }),
    );
  });

  it('finds the payload behind contributing sources and an extension, before padding', () => {
    const packet = Buffer.concat([
      Buffer.from([0xb2, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]), // padding, extension, two contributing sources
      Buffer.alloc(8, 0xcc),
      Buffer.from([0xbe, 0xde, 0, 1, 9, 9, 9, 9]),
      Buffer.from([5, 6, 7, 0, 0, 3]),
    ]);
    expect(rtpHeaderLength(packet)).toBe(28);
    expect(parseRtp(packet)?.payload).toEqual(Buffer.from([5, 6, 7]));
  });

  it.each([
    ['too short', [0x80, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0]],
    ['another version', [0x40, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]],
    ['sources that are not there', [0x81, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]],
    ['an extension that is not there', [0x90, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xbe, 0xde, 0, 1]],
    ['more padding than bytes', [0xa0, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9]],
    ['padding of no bytes', [0xa0, 96, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0]],
  ])('refuses %s', (_name, bytes) => {
    expect(parseRtp(Buffer.from(bytes))).toBeUndefined();
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat({ max: 255 }), (bytes, first) => {
        const payload = parseRtp(Buffer.from([first, ...bytes]))?.payload;
        expect(payload?.length ?? 0).toBeLessThanOrEqual(Math.max(0, bytes.length - 11));
      }),
      { numRuns: 1000 },
    );
  });

  it('tells RTCP by its packet types', () => {
    const types = [96, 0x80 | 63, 191, 192, 200, 206, 207, 223, 224];
    expect(types.filter((type) => isRtcp(Buffer.from([0x80, type])))).toEqual([192, 200, 206, 207, 223]);
    expect(isRtcp(Buffer.alloc(0))).toBe(false);
  });
});
