import type { StreamInfo } from '../../camera/feed/stream-info.js';
import type { Gop } from '../../camera/feed/ring.js';
import type { VideoOutput } from '../../media/ffmpeg/picture-encoder.js';
import { fitInside, isCopyable, type StreamName } from '../live/video-plan.js';
import type { Selection } from './selection.js';

/** What keeps a stream from being recorded as it is. */
export type Obstacle = 'mask' | 'codec' | 'form' | 'b-frames' | 'keyframes' | 'size' | 'rate';

export interface Candidate {
  readonly stream: StreamName;
  readonly info: StreamInfo;
  /** The longest distance between keyframes in memory, ms. */
  readonly longestGop: number;
}

export type RecordingPlan =
  | { readonly mode: 'copy'; readonly stream: StreamName }
  | {
      readonly mode: 'transcode';
      readonly stream: StreamName;
      readonly output: VideoOutput;
      readonly obstacles: readonly Obstacle[];
    };

export interface Means {
  /** Blacks out what must not be seen; nothing is recorded as it is where there is one. */
  readonly mask: string | undefined;
  /** Whether some H.264 encoder works. */
  readonly canEncode: boolean;
}

/** A measured picture rate wavers by about one. */
const FPS_TOLERANCE = 1.5;
/** A picture or two beyond a fragment's length, ms: the next fragment is no more late for it than hubs bear. */
export const LENGTH_TOLERANCE = 200;

/**
 * Which stream is recorded, and whether as it is.
 * @param candidates the streams that deliver pictures now, the main stream first
 * @returns undefined where none can be recorded
 */
export function planRecording(
  selection: Selection,
  candidates: readonly Candidate[],
  { mask, canEncode }: Means,
): RecordingPlan | undefined {
  const main = candidates.find(({ stream }) => stream === 'main') ?? candidates[0];
  if (main === undefined) return undefined;
  const obstacles = obstaclesOf(main, selection, mask);
  if (obstacles.length === 0) return { mode: 'copy', stream: main.stream };
  const size = fitInside(main.info.width > 0 ? main.info : selection, selection);
  const asItIs = candidates.filter((candidate) => obstaclesOf(candidate, selection, mask).length === 0);
  const good = asItIs.find(({ info }) => info.width >= size.width && info.height >= size.height);
  if (good !== undefined) return { mode: 'copy', stream: good.stream };
  if (!canEncode) return asItIs[0] && { mode: 'copy', stream: asItIs[0].stream };
  const { fps } = main.info;
  const output: VideoOutput = {
    ...{ ...size, bitrate: selection.bitrate, profile: selection.profile, mask },
    // An encoder that has fallen behind still gives something in time.
    keyframeInterval: selection.fragment / 2,
    ...(fps !== undefined && fps > selection.fps + FPS_TOLERANCE && { maxFps: selection.fps }),
  };
  return { mode: 'transcode', stream: main.stream, output, obstacles };
}

/** Everything that stands in the way, what cannot be mended in the camera first. */
export function obstaclesOf({ info, longestGop }: Candidate, selection: Selection, mask?: string): Obstacle[] {
  if (mask !== undefined) return ['mask'];
  if (info.codec !== 'h264') return ['codec'];
  const obstacles: Obstacle[] = [];
  if (info.reordered) obstacles.push('b-frames');
  else if (!isCopyable(info)) obstacles.push('form');
  if (longestGop > selection.fragment + LENGTH_TOLERANCE) obstacles.push('keyframes');
  if (info.width > selection.width || info.height > selection.height) obstacles.push('size');
  if (info.fps !== undefined && info.fps > selection.fps + FPS_TOLERANCE) obstacles.push('rate');
  return obstacles;
}

/** The longest distance between keyframes, ms; of the last one, to the newest picture. */
export function longestGop(gops: readonly Gop[]): number {
  const ends = gops.map((gop, at) => gops[at + 1]?.start ?? gop.packets.at(-1)?.time ?? gop.start);
  return Math.max(0, ...gops.map(({ start }, at) => (ends[at] ?? start) - start));
}

const WHY: Readonly<Record<Obstacle, (candidate: Candidate, selection: Selection) => string>> = {
  mask: () => 'its zones that are masks have to be blackened',
  codec: ({ info }) => `it sends ${info.codec.toUpperCase()}, and HomeKit takes H.264 alone`,
  form: ({ info }) => `it sends H.264 in a form that HomeKit does not take (${info.profile ?? 'unusual profile'})`,
  'b-frames': () => 'it sends B-frames: set the profile to Main or Baseline in the camera, or switch them off',
  keyframes: ({ longestGop: gop }) =>
    `its keyframes are up to ${(gop / 1000).toFixed(1)} s apart: set the keyframe interval (I-frame interval, GOP) ` +
    'to 2 s in the camera, and switch smart codec off',
  size: ({ info }, { width, height }) =>
    `it sends ${info.width}×${info.height}, and the hub asked for ${width}×${height}`,
  rate: ({ info }, { fps }) => `it sends ${Math.round(info.fps ?? 0)} pictures a second, and the hub asked for ${fps}`,
};

/** Why a recording is transcoded, as the rest of a sentence. */
export const sayWhy = (obstacles: readonly Obstacle[], candidate: Candidate, selection: Selection): string =>
  obstacles.map((obstacle) => WHY[obstacle](candidate, selection)).join('; ');
