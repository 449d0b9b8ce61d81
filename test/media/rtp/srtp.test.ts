import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { RtpHeader as TheirHeader, SrtcpSession, SrtpSession } from 'werift-rtp';
import { AesCounterMode, MAX_ENCRYPTED_BYTES } from '../../../src/media/rtp/aes-cm.js';
import { ReplayWindow } from '../../../src/media/rtp/replay.js';
import { buildBye, buildSenderReport } from '../../../src/media/rtp/rtcp.js';
import { deriveKey, packetIndex, SrtpContext } from '../../../src/media/rtp/srtp.js';
import type { RtpHeader } from '../../../src/media/rtp/rtp.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const key = hex('E1F97A0D3E018BE0D64FA32C06DE4139');
const salt = hex('0EC675AD498AFEEBB6960B3AABE6');
const head = (sequenceNumber: number, ssrc = 0xcafebabe): RtpHeader => ({
  payloadType: 99,
  marker: sequenceNumber % 3 === 0,
  sequenceNumber: sequenceNumber & 0xffff,
  timestamp: 0xdecafbad,
  ssrc,
});
const theirs = {
  keys: { localMasterKey: key, localMasterSalt: salt, remoteMasterKey: key, remoteMasterSalt: salt },
  profile: 1 as const,
};

