import type { Feed } from '../../camera/feed/feed.js';
import type { Ffmpeg } from '../../media/ffmpeg/capabilities.js';
import type { H264Encoder } from '../../media/ffmpeg/encoders.js';
import { startVideoTranscoder } from '../../media/ffmpeg/transcode-video.js';
import type { VideoPacket } from '../../media/packet.js';
import type { VideoPlan } from './video-plan.js';

/** Where a path delivers. */
export interface PictureSink {
  /** A keyframe and what depends on it, up to now: to be shown at once. */
  backlog(packets: readonly VideoPacket[], parameterSets: readonly Buffer[]): void;
  packet(packet: VideoPacket, parameterSets: readonly Buffer[]): void;
}

/** One way by which pictures come from a feed to a viewer. */
export interface VideoPath {
  /** The viewer has lost the picture. */
  requestKeyframe(): void;
  end(): void;
}

/** The camera's own packets, from the keyframe in memory on. */
export function copyPath(feed: Feed, sink: PictureSink): VideoPath {
  const parameterSets = (): readonly Buffer[] => feed.formats?.video.parameterSets ?? [];
  const fromKeyframe = (): void => {
    const backlog = feed.ring.backlog();
    if (backlog.length > 0) sink.backlog(backlog, parameterSets());
  };
  fromKeyframe();
  const end = feed.subscribe({
    packet: (packet) => {
      if (packet.kind === 'video') sink.packet(packet, parameterSets());
    },
  });
  return { requestKeyframe: fromKeyframe, end };
}

export interface Transcoding {
  readonly ffmpeg: Ffmpeg;
  readonly encoder: H264Encoder;
  readonly plan: Extract<VideoPlan, { mode: 'transcode' }>;
  /** A filter that blacks out what must not be seen. */
  readonly mask: string | undefined;
  /** Called when ffmpeg has ended by itself. */
  readonly onEnd: (reason: string) => void;
  /** Called with the first picture: from now on this path serves. */
  readonly onFirst: () => void;
}

/** Decoded and encoded anew to what the viewer asked for. @returns undefined while the feed has no picture */
export function transcodePath(feed: Feed, sink: PictureSink, options: Transcoding): VideoPath | undefined {
  const { ffmpeg, encoder, plan, mask, onEnd, onFirst } = options;
  const input = feed.ring.newest?.formats.video;
  if (input === undefined) return undefined;
  const life = new AbortController();
  let first = true;
  const { width, height, bitrate, profile, maxFps } = plan;
  const transcoder = startVideoTranscoder({
    ffmpeg,
    encoder,
    input,
    fps: feed.info?.fps,
    output: { width, height, bitrate, profile, mask, ...(maxFps !== undefined && { maxFps }) },
    backlog: feed.ring.backlog(),
    signal: life.signal,
    onPacket: (packet) => {
      if (life.signal.aborted) return;
      if (first) onFirst();
      first = false;
      sink.packet(packet, []);
    },
    onEnd: (reason) => {
      if (!life.signal.aborted) onEnd(reason);
    },
  });
  const unsubscribe = feed.subscribe({
    packet: (packet) => {
      if (packet.kind === 'video') transcoder.push(packet);
    },
  });
  return {
    requestKeyframe: () => {
      transcoder.requestKeyframe();
    },
    end: () => {
      unsubscribe();
      life.abort();
    },
  };
}
