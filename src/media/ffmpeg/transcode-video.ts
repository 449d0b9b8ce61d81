import { isNalCodec, isSps } from '../h26x/nal.js';
import { parseSps } from '../h26x/sps.js';
import type { VideoFormat, VideoPacket } from '../packet.js';
import { startPictureEncoder, type PictureEncoder, type PictureEncoderOptions } from './picture-encoder.js';
import { PictureRate } from './picture-rate.js';

export type { VideoOutput } from './picture-encoder.js';

export interface VideoTranscoderOptions extends Omit<PictureEncoderOptions, 'fps'> {
  /** Measured pictures a second of the input; undefined before that is known. */
  readonly fps: number | undefined;
  /**
   * A keyframe and what came since. All are decoded, and only the first and the newest are shown, so that nothing has to
   * be waited out: 1 ms apart by their place, the newest at its own time.
   */
  readonly backlog: readonly VideoPacket[];
  /** H.264 with the times of the pictures that were pushed, to 0.01 ms; the first one is a keyframe. */
  readonly onPacket: (packet: VideoPacket) => void;
  /** The process has ended without having been told to; with its last words. */
  readonly onEnd: (reason: string) => void;
}

export interface VideoTranscoder {
  /** A transcoder that falls behind shows fewer pictures, and in the end passes over whole GOPs. */
  push(packet: VideoPacket): void;
  /** The next picture will be a keyframe. */
  requestKeyframe(): void;
}

/** A rate that is wrong by more than this makes the bitrate wrong by as much. */
const RATE_TOLERANCE = 0.12;
const USUAL_FPS = 25;
/** A successor that is no further behind shows the picture with which it begins, ms. */
const CAUGHT_UP = 300;
/** After so much of its own, ms, a successor takes over though it is behind: two are too much for this machine. */
const BESIDE = 5_000;
/** What a parameter set says beyond this is no rate of a camera. */
const LIKELY_FPS = { least: 1, most: 60 } as const;

interface Encoding {
  readonly encoder: PictureEncoder;
  /** What it was told. */
  readonly fps: number;
  readonly end: () => void;
}

interface Successor extends Encoding {
  /** Its first picture, ms. */
  since: number | undefined;
  /** It has caught up with the camera. */
  ready: boolean;
  /** From this picture on, ms, it serves. */
  from: number;
}

/**
 * Turns pictures in memory into H.264 of another size, rate or codec. An encoder that was told a wrong picture rate, or
 * whose camera changes it, misses its bitrate: it is replaced at a keyframe of the source, without a break.
 */
export function startVideoTranscoder(options: VideoTranscoderOptions): VideoTranscoder {
  const { input, backlog, signal, onPacket, onEnd } = options;
  const rate = new PictureRate();
  for (const { time } of backlog) rate.push(time);
  let successor: Successor | undefined;
  let newest = -Infinity;

  const begin = (fps: number, known: readonly VideoPacket[], onOwn: (packet: VideoPacket) => void): Encoding => {
    const life = new AbortController();
    const encoder = startPictureEncoder({
      ...options,
      fps,
      backlog: known,
      signal: AbortSignal.any([signal, life.signal]),
      onPacket: onOwn,
      onEnd: (reason) => {
        serving.end();
        successor?.end();
        onEnd(reason);
      },
    });
    return {
      encoder,
      fps,
      end: () => {
        life.abort();
      },
    };
  };

  const succeed = (fps: number): Successor => {
    const next: Successor = {
      ...begin(fps, [], (packet) => {
        next.since ??= packet.time;
        next.ready ||= newest - packet.time < CAUGHT_UP || packet.time - next.since > BESIDE;
        if (successor === next && packet.keyframe && packet.time >= next.from - ROUNDING) {
          serving.end();
          serving = next;
          successor = undefined;
        }
        if (serving === next) onPacket(packet);
      }),
      since: undefined,
      ready: false,
      from: Infinity,
    };
    return next;
  };

  let serving = begin(options.fps ?? rate.fps ?? statedFps(input) ?? USUAL_FPS, backlog, onPacket);
  return {
    push: (packet) => {
      rate.push(packet.time);
      newest = Math.max(newest, packet.time);
      const { fps } = rate;
      const isWrong = fps !== undefined && Math.abs(fps / serving.fps - 1) > RATE_TOLERANCE;
      if (isWrong && packet.keyframe) successor ??= succeed(fps);
      if (successor?.ready === true && successor.from === Infinity) {
        successor.from = packet.time;
        successor.encoder.requestKeyframe();
      }
      if (successor === undefined || packet.time < successor.from) serving.encoder.push(packet);
      successor?.encoder.push(packet);
    },
    requestKeyframe: () => {
      serving.encoder.requestKeyframe();
      successor?.encoder.requestKeyframe();
    },
  };
}

/** Times come back rounded, ms. */
const ROUNDING = 0.02;

/** What the stream says of itself: cameras are known to lie here, but less than a guess would. */
function statedFps({ codec, parameterSets }: VideoFormat): number | undefined {
  if (!isNalCodec(codec)) return undefined;
  const sps = parameterSets.find((unit) => isSps(codec, unit));
  const fps = sps && parseSps(codec, sps)?.fps;
  return fps !== undefined && fps >= LIKELY_FPS.least && fps <= LIKELY_FPS.most ? fps : undefined;
}
