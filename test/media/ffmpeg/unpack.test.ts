import fc from 'fast-check';
import { splitAdts } from '../../../src/media/ffmpeg/adts.js';
import { AudioUnpacker, videoUnpacker } from '../../../src/media/ffmpeg/unpack.js';
import { toAnnexB } from '../../../src/media/h26x/nal.js';
import type { NutPacket, NutStream } from '../../../src/media/nut/reader.js';
import { clip } from './pictures.js';

const stream: NutStream = {
  ...{ index: 0, kind: 'video', codec: 'h264', tag: 0, extradata: Buffer.alloc(0), width: 0, height: 0 },
  ...{ sampleRate: 0, channels: 0, decodeDelay: 0, timeBase: { num: 1, den: 1000 }, msbPtsShift: 7 },
};
const packet = (data: Buffer, time = 0): NutPacket => ({ stream, time, keyframe: false, data });
const AUD = Buffer.from([9, 0xf0]);

describe.each(['h264', 'hevc'] as const)('%s', (codec) => {
  it('is the same from start codes and from lengths, in band and from the header', async () => {
    const { format, packets } = await clip({ codec, seconds: 2, width: 320, height: 240 });
    const first = packets[0] ?? { units: [] };
    const plain = first.units.filter((unit) => !format.parameterSets.some((set) => set.equals(unit)));
    const aud = codec === 'h264' ? AUD : Buffer.from([35 << 1, 1, 0x50]);

    const inBand = videoUnpacker({ ...stream, codec });
    expect(inBand.format).toBeUndefined();
    expect(inBand.unpack(packet(toAnnexB([aud, ...plain])))).toMatchObject({ keyframe: true });
    expect(inBand.format).toBeUndefined();
    expect(inBand.unpack(packet(toAnnexB([aud, ...format.parameterSets, ...plain])))?.units).toEqual([
      ...format.parameterSets,
      ...plain,
    ]);
    expect(inBand.format).toMatchObject({ codec, width: 320, height: 240, parameterSets: format.parameterSets });

    const ahead = videoUnpacker({ ...stream, codec, extradata: toAnnexB(format.parameterSets) });
    expect(ahead.format).toMatchObject({ width: 320, height: 240 });
    const known = ahead.format;
    ahead.unpack(packet(toAnnexB([...format.parameterSets, ...plain])));
    expect(ahead.format?.parameterSets).toBe(known?.parameterSets);

    const other = await clip({ codec, seconds: 2, width: 640, height: 360 });
    ahead.unpack(packet(toAnnexB([...other.format.parameterSets, ...(other.packets[0]?.units ?? [])])));
    expect(ahead.format).toMatchObject({ width: 640, height: 360 });
  });
});

it('reads avcC, with lengths of any size', async () => {
  const { format, packets } = await clip({ seconds: 2, width: 320, height: 240 });
  const [sps = AUD, pps = AUD] = format.parameterSets;
  const sized = (bytes: number, unit: Buffer): Buffer => {
    const length = Buffer.alloc(bytes);
    length.writeUIntBE(unit.length, 0, bytes);
    return Buffer.concat([length, unit]);
  };
  for (const size of [2, 4]) {
    const avcC = Buffer.concat([
      Buffer.from([1, sps[1] ?? 0, sps[2] ?? 0, sps[3] ?? 0, 0xfc | (size - 1), 0xe1]),
      sized(2, sps),
      Buffer.from([1]),
      sized(2, pps),
    ]);
    const unpacker = videoUnpacker({ ...stream, extradata: avcC });
    expect(unpacker.format).toMatchObject({ width: 320, height: 240 });
    const units = (packets[0]?.units ?? []).filter((unit) => unit.length < 65_536);
    const data = Buffer.concat([sized(size, AUD), ...units.map((unit) => sized(size, unit))]);
    expect(unpacker.unpack(packet(data))).toMatchObject({ units, keyframe: true });
  }
});

it('takes every JPEG for a keyframe, and nothing for no picture', () => {
  const unpacker = videoUnpacker({ ...stream, codec: 'mjpeg', width: 8, height: 4 });
  expect(unpacker.format).toMatchObject({ codec: 'mjpeg', width: 8, height: 4, parameterSets: [] });
  expect(unpacker.unpack(packet(Buffer.from([1, 2])))).toMatchObject({ keyframe: true, bytes: 2 });
  expect(unpacker.unpack(packet(Buffer.alloc(0)))).toBeUndefined();
});

describe('AAC', () => {
  const audio: NutStream = { ...stream, kind: 'audio', codec: 'aac', sampleRate: 48_000, channels: 1 };
  const adts = (payload: number[]): Buffer => {
    const length = 7 + payload.length;
    return Buffer.from([0xff, 0xf1, 0x4c, 0x40, length >> 3, ((length & 7) << 5) | 0x1f, 0xfc, ...payload]);
  };

  it('loses its ADTS headers, and has a config instead', () => {
    const unpacker = new AudioUnpacker(audio);
    const units = unpacker.unpack(packet(Buffer.concat([adts([1, 2, 3]), adts([4])]), 100));
    expect(units).toEqual([
      { kind: 'audio', time: 100, data: Buffer.from([1, 2, 3]) },
      { kind: 'audio', time: 100 + 1024 / 48, data: Buffer.from([4]) },
    ]);
    expect(unpacker.format.extradata).toEqual(Buffer.from([0x11, 0x88]));
    const told = unpacker.format;
    unpacker.unpack(packet(adts([1])));
    expect(unpacker.format).toBe(told);
  });

  it('stays as it is without them', () => {
    const config = Buffer.from([0x11, 0x88]);
    const unpacker = new AudioUnpacker({ ...audio, extradata: config });
    expect(unpacker.unpack(packet(Buffer.from([0x21, 0x10, 4, 5, 6, 7, 8])))).toHaveLength(1);
    expect(unpacker.format.extradata).toBe(config);
  });

  it('is split without reading beyond the end, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        const data = Buffer.concat([adts([1]), noise]);
        const units = splitAdts(data);
        expect(units.reduce((sum, unit) => sum + unit.data.length + 7, 0)).toBeLessThanOrEqual(data.length);
        expect(units.length).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});

it('survives noise in every shape', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('h264', 'hevc'),
      fc.uint8Array({ maxLength: 80 }),
      fc.uint8Array({ maxLength: 80 }),
      (codec, head, data) => {
        const unpacker = videoUnpacker({ ...stream, codec, extradata: Buffer.from(head) });
        const picture = unpacker.unpack(packet(Buffer.from(data)));
        expect(picture?.bytes ?? 0).toBeLessThanOrEqual(data.length);
        expect(unpacker.format?.width ?? 0).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 500 },
  );
});
