import { isAccessUnitDelimiter, isKeyframe, isNalCodec, isParameterSet, splitAnnexB, toAnnexB } from '../h26x/nal.js';
import { NutReader } from '../nut/reader.js';
import { NutWriter } from '../nut/writer.js';
import type { VideoFormat, VideoPacket } from '../packet.js';
import type { Ffmpeg } from './capabilities.js';
import { encodingArguments, type H264Encoder, type H264Output } from './encoders.js';
import { InFlight } from './in-flight.js';
import { FORCE_MARKED, markedTime, selectMarked, unmarkedTime, type Mark } from './picture-marks.js';
import { startFfmpeg } from './process.js';

export interface VideoOutput extends H264Output {
  /** Where given, pictures beyond this rate are left out. */
  readonly maxFps?: number;
  /** A filter that blacks out what must not be seen, in pictures of the input's size. */
  readonly mask?: string | undefined;
  /** Milliseconds between keyframes where nobody asks for one; default 4000. */
  readonly keyframeInterval?: number;
}

export interface PictureEncoderOptions {
  readonly ffmpeg: Ffmpeg;
  readonly encoder: H264Encoder;
  readonly input: VideoFormat;
  /** Pictures a second of the input: the encoder gives each its share of the bits by it. */
  readonly fps: number;
  readonly output: VideoOutput;
  /** As for a `VideoTranscoder`. */
  readonly backlog: readonly VideoPacket[];
  /** Every picture comes out, however late: for what is kept. What waits in front of the process is the caller's to watch. */
  readonly complete?: boolean;
  readonly signal: AbortSignal;
  readonly onPacket: (packet: VideoPacket) => void;
  readonly onEnd: (reason: string) => void;
}

export interface PictureEncoder {
  push(packet: VideoPacket): void;
  requestKeyframe(): void;
}

const KEYFRAME_INTERVAL = 4_000;
/** ffmpeg refuses sizes of 0 in a header; the decoder finds out the real one. */
const UNKNOWN_SIZE = 16;
/** The first time that is fed, ms: with B-frames, those of decoding begin before those of presentation. */
const HEADROOM = 1_000;

/** One ffmpeg that turns pictures in memory into H.264. */
export function startPictureEncoder(options: PictureEncoderOptions): PictureEncoder {
  const { ffmpeg, input, signal, onPacket, onEnd } = options;
  const process = startFfmpeg({ path: ffmpeg.path, args: videoArguments(options), signal, stdin: true });
  const { codec } = input;
  const writer = new NutWriter([
    {
      kind: 'video',
      codec,
      extradata: isNalCodec(codec) ? toAnnexB(input.parameterSets) : input.extradata,
      width: input.width || UNKNOWN_SIZE,
      height: input.height || UNKNOWN_SIZE,
      fps: Math.min(options.output.maxFps ?? Infinity, options.fps),
    },
  ]);
  const inFlight = new InFlight();
  const backlog = compressed(options.backlog);
  let origin = backlog[0]?.time;
  let lastKeyframe: number | undefined;
  let parameterSets: readonly Buffer[] = [];

  const reader = new NutReader({
    onFormats: ([stream]) => {
      parameterSets = splitAnnexB(stream?.extradata ?? Buffer.alloc(0));
    },
    onPacket: (packet) => {
      const own = splitAnnexB(packet.data).filter((unit) => !isAccessUnitDelimiter('h264', unit));
      const sets = own.filter((unit) => isParameterSet('h264', unit));
      if (sets.length > 0) parameterSets = sets;
      const keyframe = isKeyframe('h264', own);
      // NUT keeps the parameter sets in its header; a viewer needs them with each keyframe.
      const units = keyframe && sets.length === 0 ? [...parameterSets, ...own] : own;
      const bytes = units.reduce((sum, unit) => sum + unit.length, 0);
      const time = unmarkedTime(packet.time) - HEADROOM + (origin ?? 0);
      inFlight.out(time);
      if (!signal.aborted) onPacket({ kind: 'video', time, keyframe, units, bytes });
    },
  });
  process.stdout.on('data', (chunk: Buffer) => {
    try {
      reader.push(chunk);
    } catch {
      process.kill();
    }
  });
  void process.exited.then(({ stderr, error }) => {
    if (!signal.aborted) onEnd(error?.message ?? (stderr || 'without a word'));
  });

  const write = ({ time, keyframe, units }: VideoPacket, mark: Mark): void => {
    origin ??= time;
    const data = isNalCodec(codec) ? toAnnexB(units) : Buffer.concat(units);
    process.stdin.write(writer.frame({ stream: 0, time: markedTime(time - origin + HEADROOM, mark), keyframe, data }));
  };
  const push = (packet: VideoPacket): void => {
    const { time } = packet;
    if (process.stdin.destroyed) return;
    const admission =
      options.complete === true ? 'show' : inFlight.admit(packet, process.stdin.writableLength - backlogBytes);
    if (admission === 'drop') return;
    // The encoder's first picture is a keyframe by itself.
    const due = time - (lastKeyframe ??= time) >= (options.output.keyframeInterval ?? KEYFRAME_INTERVAL);
    const mark = admission === 'show' && due ? 'keyframe' : admission;
    if (mark === 'keyframe') lastKeyframe = time;
    write(packet, mark);
  };

  process.stdin.write(writer.header);
  let backlogBytes = 0;
  for (const [at, packet] of backlog.entries()) {
    if (at === 0 || at === backlog.length - 1) push(packet);
    else write(packet, 'hide');
  }
  backlogBytes = process.stdin.writableLength;
  return {
    push,
    requestKeyframe: () => {
      lastKeyframe = -Infinity;
    },
  };
}

/** The same pictures, 1 ms apart in the order in which they are shown. */
function compressed(backlog: readonly VideoPacket[]): VideoPacket[] {
  const shown = [...backlog].sort((a, b) => a.time - b.time);
  const newest = shown.at(-1)?.time ?? 0;
  const place = new Map(shown.map((packet, at) => [packet, at]));
  return backlog.map((packet) => ({ ...packet, time: newest - (shown.length - 1 - (place.get(packet) ?? 0)) }));
}

export function videoArguments({
  encoder,
  ffmpeg,
  output,
}: Pick<PictureEncoderOptions, 'encoder' | 'ffmpeg' | 'output'>): string[] {
  const { width, height, maxFps, mask } = output;
  const filters = [
    `select='${selectMarked(maxFps)}'`,
    ...(mask === undefined ? [] : [mask]),
    `scale=${width}:${height}:flags=bicubic`,
    encoder.filter,
  ];
  return [
    ...['-hide_banner', '-v', 'warning', '-nostdin', '-copyts', ...encoder.device],
    // A thread per frame would hold back as many frames.
    ...['-f', 'nut', '-probesize', '32', '-analyzeduration', '0', '-thread_type', 'slice'],
    // A mask lies on the picture as it is coded, whichever way up the camera says that it is.
    ...(mask === undefined ? [] : ['-noautorotate']),
    ...['-i', 'pipe:0'],
    ...['-map', '0:v:0', '-filter_threads', '1', '-vf', filters.join(','), ...ffmpeg.passthrough],
    ...[...encodingArguments(encoder, output), '-enc_time_base', '1:1000000', '-force_key_frames', FORCE_MARKED],
    ...['-f', 'nut', '-write_index', '0', '-flush_packets', '1', 'pipe:1'],
  ];
}
