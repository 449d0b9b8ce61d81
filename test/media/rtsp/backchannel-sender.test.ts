import fc from 'fast-check';
import type { BackchannelPlan } from '../../../src/media/rtsp/backchannel-plan.js';
import { BackchannelSender } from '../../../src/media/rtsp/backchannel-sender.js';
import { parseRtp, type RtpPacket } from '../../../src/media/rtp/rtp.js';

const MEDIA = { type: 'audio', protocol: 'RTP/AVP', payloads: [], control: 'back', direction: 'sendonly' } as const;
const G711: BackchannelPlan = {
  ...{ media: MEDIA, payloadType: 8, codec: 'pcm_alaw', sampleRate: 8000, clockRate: 8000, channels: 1 },
};

function sending(plan: BackchannelPlan) {
  const sent: RtpPacket[] = [];
  const clock = { now: 1000 };
  const sender = new BackchannelSender(
    plan,
    (data) => {
      const packet = parseRtp(data);
      if (packet !== undefined) sent.push(packet);
    },
    () => clock.now,
  );
  const ticks = (): number[] => sent.map(({ timestamp }) => (timestamp - (sent[0]?.timestamp ?? 0)) >>> 0);
  return { sender, sent, clock, ticks };
}

describe('what is said, in packets', () => {
  it('is cut into 20 ms, whatever it comes in, and nothing is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 12 }), (pieces) => {
        const { sender, sent } = sending(G711);
        for (const piece of pieces) sender.push(Buffer.from(piece));
        const all = Buffer.concat(pieces);
        expect(sent.every(({ payload }) => payload.length === 160)).toBe(true);
        expect(Buffer.concat(sent.map(({ payload }) => payload))).toEqual(
          all.subarray(0, all.length - (all.length % 160)),
        );
      }),
    );
  });

  it('is numbered, and marked where it begins', () => {
    const { sender, sent, ticks } = sending(G711);
    sender.push(Buffer.alloc(480));
    expect(ticks()).toEqual([0, 160, 320]);
    expect(sent.map(({ marker }) => marker)).toEqual([true, false, false]);
    expect(sent.map(({ sequenceNumber }) => (sequenceNumber - (sent[0]?.sequenceNumber ?? 0)) & 0xffff)).toEqual([
      0, 1, 2,
    ]);
    expect(new Set(sent.map(({ ssrc, payloadType }) => `${ssrc} ${payloadType}`)).size).toBe(1);
    expect(sent[0]?.payloadType).toBe(8);
  });

  it('goes on where it was after jitter, and at the time that it is after a pause', () => {
    const { sender, sent, clock, ticks } = sending(G711);
    sender.push(Buffer.alloc(160));
    clock.now += 150;
    sender.push(Buffer.alloc(160));
    clock.now += 5000;
    sender.push(Buffer.alloc(160));
    expect(sent.map(({ marker }) => marker)).toEqual([true, false, true]);
    expect(ticks()).toEqual([0, 160, 160 + 160 + Math.round((5150 - 40) * 8)]);
  });

  it('has two bytes a sample as L16, and one unit a packet as AAC', () => {
    const pcm = sending({ ...G711, codec: 'pcm_s16be', sampleRate: 16_000, clockRate: 16_000 });
    pcm.sender.push(Buffer.alloc(1280));
    expect(pcm.sent.map(({ payload }) => payload.length)).toEqual([640, 640]);
    expect(pcm.ticks()).toEqual([0, 320]);
    const aac = sending({ ...G711, codec: 'aac', sampleRate: 16_000, clockRate: 16_000 });
    aac.sender.push(Buffer.alloc(100, 7));
    aac.sender.push(Buffer.alloc(60, 7));
    expect(aac.sent.map(({ payload }) => payload.subarray(0, 5).toString('hex'))).toEqual(['0010032007', '001001e007']);
    expect(aac.ticks()).toEqual([0, 1024]);
  });
});
