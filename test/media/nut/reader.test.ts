import fc from 'fast-check';
import { NutError, NutReader } from '../../../src/media/nut/reader.js';
import { demux, ffmpeg, picture, probe, sound, type Demuxed } from './ffmpeg.js';

const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-g', '10'];

describe('what ffmpeg writes', () => {
  it.each<[string, string[], string]>([
    ['H.264', [...H264, '-bf', '0'], 'h264'],
    ['H.264 with B-frames', [...H264, '-bf', '2', '-preset', 'fast'], 'h264'],
    ['HEVC', ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none'], 'hevc'],
    ['MJPEG', ['-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p'], 'mjpeg'],
    ['MPEG-4', ['-c:v', 'mpeg4'], 'mpeg4'],
    ['MPEG-2', ['-c:v', 'mpeg2video'], 'mpeg2video'],
    ['VP8', ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8'], 'vp8'],
  ])('%s', async (_, coder, codec) => {
    const file = await picture(coder);
    const { streams, packets } = demux(file);
    expect(streams).toMatchObject([{ index: 0, kind: 'video', codec, width: 320, height: 240 }]);
    expect(seen({ streams, packets })).toEqual(rounded(await probe(file)));
    expect(packets).toHaveLength(20);
  });

  it.each<[string, string[], string, number]>([
    ['AAC', ['-c:a', 'aac'], 'aac', 48_000],
    ['Opus', ['-c:a', 'libopus'], 'opus', 48_000],
    ['µ-law', ['-c:a', 'pcm_mulaw'], 'pcm_mulaw', 8000],
    ['A-law', ['-c:a', 'pcm_alaw'], 'pcm_alaw', 8000],
    ['linear PCM', ['-c:a', 'pcm_s16le'], 'pcm_s16le', 16_000],
    ['big-endian PCM', ['-c:a', 'pcm_s16be'], 'pcm_s16be', 16_000],
    ['MP2', ['-c:a', 'mp2'], 'mp2', 48_000],
    ['MP3', ['-c:a', 'libmp3lame'], 'mp3', 48_000],
    ['G.722', ['-c:a', 'g722', '-ac', '1'], 'adpcm_g722', 16_000],
    ['Speex', ['-c:a', 'libspeex'], 'speex', 16_000],
    ['AC-3', ['-c:a', 'ac3'], 'ac3', 48_000],
  ])('%s', async (_, coder, codec, rate) => {
    const file = await sound(coder, { rate });
    const { streams, packets } = demux(file);
    expect(streams).toMatchObject([{ kind: 'audio', codec, sampleRate: rate, channels: 1 }]);
    expect(seen({ streams, packets })).toEqual(rounded(await probe(file)));
    expect(packets.length).toBeGreaterThan(5);
  });

  it('two streams, with headers repeated in mid-stream and no index', async () => {
    const file = await ffmpeg([
      ...['-f', 'lavfi', '-i', 'testsrc2=duration=4:size=640x480:rate=20', '-f', 'lavfi', '-i', 'sine=duration=4'],
      ...[
        '-c:v',
        'mjpeg',
        '-q:v',
        '2',
        '-pix_fmt',
        'yuvj420p',
        '-c:a',
        'aac',
        '-write_index',
        '0',
        '-f',
        'nut',
        'pipe:1',
      ],
    ]);
    expect(file.length).toBeGreaterThan(1 << 20);
    const demuxed = demux(file);
    expect(demuxed.streams.map(({ codec }) => codec)).toEqual(['mjpeg', 'aac']);
    expect(seen(demuxed)).toEqual(rounded(await probe(file)));
  });

  it('keeps a tag that it does not know', async () => {
    const file = await picture(['-c:v', 'ffv1']);
    expect(demux(file).streams).toMatchObject([{ codec: undefined, tag: Buffer.from('FFV1').readUInt32LE() }]);
  });

  it('gives packets memory of their own', async () => {
    const file = await sound(['-c:a', 'pcm_alaw'], { rate: 8000 });
    const copy = Buffer.from(file);
    const packets = demux(file).packets.map(({ data }) => data);
    file.fill(0);
    expect(packets).toEqual(demux(copy).packets.map(({ data }) => data));
  });
});

describe('hostile input', () => {
  let file: Buffer;
  let whole: Demuxed;

  beforeAll(async () => {
    file = await ffmpeg([
      ...['-f', 'lavfi', '-i', 'testsrc2=duration=1:size=160x120:rate=20', '-f', 'lavfi', '-i', 'sine=duration=1'],
      ...[...H264, '-c:a', 'aac', '-f', 'nut', 'pipe:1'],
    ]);
    whole = demux(file);
  });

  it('comes out the same in chunks of any size', () => {
    expect(demux(file, 1)).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1 }), (sizes) => {
        const packets: unknown[] = [];
        const reader = new NutReader({ onFormats: () => undefined, onPacket: (packet) => packets.push(packet) });
        for (let at = 0, i = 0; at < file.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          reader.push(file.subarray(at, at + size));
          at += size;
        }
        expect(packets).toEqual(whole.packets);
      }),
      { numRuns: 50 },
    );
  });

  it('is read or refused with a NutError, for good', () => {
    const cut = fc.integer({ min: 0, max: 60_000 });
    const mutation = fc.record({ at: cut, bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }) });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        const bad = Buffer.from(file);
        for (const { at, bytes } of mutations)
          bad.set(bytes.subarray(0, file.length - (at % file.length)), at % file.length);
        readOrRefuse(bad);
      }),
      { numRuns: 400 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (noise) => {
        readOrRefuse(Buffer.from(noise));
        readOrRefuse(Buffer.concat([file.subarray(0, 25), noise]));
        readOrRefuse(Buffer.concat([file.subarray(0, 2000), noise]));
      }),
    );
  });

  it('is refused where it asks for more memory than a frame can need', () => {
    const codes = [0, 6, 0, 1, 0, 0, 0, 0x81, 0x7f];
    expect(() => demux(crafted(codes, [0]))).not.toThrow();
    const huge = [32, 6, 0, 1, 0, 0, 0, 0x81, 0x7f];
    expect(() => demux(crafted(huge, [0, 0x90, 0x80, 0x80, 0]))).not.toThrow();
    expect(() => demux(crafted(huge, [0, 0x90, 0x80, 0x80, 1]))).toThrow(NutError);
    expect(() => demux(crafted(huge, [0, ...Array.from({ length: 20 }, () => 0xff)]))).toThrow(NutError);
  });
});

