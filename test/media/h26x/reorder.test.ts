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

  it('takes whatever comes, and makes no start code of it', () => {
    fc.assert(
      fc.property(fc.constantFrom('h264', 'hevc'), fc.uint8Array({ maxLength: 300 }), (codec, bytes) => {
        const head = codec === 'h264' ? [0x67, 100, 0, 31] : [0x42, 0x01];
        const sps = Buffer.from([...head, ...bytes]);
        const changed = withoutReordering(codec, sps);
        if (changed !== sps) expect(/\0\0[\0-\x02]/.test(changed.toString('latin1'))).toBe(false);
      }),
    );
  });
});
