import { isAccessUnitDelimiter, isKeyframe, isNalCodec, splitAnnexB, toAnnexB } from '../h26x/nal.js';
import { NutReader } from '../nut/reader.js';
import { NutWriter } from '../nut/writer.js';
import type { VideoFormat, VideoPacket } from '../packet.js';
import type { Ffmpeg } from './capabilities.js';
import type { H264Encoder } from './encoders.js';
import { startFfmpeg } from './process.js';

export interface VideoOutput {
  /** Pixels, even. */
  readonly width: number;
  readonly height: number;
  /** Bits a second. */
  readonly bitrate: number;
  readonly profile: 'baseline' | 'main' | 'high';
  /** Where given, pictures beyond this rate are left out. */
  readonly maxFps?: number;
}

export interface VideoTranscoderOptions {
  readonly ffmpeg: Ffmpeg;
  readonly encoder: H264Encoder;
  readonly input: VideoFormat;
  /** Measured pictures a second of the input; the encoder spreads its bits by it. */
  readonly fps: number;
  readonly output: VideoOutput;
  /** A keyframe and what came since: shown are only the first and the newest, so that nothing has to be waited out. */
  readonly backlog: readonly VideoPacket[];
  readonly signal: AbortSignal;
  /** H.264 with the times of the pictures that were pushed; the first one is a keyframe. */
  readonly onPacket: (packet: VideoPacket) => void;
  /** The process has ended without having been told to; with its last words. */
  readonly onEnd: (reason: string) => void;
}

export interface VideoTranscoder {
  push(packet: VideoPacket): void;
  /** The next picture will be a keyframe. */
  requestKeyframe(): void;
}

/** Seconds between keyframes where nobody asks for one. */
const KEYFRAME_INTERVAL = 4;
/** What may wait in front of an ffmpeg that does not keep up, beyond the backlog; then pictures are left out. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** ffmpeg refuses sizes of 0 in a header; the decoder finds out the real one. */
const UNKNOWN_SIZE = 16;

/** Starts an ffmpeg that turns pictures in memory into H.264 of another size, rate or codec. */
export function startVideoTranscoder(options: VideoTranscoderOptions): VideoTranscoder {
  const { ffmpeg, input, backlog, signal, onPacket, onEnd } = options;
  const times = new Times(backlog[0]?.time);
  const newest = backlog.at(-1);
  const process = startFfmpeg({
    path: ffmpeg.path,
    args: videoArguments(options, newest === undefined ? 0 : times.feed(newest.time) / 1_000_000),
    signal,
    stdin: true,
  });
  const codec = input.codec;
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
  const reader = new NutReader({
    onFormats: () => undefined,
    onPacket: ({ time, data }) => {
      const units = splitAnnexB(data).filter((unit) => !isAccessUnitDelimiter('h264', unit));
      const bytes = units.reduce((sum, unit) => sum + unit.length, 0);
      const keyframe = isKeyframe('h264', units);
      if (!signal.aborted) onPacket({ kind: 'video', time: times.given(time), keyframe, units, bytes });
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

  let waiting = false;
  const write = ({ time, keyframe, units }: VideoPacket): void => {
    const data = isNalCodec(codec) ? toAnnexB(units) : Buffer.concat(units);
    process.stdin.write(writer.frame({ stream: 0, time: times.feed(time), keyframe, data }));
  };
  process.stdin.write(writer.header);
  for (const packet of backlog) write(packet);
  const limit = process.stdin.writableLength + MAX_WAITING_BYTES;
  return {
    push: (packet) => {
      if (process.stdin.destroyed) return;
      if (process.stdin.writableLength > limit) waiting = true;
      else if (packet.keyframe) waiting = false;
      if (!waiting) write(packet);
    },
    requestKeyframe: () => {
      times.skip(KEYFRAME_INTERVAL * 1000);
    },
  };
}

/**
 * The encoder makes a keyframe whenever its clock has gone on by the interval, and that clock is ours: a keyframe is
 * had at once by letting the time that is fed jump by an interval, and taking the jump out of what comes back.
 */
export class Times {
  /** Jumps, newest last: from which fed time on, and how much was added in all, ms. */
  private readonly jumps: { from: number; added: number }[] = [];
  private added = 0;
  private jumped = false;
  private last = 0;

  /** @param origin the first time, which is fed as 1 s: some demuxers and filters dislike times about 0 */
  constructor(private origin: number | undefined) {}

  /** Hub time, ms, to the time that is fed, µs; always going on, as encoders demand, but for B-frames. */
  feed(time: number): number {
    this.origin ??= time;
    const fed = time - this.origin + 1000 + this.added;
    if (this.jumped) this.jumps.push({ from: this.last + 1, added: this.added });
    this.jumped = false;
    this.last = Math.max(this.last, fed);
    return Math.round(fed * 1000);
  }

  skip(milliseconds: number): void {
    if (this.jumped) return;
    this.added += milliseconds;
    this.jumped = true;
  }

  /** A time that came back, ms, to hub time. */
  given(time: number): number {
    while (this.jumps.length > 1 && (this.jumps[1]?.from ?? Infinity) <= time + 0.5) this.jumps.shift();
    const jump = this.jumps.findLast(({ from }) => from <= time + 0.5);
    return time - 1000 - (jump?.added ?? 0) + (this.origin ?? 0);
  }
}

/** @param from time, in seconds as it is fed, from which on pictures are shown besides the very first */
export function videoArguments({ encoder, ffmpeg, output }: VideoTranscoderOptions, from: number): string[] {
  const { width, height, bitrate, profile, maxFps } = output;
  const shown = `(eq(n,0)+gte(t,${from.toFixed(3)}))`;
  // One picture of each 1/maxFps: the rate is met on average, whatever the camera's own is.
  const slot = (time: string): string => `floor(${time}*${String(maxFps)}+0.05)`;
  const paced = maxFps === undefined ? '' : `*(isnan(prev_selected_t)+gt(${slot('t')},${slot('prev_selected_t')}))`;
  const filters = [`select='${shown}${paced}'`, `scale=${width}:${height}:flags=bicubic`, encoder.filter];
  const keyframes = `expr:if(isnan(prev_forced_t),1,gte(t,prev_forced_t+${KEYFRAME_INTERVAL}))`;
  return [
    ...['-hide_banner', '-v', 'warning', '-nostdin', '-copyts', ...encoder.device],
    // A thread per frame would hold back as many frames.
    ...['-f', 'nut', '-probesize', '32', '-analyzeduration', '0', '-threads', '1', '-i', 'pipe:0'],
    ...['-an', '-filter_threads', '1', '-vf', filters.join(','), ...ffmpeg.passthrough],
    ...['-c:v', encoder.name, ...encoder.options, ...(encoder.namedProfiles ? ['-profile:v', profile] : [])],
    ...['-bf', '0', '-g', '1000', '-force_key_frames', keyframes],
    // Half a second of buffer: steady enough for a phone's network, roomy enough for a keyframe.
    ...['-b:v', String(bitrate), '-maxrate', String(bitrate), '-bufsize', String(Math.round(bitrate / 2))],
    ...['-rc_init_occupancy', String(Math.round(bitrate / 4))],
    // NUT keeps the parameter sets in its header; a viewer needs them with each keyframe.
    ...['-bsf:v', 'dump_extra=freq=keyframe', '-f', 'nut', '-flush_packets', '1', 'pipe:1'],
  ];
}
