import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { isKeyframe, isParameterSet, isSlice, nalType, splitAnnexB } from '../../../src/media/h26x/nal.js';
import type { VideoFormat, VideoPacket } from '../../../src/media/packet.js';
import { COUNTER_BITS, COUNTER_SQUARE, footage, type FootageOptions } from '../../peers/footage.js';

const run = promisify(execFile);

export interface Keyframes {
  readonly format: VideoFormat;
  readonly keyframes: readonly VideoPacket[];
}

/** The keyframes of a clip, a second apart, as a camera would send them. */
export async function keyframesOf(
  options: FootageOptions & { readonly slices?: number; readonly sar?: string } = {},
): Promise<Keyframes> {
  const { slices, sar, ...clip } = options;
  const file = await footage({ fps: 5, gop: 1, seconds: 4, audio: false, ...clip });
  const codec = clip.codec ?? 'h264';
  const recode = [
    '-c:v',
    'libx264',
    '-bf',
    '0',
    '-g',
    '5',
    '-slices',
    String(slices ?? 1),
    '-vf',
    `setsar=${sar ?? 1}`,
  ];
  const copy = ['-c', 'copy', '-bsf:v', codec === 'h264' ? 'h264_mp4toannexb' : 'hevc_mp4toannexb'];
  const coder = slices === undefined && sar === undefined ? copy : recode;
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-i', file, ...coder, '-f', codec, '-'], {
    encoding: 'buffer',
    maxBuffer: 1e9,
  });
  const sets = new Map<number, Buffer>();
  const pictures: Buffer[][] = [];
  let open: Buffer[] | undefined;
  for (const unit of splitAnnexB(stdout)) {
    if (isParameterSet(codec, unit)) sets.set(nalType(codec, unit), unit);
    if (!isSlice(codec, unit)) continue;
    const first = codec === 'h264' ? ((unit[1] ?? 0) & 0x80) !== 0 : ((unit[2] ?? 0) & 0x80) !== 0;
    if (first) open = isKeyframe(codec, [unit]) ? [] : undefined;
    if (first && open !== undefined) pictures.push(open);
    open?.push(unit);
  }
  return {
    format: {
      kind: 'video',
      codec,
      width: clip.width ?? 1280,
      height: clip.height ?? 720,
      parameterSets: [...sets.values()],
      extradata: Buffer.alloc(0),
    },
    keyframes: pictures.map((units, at) => keyframe(units, at * 1000)),
  };
}

export const keyframe = (units: readonly Buffer[], time = 0): VideoPacket => ({
  kind: 'video',
  time,
  keyframe: true,
  units,
  bytes: units.reduce((sum, unit) => sum + unit.length, 0),
});

/** What the squares along the footage's upper edge count. */
export async function frameCount(jpeg: Buffer): Promise<number> {
  const { data, info } = await sharp(jpeg).grayscale().raw().toBuffer({ resolveWithObject: true });
  const square = info.width * COUNTER_SQUARE;
  const bits = Array.from({ length: COUNTER_BITS }, (_, bit) => {
    const value = data[Math.round(square / 2) * info.width + Math.round((bit + 0.5) * square)] ?? 0;
    return value > 128 ? 2 ** bit : 0;
  });
  return bits.reduce((sum, value) => sum + value, 0);
}
