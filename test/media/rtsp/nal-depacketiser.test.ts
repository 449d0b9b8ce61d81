import fc from 'fast-check';
import type { NalCodec } from '../../../src/media/h26x/nal.js';
import { H264Depacketiser } from '../../../src/media/rtsp/h264-units.js';
import { HevcDepacketiser } from '../../../src/media/rtsp/hevc-units.js';
import { aggregate, fragment, nal } from './packetise.js';

const create = (codec: NalCodec) => (codec === 'h264' ? new H264Depacketiser() : new HevcDepacketiser());
const SLICE = { h264: 1, hevc: 1 };

describe.each(['h264', 'hevc'] as const)('the depacketiser of %s', (codec) => {
  const unit = nal(codec, SLICE[codec], true, 0x22, 30);
  const other = nal(codec, SLICE[codec], false, 0x33, 9);

  it('reads single units, aggregates and fragments', () => {
    const depacketiser = create(codec);
    expect(depacketiser.push(unit)).toEqual([unit]);
    expect(depacketiser.push(aggregate(codec, [unit, other]))).toEqual([unit, other]);
    const parts = fragment(codec, unit, 10);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.map((part) => depacketiser.push(part))).toEqual([...parts.slice(1).map(() => []), [unit]]);
  });

  it('copies', () => {
    const payload = Buffer.from(unit);
    const got = create(codec).push(payload)?.[0];
    payload.fill(0);
    expect(got).toEqual(unit);
  });

  it.each([
    ['a fragment without its beginning', (parts: Buffer[]) => parts.slice(1, 2)],
    ['an aggregate that is cut short', () => [aggregate(codec, [unit]).subarray(0, -1)]],
    ['a packet of an unknown kind', () => [codec === 'h264' ? Buffer.of(0x7e, 1, 1) : Buffer.of(0x64, 1, 1)]],
    ['a fragment without content', (parts: Buffer[]) => [(parts[0] ?? unit).subarray(0, codec === 'h264' ? 1 : 2)]],
  ])('refuses %s', (_, make) => {
    const depacketiser = create(codec);
    expect(make(fragment(codec, unit, 10)).map((part) => depacketiser.push(part))).toContain(undefined);
  });

  it('takes a unit for whole where its end bit is missing', () => {
    const depacketiser = create(codec);
    const open = fragment(codec, unit, 10).map((part) => Buffer.from(part));
    const flags = codec === 'h264' ? 1 : 2;
    for (const part of open) part[flags] = (part[flags] ?? 0) & ~0x40;
    for (const part of open) expect(depacketiser.push(part)).toEqual([]);
    expect(depacketiser.push(other)).toEqual([unit, other]);
    for (const part of open) depacketiser.push(part);
    expect(depacketiser.flush()).toEqual([unit]);
    for (const part of open) depacketiser.push(part);
    depacketiser.reset();
    expect(depacketiser.flush()).toEqual([]);
  });

  const units = fc.array(
    fc.record({ fill: fc.nat(255), length: fc.integer({ min: 1, max: 400 }), size: fc.integer({ min: 1, max: 500 }) }),
    { minLength: 1, maxLength: 10 },
  );

  it('gives back what was packetised, in any way', () => {
    fc.assert(
      fc.property(units, fc.array(fc.nat(2)), (specs, ways) => {
        const depacketiser = create(codec);
        const all = specs.map(({ fill, length }) => nal(codec, SLICE[codec], true, fill, length));
        const got: Buffer[] = [];
        for (let at = 0; at < all.length; at++) {
          const first = all[at] ?? unit;
          const way = ways[at] ?? 0;
          const group = way === 1 ? all.slice(at, at + 3) : [first];
          const payloads =
            way === 1 ? [aggregate(codec, group)] : way === 2 ? fragment(codec, first, specs[at]?.size ?? 1) : [first];
          at += group.length - 1;
          for (const payload of payloads) got.push(...(depacketiser.push(payload) ?? []));
        }
        expect(got).toEqual(all);
      }),
    );
  });

  it('never fails, and gives no more than it took', () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.constantFrom(...fragment(codec, unit, 10), aggregate(codec, [unit, other])), fc.nat(), fc.nat(255))
        .map(([packet, at, value]) => {
          const mutated = Buffer.from(packet);
          mutated[at % mutated.length] = value;
          return mutated;
        }),
    );
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 50 }), (payloads) => {
        const depacketiser = create(codec);
        const given = payloads.reduce((sum, { length }) => sum + length, 0);
        const taken = payloads.flatMap((packet) => depacketiser.push(packet) ?? []).concat(depacketiser.flush());
        expect(taken.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(given);
      }),
    );
  });
});

it('bounds a unit that never ends', () => {
  const depacketiser = new H264Depacketiser();
  const [first = Buffer.alloc(0), middle = Buffer.alloc(0)] = fragment(
    'h264',
    nal('h264', 1, true, 1, 200_000),
    60_000,
  );
  depacketiser.push(first);
  let results = 0;
  while (depacketiser.push(middle) !== undefined && results < 1000) results++;
  expect(results).toBeGreaterThan(100);
  expect(results).toBeLessThan(150);
  expect(depacketiser.flush()).toEqual([]);
});