/** A file with a table of frame codes and the bytes of a frame of one's own. */
function crafted(codes: readonly number[], frame: readonly number[]): Buffer {
  const packet = (startcode: string, ...payload: number[]): Buffer => {
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(bitwiseCrc(Buffer.from(payload)));
    return Buffer.concat([Buffer.from(startcode, 'hex'), Buffer.from([payload.length + 4, ...payload]), crc]);
  };
  return Buffer.concat([
    Buffer.from('nut/multimedia container\0'),
    packet('4e4d7a561f5f04ad', 3, 1, 100, 1, 1, 100, ...codes),
    packet('4e5311405bf2f9db', 0, 0, 4, 0x48, 0x32, 0x36, 0x34, 0, 7, 100, 0, 0, 0, 16, 16, 0, 0, 0),
    packet('4e4be4adeeca4569', 0, 0),
    Buffer.from(frame),
  ]);
}

function bitwiseCrc(data: Buffer): number {
  let crc = 0;
  for (const byte of data) {
    for (let bit = 7; bit >= 0; bit--) {
      const carry = (crc >>> 31) ^ ((byte >> bit) & 1);
      crc = (crc << 1) ^ (carry === 1 ? 0x04c11db7 : 0);
    }
  }
  return crc >>> 0;
}

function readOrRefuse(data: Buffer): void {
  const reader = new NutReader({ onFormats: () => undefined, onPacket: () => undefined });
  try {
    for (let at = 0; at < data.length; at += 999) reader.push(data.subarray(at, at + 999));
  } catch (error) {
    expect(error).toBeInstanceOf(NutError);
    expect(() => {
      reader.push(data);
    }).toThrow(error as Error);
  }
}

const seen = ({ packets }: Demuxed) =>
  rounded(
    packets.map(({ stream, time, keyframe, data }) => ({ stream: stream.index, time, keyframe, size: data.length })),
  );

/** ffprobe prints microseconds. */
const rounded = (packets: readonly { stream: number; time: number; keyframe: boolean; size: number }[]) =>
  packets.map((packet) => ({ ...packet, time: Math.round(packet.time) }));