describe('the test vectors of RFC 3711', () => {
  it('B.2: AES counter mode', () => {
    const data = Buffer.alloc(48);
    const mode = new AesCounterMode(hex('2B7E151628AED2A6ABF7158809CF4F3C'), hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'));
    mode.apply(data, 0, 48, 0, 0);
    expect(data).toEqual(
      hex('E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB 41E95B3BB0A2E8DD477901E4FCA894C0'),
    );
  });

  it.each([
    ['cipher key', 0, 'C61E7A93744F39EE10734AFE3FF7A087'],
    ['cipher salt', 2, '30CBBC08863D8C85D49DB34A9AE1'],
    [
      'authentication key',
      1,
      `CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF7227098
       6371C10C9A369AC2F94A8C5FBCDDDC256D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2`,
    ],
  ])('B.3: %s', (_name, label, expected) => {
    expect(deriveKey(key, salt, label, hex(expected).length)).toEqual(hex(expected));
  });
});

describe('AesCounterMode', () => {
  it('does what a CTR cipher does, for any length, place, source and index', () => {
    const mode = new AesCounterMode(key, salt);
    fc.assert(
      fc.property(
        fc.nat({ max: MAX_ENCRYPTED_BYTES }),
        fc.nat({ max: 40 }),
        fc.nat({ max: 2 ** 32 - 1 }),
        fc.nat({ max: 2 ** 48 - 1 }),
        (length, start, ssrc, index) => {
          const iv = Buffer.alloc(16);
          iv.writeUInt32BE(ssrc, 4);
          iv.writeUIntBE(index, 8, 6);
          for (let i = 0; i < 14; i++) iv[i] = (iv[i] ?? 0) ^ (salt[i] ?? 0);
          const plain = randomBytes(start + length + 5);
          const encrypted = createCipheriv('aes-128-ctr', key, iv).update(plain.subarray(start, start + length));
          const expected = Buffer.concat([plain.subarray(0, start), encrypted, plain.subarray(start + length)]);
          mode.apply(plain, start, start + length, ssrc, index);
          expect(plain.equals(expected)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('packetIndex', () => {
  it.each([
    ['the first packet', -1, 40_000, 40_000],
    ['the next', 5, 6, 6],
    ['one that comes late', 70_000, 69_990 - 65_536, 69_990],
    ['a wrap', 65_535, 0, 65_536],
    ['late over a wrap', 65_540, 65_530, 65_530],
    ['the last wrap of many', 3 * 65_536 - 1, 2, 3 * 65_536 + 2],
    ['before the first', 3, 65_530, -6],
  ])('%s', (_name, newest, sequenceNumber, expected) => {
    expect(packetIndex(newest, sequenceNumber)).toBe(expected);
  });
});

describe('ReplayWindow', () => {
  it('takes every index once and none that is 128 or more behind, like a set would', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 700 })), (indices) => {
        const window = new ReplayWindow();
        const taken = new Set<number>();
        for (const index of indices) {
          const fresh = !taken.has(index) && Math.max(-1, ...taken) - index < 128;
          expect(window.isFresh(index)).toBe(fresh);
          if (!fresh) continue;
          window.take(index);
          taken.add(index);
        }
      }),
    );
  });
});

describe('SrtpContext', () => {
  it('reads its own RTP and werift’s, and werift reads ours, over two wraps of the sequence number', () => {
    const sender = new SrtpContext(key, salt);
    const receiver = new SrtpContext(key, salt);
    const theirSender = new SrtpSession(theirs);
    const theirReceiver = new SrtpSession(theirs);
    const theirsToUs = new SrtpContext(key, salt);
    for (let n = 100; n < 140_000; n += 61) {
      const payload = randomBytes(n % 230);
      const packet = sender.protectRtp(head(n), payload);
      expect(receiver.unprotectRtp(packet)).toEqual({ ...head(n), payload });
      expect(theirReceiver.decrypt(packet).subarray(12).equals(payload)).toBe(true);
      const same = theirSender.encrypt(payload, new TheirHeader({ ...head(n), payloadOffset: 12 }));
      expect(same.equals(packet)).toBe(true);
      expect(theirsToUs.unprotectRtp(same)?.payload.equals(payload)).toBe(true);
    }
  });

  it('reads its own RTCP and werift’s, and werift reads ours', () => {
    const sender = new SrtpContext(key, salt);
    const receiver = new SrtpContext(key, salt);
    const theirSender = new SrtcpSession(theirs);
    const theirReceiver = new SrtcpSession(theirs);
    const theirsToUs = new SrtpContext(key, salt);
    for (let n = 0; n < 20; n++) {
      const report = buildSenderReport({
        ssrc: 7,
        wallclock: 1e12 + n,
        rtpTimestamp: n,
        packets: n,
        octets: n,
        cname: 'lookout'.repeat(n),
      });
      const packet = sender.protectRtcp(report);
      expect(receiver.unprotectRtcp(packet)).toEqual(report);
      expect(theirReceiver.decrypt(packet)).toEqual(report);
      expect(theirsToUs.unprotectRtcp(theirSender.encrypt(report))).toEqual(report);
    }
  });

  it('takes RTCP that is signed but not encrypted', () => {
    const context = new SrtpContext(key, salt);
    const plain = buildBye(7, 'x');
    // index 5 without the encryption bit, signed with the key that RFC 3711 derives for label 4
    const signed = Buffer.concat([plain, Buffer.from([0, 0, 0, 5])]);
    const tag = hmac(deriveKey(key, salt, 4, 20), signed);
    expect(context.unprotectRtcp(Buffer.concat([signed, tag]))).toEqual(plain);
  });

  it('takes packets out of order, each once, and refuses replays', () => {
    const sender = new SrtpContext(key, salt);
    const packets = [65_534, 65_535, 65_536, 65_537].map((n) => sender.protectRtp(head(n), Buffer.from([n & 255])));
    const receiver = new SrtpContext(key, salt);
    const order = [0, 2, 1, 3, 2, 0, 3].map((i) => receiver.unprotectRtp(packets[i] ?? Buffer.alloc(0))?.payload[0]);
    expect(order).toEqual([254, 0, 255, 1, undefined, undefined, undefined]);
    const report = sender.protectRtcp(buildBye(1, 'x'));
    expect([receiver.unprotectRtcp(report), receiver.unprotectRtcp(report)]).toEqual([buildBye(1, 'x'), undefined]);
  });

  it('keeps the numbers of every source apart', () => {
    const sender = new SrtpContext(key, salt);
    const receiver = new SrtpContext(key, salt);
    for (const n of [65_535, 65_536, 65_537])
      for (const ssrc of [1, 2])
        expect(receiver.unprotectRtp(sender.protectRtp(head(n, ssrc), Buffer.from('x')))?.ssrc).toBe(ssrc);
  });

  it('refuses packets with any byte changed, another key, or a cut', () => {
    const sender = new SrtpContext(key, salt);
    const rtp = sender.protectRtp(head(1), randomBytes(60));
    const rtcp = sender.protectRtcp(buildBye(7, 'lookout'));
    const receiver = new SrtpContext(key, salt);
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, change) => {
        for (const packet of [rtp, rtcp]) {
          const spoilt = Buffer.from(packet);
          spoilt[at % spoilt.length] = (spoilt[at % spoilt.length] ?? 0) ^ change;
          expect(receiver.unprotectRtp(spoilt)).toBeUndefined();
          expect(receiver.unprotectRtcp(spoilt)).toBeUndefined();
          expect(receiver.unprotectRtp(packet.subarray(0, at % packet.length))).toBeUndefined();
          expect(receiver.unprotectRtcp(packet.subarray(0, at % packet.length))).toBeUndefined();
        }
      }),
      { numRuns: 1000 },
    );
    const stranger = new SrtpContext(randomBytes(16), salt);
    expect(stranger.unprotectRtp(rtp)).toBeUndefined();
    expect(receiver.unprotectRtp(rtp)).toBeDefined();
    expect(receiver.unprotectRtcp(rtcp)).toBeDefined();
  });

  it('takes any bytes of any length', () => {
    const receiver = new SrtpContext(key, salt);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat({ max: 5000 }), (bytes, more) => {
        const datagram = Buffer.concat([Buffer.from([0x80]), bytes, Buffer.alloc(more)]);
        expect(receiver.unprotectRtp(datagram)).toBeUndefined();
        expect(receiver.unprotectRtcp(datagram)).toBeUndefined();
      }),
    );
  });

  it.each([0, 1, 2, 3, 15, 16, 17, 2031, 2044])('carries a payload of %i bytes', (length) => {
    const sender = new SrtpContext(key, salt);
    const receiver = new SrtpContext(key, salt);
    const payload = randomBytes(length);
    expect(receiver.unprotectRtp(sender.protectRtp(head(1), payload))?.payload).toEqual(payload);
    const compound = Buffer.concat([Buffer.alloc(8), payload]);
    expect(receiver.unprotectRtcp(sender.protectRtcp(compound))).toEqual(compound);
  });

  it('says what is wrong with keys and sizes', () => {
    expect(() => new SrtpContext(key, key)).toThrow('a salt of 14, not 16 and 16');
    expect(() => new SrtpContext(key, salt).protectRtp(head(1), Buffer.alloc(3000))).toThrow('too large');
  });
});

function hmac(authKey: Buffer, data: Buffer): Buffer {
  return createHmac('sha1', authKey).update(data).digest().subarray(0, 10);
}
