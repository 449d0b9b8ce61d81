import fc from 'fast-check';
import { withoutReordering } from '../../../src/media/h26x/reorder.js';
import { isSps } from '../../../src/media/h26x/nal.js';
import { parseSps } from '../../../src/media/h26x/sps.js';
import { keyframesOf } from '../ffmpeg/keyframes.js';

describe('withoutReordering', () => {
  it.each(['h264', 'hevc'] as const)(
    'takes the promise of B-frames out of an SPS of %s and nothing else',
    async (codec) => {
      const { format } = await keyframesOf({ codec, width: 640, height: 360, bFrames: 3 });
      const sps = format.parameterSets.find((set) => isSps(codec, set)) ?? Buffer.alloc(0);
      const before = parseSps(codec, sps);
      expect(before?.reorderFrames).toBeGreaterThan(0);
      const changed = withoutReordering(codec, sps);
      const after = parseSps(codec, changed);
      expect({ ...after, reorderCodes: [] }).toEqual({ ...before, reorderFrames: 0, reorderCodes: [] });
      expect(withoutReordering(codec, changed)).toBe(changed);
    },
  );

  it.each([
    ['has no VUI', '0'],
    ['has a VUI that does not say', '1000000000'],
    ['has a VUI that says how fast and not more', `100001${'0'.repeat(31)}1${'0'.repeat(25)}110010100000`],
  ])('says so where an SPS of H.264 %s', (_, rest) => {
    // Main profile, level 3.1, 4 reference frames, 640 × 368.
    const head = `010011010000000000011111111100101000000101000000010111110`;
    const bits = `${head}${rest}1`.padEnd(Math.ceil((head.length + rest.length + 1) / 8) * 8, '0');
    const sps = Buffer.from([0x67, ...(bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2))]);
    const before = parseSps('h264', sps);
    expect(before).toMatchObject({ width: 640, height: 368 });
    expect(before).not.toHaveProperty('reorderFrames');
    const changed = withoutReordering('h264', sps);
    const { unsaidAt, ...known } = before ?? {};
    expect(unsaidAt).toBeDefined();
    const after = parseSps('h264', changed);
    expect({ ...after, reorderCodes: [] }).toEqual({ ...known, reorderFrames: 0, reorderCodes: [] });
    expect(withoutReordering('h264', changed)).toBe(changed);
  });

  it.each(['h264', 'hevc'] as const)('takes a damaged SPS of %s, and makes no start code of it', async (codec) => {
    const { format } = await keyframesOf({ codec, width: 640, height: 360, bFrames: 3 });
    const sps = format.parameterSets.find((set) => isSps(codec, set)) ?? Buffer.alloc(0);
    let rewritten = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(sps.length - 1), fc.nat(255)), { maxLength: 3 }), (changes) => {
        const damaged = Buffer.from(sps);
        for (const [at, value] of changes) damaged[at] = value;
        const changed = withoutReordering(codec, damaged);
        if (changed === damaged) return;
        rewritten++;
        expect(/\0\0[\0-\x02]/.test(changed.subarray(2).toString('latin1'))).toBe(false);
        expect(parseSps(codec, changed)?.reorderFrames).toBe(0);
      }),
    );
    expect(rewritten).toBeGreaterThan(10);
  });
});
