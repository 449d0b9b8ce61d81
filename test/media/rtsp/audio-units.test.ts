import fc from 'fast-check';
import { aacConfig } from '../../../src/media/rtsp/aac-config.js';
import { AacDepacketiser, WholePayloads } from '../../../src/media/rtsp/audio-units.js';

/** AAC-hbr: RFC 3640, 3.3.6. */
const HBR = { sizeLength: 13, indexLength: 3, indexDeltaLength: 3, duration: 1024 };
const headers = (...sizes: number[]): Buffer => {
  const table = Buffer.alloc(2 + 2 * sizes.length);
  table.writeUInt16BE(16 * sizes.length);
  sizes.forEach((size, index) => table.writeUInt16BE(size << 3, 2 + 2 * index));
  return table;
};
const unit = (fill: number, length = 10): Buffer => Buffer.alloc(length, fill);

describe('AAC in RTP', () => {
  it('reads one unit and several, with their times', () => {
    const depacketiser = new AacDepacketiser(HBR);
    expect(depacketiser.push(Buffer.concat([headers(10), unit(1)]), 5)).toEqual([{ timestamp: 5, data: unit(1) }]);
    const three = Buffer.concat([headers(10, 3, 7), unit(1), unit(2, 3), unit(3, 7)]);
    expect(depacketiser.push(three, 2 ** 32 - 1024)).toEqual([
      { timestamp: 2 ** 32 - 1024, data: unit(1) },
      { timestamp: 0, data: unit(2, 3) },
      { timestamp: 1024, data: unit(3, 7) },
    ]);
  });

  it('puts fragments together, and none over a loss', () => {
    const depacketiser = new AacDepacketiser(HBR);
    const parts = [unit(1, 4), unit(2, 4), unit(3, 2)].map((part) => Buffer.concat([headers(10), part]));
    const [first, second, third] = parts as [Buffer, Buffer, Buffer];
    expect(parts.map((part) => depacketiser.push(part, 0).length)).toEqual([0, 0, 1]);
    depacketiser.push(first, 0);
    depacketiser.reset();
    expect([second, third].flatMap((part) => depacketiser.push(part, 0))).toEqual([]);
    expect(depacketiser.push(Buffer.concat([headers(10), unit(9)]), 0)).toEqual([{ timestamp: 0, data: unit(9) }]);
  });

  it('takes an ADTS header off', () => {
    const adts = Buffer.from([0xff, 0xf1, 0x4c, 0x80, 0x02, 0x7f, 0xfc]);
    const payload = Buffer.concat([headers(17), adts, unit(1)]);
    expect(new AacDepacketiser(HBR).push(payload, 0)).toEqual([{ timestamp: 0, data: unit(1) }]);
  });

  it('comes to an end where fields have no bits', () => {
    const layout = { sizeLength: 0, indexLength: 0, indexDeltaLength: 0, duration: 1024 };
    expect(new AacDepacketiser(layout).push(Buffer.concat([headers(10), unit(10)]), 0)).toEqual([]);
  });

  it('never fails, and gives no more than it took', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 30 }),
        fc.record({
          sizeLength: fc.nat(32),
          indexLength: fc.nat(32),
          indexDeltaLength: fc.nat(32),
          duration: fc.nat(),
        }),
        (payloads, layout) => {
          const depacketiser = new AacDepacketiser(layout);
          const units = payloads.flatMap((payload) => depacketiser.push(Buffer.from(payload), 0));
          const taken = units.reduce((sum, { data }) => sum + data.length, 0);
          expect(taken).toBeLessThanOrEqual(payloads.reduce((sum, { length }) => sum + length, 0));
        },
      ),
    );
  });

  it.each([
    ['1190', { sampleRate: 48_000, channels: 2, samples: 1024 }],
    ['1408', { sampleRate: 16_000, channels: 1, samples: 1024 }],
    ['140c', { sampleRate: 16_000, channels: 1, samples: 960 }],
    ['2b8a0800', { sampleRate: 22_050, channels: 1, samples: 1024 }],
    ['17802ee008', { sampleRate: 24_000, channels: 1, samples: 1024 }],
    ['', undefined],
    ['00', undefined],
    ['0000', undefined],
    ['1680', undefined],
    ['ff'.repeat(80), undefined],
  ])('reads the AudioSpecificConfig %j', (hex, expected) => {
    expect(aacConfig(Buffer.from(hex, 'hex'))).toEqual(expected);
  });
});

it('other sounds are taken as they are, as copies', () => {
  const payload = unit(5);
  const got = new WholePayloads().push(payload, 3);
  payload.fill(0);
  expect(got).toEqual([{ timestamp: 3, data: unit(5) }]);
  expect(new WholePayloads().push(Buffer.alloc(0), 3)).toEqual([]);
});
