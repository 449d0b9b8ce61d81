import type { StreamInfo } from '../../camera/feed/stream-info.js';

export type H264Profile = 'baseline' | 'main' | 'high';

/** What a viewer asked for. */
export interface VideoWish {
  /** Pixels, at most. */
  readonly width: number;
  readonly height: number;
  /** Pictures a second, at most. */
  readonly fps: number;
  /** Bits a second. */
  readonly bitrate: number;
  /** What an encoder may use; what is copied may be any profile that HomeKit's viewers decode. */
  readonly profile: H264Profile;
  /** The viewer is away from home, or a watch. */
  readonly remote: boolean;
  /**
   * The bitrate was measured by the viewer. What the Home app names at the start is a cautious default (299 kbit/s for
   * 720p even at home), so a stream that is there is copied all the same; what it asks in mid-session has a reason.
   */
  readonly measured: boolean;
}

export type StreamName = 'main' | 'sub';

export interface Candidate {
  readonly stream: StreamName;
  readonly info: StreamInfo;
}

export type VideoPlan =
  | { readonly mode: 'copy'; readonly stream: StreamName }
  | {
      readonly mode: 'transcode';
      readonly stream: StreamName;
      readonly width: number;
      readonly height: number;
      /** Set where the source is faster than the viewer wants. */
      readonly maxFps: number | undefined;
      readonly bitrate: number;
      readonly profile: H264Profile;
    };

/** Encoders and cameras miss their rates by this much. */
const RATE_TOLERANCE = 1.2;
/** A measured picture rate wavers by about one. */
const FPS_TOLERANCE = 1.5;

/** Profiles that every HomeKit viewer decodes, in ffmpeg's names. */
const PROFILES = new Set(['baseline', 'constrained baseline', 'main', 'high', 'constrained high']);

/** Whether a HomeKit viewer can decode the stream as the camera sends it. */
export function isCopyable(info: StreamInfo): boolean {
  if (info.codec !== 'h264' || !info.plain || info.reordered) return false;
  return info.profile === undefined || PROFILES.has(info.profile.toLowerCase());
}

function fits(info: StreamInfo, wish: VideoWish): boolean {
  if (info.width > wish.width || info.height > wish.height) return false;
  if (info.fps !== undefined && info.fps > wish.fps + FPS_TOLERANCE) return false;
  if (!wish.remote && !wish.measured) return true;
  return info.bitrate === undefined || info.bitrate <= wish.bitrate * RATE_TOLERANCE;
}

/** The largest size of the source's aspect inside the wish, never larger than the source; even, as 4:2:0 needs. */
export function fitInside(source: { width: number; height: number }, wish: { width: number; height: number }) {
  const scale = Math.min(1, wish.width / source.width, wish.height / source.height);
  const even = (pixels: number): number => Math.max(2, Math.round((pixels * scale) / 2) * 2);
  return { width: even(source.width), height: even(source.height) };
}

/**
 * Which stream serves a live view, and whether as it is.
 * @param candidates the streams that deliver pictures now, the main stream first
 * @param masked something in the picture must not be seen: nothing is sent as it is
 * @returns undefined while no stream delivers
 */
export function planVideo(wish: VideoWish, candidates: readonly Candidate[], masked = false): VideoPlan | undefined {
  const main = candidates.find((candidate) => candidate.stream === 'main') ?? candidates[0];
  if (main === undefined) return undefined;
  const sub = candidates.find((candidate) => candidate.stream === 'sub');
  const chosen = sub !== undefined && servesWell(sub.info, main.info, wish) ? sub : main;
  const asItIs = !masked && isCopyable(chosen.info) && fits(chosen.info, wish);
  if (asItIs) return { mode: 'copy', stream: chosen.stream };
  return {
    mode: 'transcode',
    stream: chosen.stream,
    ...fitInside(chosen.info, wish),
    maxFps: chosen.info.fps !== undefined && chosen.info.fps > wish.fps + FPS_TOLERANCE ? wish.fps : undefined,
    bitrate: wish.bitrate,
    profile: wish.profile,
  };
}

/** The small stream serves a viewer that is away, and one that wants no more than it has. */
function servesWell(sub: StreamInfo, main: StreamInfo, wish: VideoWish): boolean {
  if (sub.width === 0) return false;
  if (wish.remote) return true;
  const wanted = fitInside(main.width === 0 ? wish : main, wish);
  return sub.width >= wanted.width && sub.height >= wanted.height;
}
