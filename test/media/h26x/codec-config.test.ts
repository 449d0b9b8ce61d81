import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readCodecConfig } from '../../../src/media/h26x/codec-config.js';
import { nalType, splitAnnexB, splitLengthPrefixed, toAnnexB, type NalCodec } from '../../../src/media/h26x/nal.js';
import { parseSps } from '../../../src/media/h26x/sps.js';

const folder = mkdtempSync(join(tmpdir(), 'lookout-config-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A clip of one frame in a container, and the same as Annex B. */
function clip(codec: NalCodec): { mp4: Buffer; annexB: Buffer } {
  const file = join(folder, `${codec}.mp4`);
  const encoder = codec === 'h264' ? ['-c:v', 'libx264'] : ['-c:v', 'libx265', '-x265-params', 'log-level=none'];
  const run = (...args: string[]): Buffer => execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args]);
  run('-f', 'lavfi', '-i', 'testsrc2=size=320x180', '-frames:v', '1', '-pix_fmt', 'yuv420p', ...encoder, file);
  return { mp4: readFileSync(file), annexB: run('-i', file, '-c', 'copy', '-f', codec, 'pipe:1') };
}

/** The content of the first box of a kind. */
function box(mp4: Buffer, kind: string): Buffer {
  const at = mp4.indexOf(kind);
  return mp4.subarray(at + 4, at - 4 + mp4.readUInt32BE(at - 4));
}

describe('readCodecConfig', () => {
  it.each([
    ['h264', 'avcC', [7, 8]],
    ['hevc', 'hvcC', [32, 33, 34]],
  ] as const)('reads what ffmpeg writes for %s, in %s and in Annex B', (codec, kind, types) => {
    const { mp4, annexB } = clip(codec);
    const record = box(mp4, kind);
    const config = readCodecConfig(codec, record);
    expect(config?.lengthSize).toBe(4);
    expect(config?.parameterSets.map((set) => nalType(codec, set))).toEqual(types);
    const sps = config?.parameterSets.map((set) => parseSps(codec, set)).find((info) => info !== undefined);
    expect(sps).toMatchObject({ width: 320, height: 180 });

    const sets = toAnnexB(config?.parameterSets ?? []);
    expect(readCodecConfig(codec, sets)).toEqual({ parameterSets: config?.parameterSets, lengthSize: undefined });
    expect(annexB.includes(config?.parameterSets[0] ?? 'none')).toBe(true);
    const units = splitLengthPrefixed(box(mp4, 'mdat'), config?.lengthSize ?? 0);
    expect(splitAnnexB(annexB)).toEqual(expect.arrayContaining(units));
  });

  it('takes nothing for Annex B whose parameter sets come in band, and refuses what it does not know', () => {
    expect(readCodecConfig('h264', Buffer.alloc(0))).toEqual({ parameterSets: [], lengthSize: undefined });
    expect(readCodecConfig('h264', Buffer.from('nonsense'))).toBeUndefined();
    expect(readCodecConfig('hevc', Buffer.from([1, 2, 3]))).toBeUndefined();
  });

  it('refuses records that are cut short, and takes any bytes', () => {
    const records = { h264: box(clip('h264').mp4, 'avcC'), hevc: box(clip('hevc').mp4, 'hvcC') };
    for (const codec of ['h264', 'hevc'] as const) {
      // H.264's ends in four bytes of chroma format that not every writer adds
      const needed = records[codec].length - (codec === 'h264' ? 4 : 0);
      for (let length = 1; length < needed; length++)
        expect(readCodecConfig(codec, records[codec].subarray(0, length))).toBeUndefined();
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(), fc.nat({ max: 255 }), (bytes, at, value) => {
          const spoilt = Buffer.from(records[codec]);
          spoilt[at % spoilt.length] = value;
          for (const data of [spoilt, Buffer.from([1, ...bytes])]) {
            const sets = readCodecConfig(codec, data)?.parameterSets ?? [];
            expect(sets.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(data.length);
          }
        }),
      );
    }
  });
});
