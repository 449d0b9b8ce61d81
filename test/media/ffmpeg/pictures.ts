import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  isAccessUnitDelimiter,
  isKeyframe,
  isNalCodec,
  isParameterSet,
  splitAnnexB,
} from '../../../src/media/h26x/nal.js';
import type { VideoFormat, VideoPacket } from '../../../src/media/packet.js';
import { footage, type FootageOptions } from '../../peers/footage.js';
import { demux } from '../nut/ffmpeg.js';

const run = promisify(execFile);

export interface Clip {
  readonly format: VideoFormat;
  /** From time 0 on. */
  readonly packets: readonly VideoPacket[];
}

/** A clip's pictures in memory, as a feed would have them; `mjpeg` is made from the H.264 clip. */
export async function clip(
  options: Omit<FootageOptions, 'codec'> & { codec?: FootageOptions['codec'] | 'mjpeg' } = {},
): Promise<Clip> {
  const { codec = 'h264', ...rest } = options;
  return clipOf(await footage({ audio: false, ...rest, ...(codec === 'mjpeg' ? {} : { codec }) }), codec);
}

/** A file's pictures; `codec` is the file's, or `mjpeg` to be made of it. */
export async function clipOf(file: string, codec: 'h264' | 'hevc' | 'mjpeg'): Promise<Clip> {
  const coder = {
    h264: ['-c', 'copy', '-bsf:v', 'h264_mp4toannexb'],
    hevc: ['-c', 'copy', '-bsf:v', 'hevc_mp4toannexb'],
    mjpeg: ['-c:v', 'mjpeg', '-q:v', '4'],
  }[codec];
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-i', file, '-map', '0:v', ...coder, '-f', 'nut', 'pipe:1'], {
    encoding: 'buffer',
    maxBuffer: 1 << 30,
  });
  const { streams, packets } = demux(stdout);
  const extradata = streams[0]?.extradata ?? Buffer.alloc(0);
  const { width = 0, height = 0 } = streams[0] ?? {};
  const nal = isNalCodec(codec) ? codec : undefined;
  const parameterSets = nal === undefined ? [] : splitAnnexB(extradata).filter((unit) => isParameterSet(nal, unit));
  return {
    format: {
      kind: 'video',
      codec,
      width,
      height,
      parameterSets,
      extradata: nal === undefined ? extradata : Buffer.alloc(0),
    },
    packets: packets.map(({ time, keyframe, data }) => {
      const units = nal === undefined ? [data] : splitAnnexB(data).filter((unit) => !isAccessUnitDelimiter(nal, unit));
      const bytes = units.reduce((sum, unit) => sum + unit.length, 0);
      return { kind: 'video', time, keyframe: nal === undefined ? keyframe : isKeyframe(nal, units), units, bytes };
    }),
  };
}
