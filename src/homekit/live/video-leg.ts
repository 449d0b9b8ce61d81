import { isDeepStrictEqual } from 'node:util';
import type { Camera } from '../../camera/camera.js';
import type { Feed } from '../../camera/feed/feed.js';
import type { Log } from '../../camera/log.js';
import type { Ffmpeg } from '../../media/ffmpeg/capabilities.js';
import { h264Encoders } from '../../media/ffmpeg/encoders.js';
import { copyPath, transcodePath, type PictureSink, type VideoPath } from './video-path.js';
import {
  isCopyable,
  planVideo,
  type Candidate,
  type StreamName,
  type VideoPlan,
  type VideoWish,
} from './video-plan.js';

export interface VideoLegOptions {
  readonly camera: Pick<Camera, 'name' | 'main' | 'sub' | 'pictureMask'>;
  readonly ffmpeg: Ffmpeg;
  readonly sink: PictureSink;
  readonly wish: VideoWish;
  readonly log: Log;
  readonly signal: AbortSignal;
}

type TranscodePlan = Extract<VideoPlan, { mode: 'transcode' }>;

/** A transcoder that dies is replaced after this long, ms; one that never showed a picture, ever later. */
const RESTART_DELAY = 500;
const MOST_DOUBLINGS = 5;

/** The pictures of one live session: follows what the viewer asks for and what becomes of the camera. */
export class VideoLeg {
  private wish: VideoWish;
  private decided: VideoPlan | undefined;
  private serving: VideoPath | undefined;
  /** Takes over from `serving` with its first picture. */
  private coming: VideoPath | undefined;
  /** Streams that began anew since the last decision. */
  private readonly fresh = new Set<StreamName>(['main', 'sub']);
  private readonly feeds: readonly { name: StreamName; feed: Feed }[];
  private failures = 0;

  constructor(private readonly options: VideoLegOptions) {
    this.wish = options.wish;
    const { main, sub } = options.camera;
    this.feeds = [{ name: 'main', feed: main }, ...(sub === undefined ? [] : [{ name: 'sub' as const, feed: sub }])];
    const subscriptions = this.feeds.map(({ name, feed }) => this.follow(name, feed));
    options.signal.addEventListener(
      'abort',
      () => {
        for (const end of subscriptions) end();
        this.drop('serving');
        this.drop('coming');
      },
      { once: true },
    );
    this.decide();
  }

  reconfigure(wish: VideoWish): void {
    this.wish = wish;
    this.decide();
  }

  requestKeyframe(): void {
    this.serving?.requestKeyframe();
  }

  private follow(name: StreamName, feed: Feed): () => void {
    return feed.subscribe({
      interrupted: () => this.fresh.add(name),
      formats: () => this.fresh.add(name),
      packet: (packet) => {
        if (packet.kind === 'audio' || !packet.keyframe) return;
        const copied = this.decided?.mode === 'copy' && this.decided.stream === name;
        const info = copied ? feed.info : undefined;
        if (this.fresh.has(name) || (info !== undefined && !isCopyable(info))) this.decide();
      },
    });
  }

  private decide(): void {
    const candidates: Candidate[] = [];
    for (const { name, feed } of this.feeds) {
      const info = feed.state.kind === 'online' ? feed.info : undefined;
      if (info !== undefined) candidates.push({ stream: name, info });
    }
    const plan = planVideo(this.wish, candidates, this.options.camera.pictureMask !== undefined);
    if (plan === undefined) return;
    // A copy goes on over a new connection by itself; a transcoder was told the old stream's format.
    const isNew = candidates.some(({ stream }) => stream === plan.stream && this.fresh.has(stream));
    for (const { stream } of candidates) this.fresh.delete(stream);
    if (isDeepStrictEqual(plan, this.decided) && !(isNew && plan.mode === 'transcode')) return;
    this.decided = plan;
    this.drop('coming');
    if (plan.mode === 'transcode') {
      void this.transcode(plan);
      return;
    }
    this.drop('serving');
    this.serving = copyPath(this.feedOf(plan.stream), this.options.sink);
  }

  private async transcode(plan: TranscodePlan): Promise<void> {
    const { ffmpeg, log, camera, sink, signal } = this.options;
    const encoders = await h264Encoders(ffmpeg);
    // What ended without a picture is not tried for ever.
    const encoder = encoders[Math.min(this.failures, encoders.length - 1)];
    if (signal.aborted || this.decided !== plan) return;
    if (encoder === undefined) {
      log.error(`${camera.name}: this ffmpeg has no H.264 encoder that works here, so the view cannot be shown.`);
      return;
    }
    const path = transcodePath(this.feedOf(plan.stream), sink, {
      ffmpeg,
      encoder,
      plan,
      mask: camera.pictureMask,
      onFirst: () => {
        this.failures = 0;
        if (this.coming !== path) return;
        this.coming = undefined;
        this.drop('serving');
        this.serving = path;
      },
      onEnd: (reason) => {
        log.warn(`${camera.name}: the transcoder of a live view ended (${reason}); it is started again.`);
        if (this.coming === path) this.failures++;
        if (this.coming === path || this.decided === plan) this.restartSoon();
      },
    });
    this.coming = path;
  }

  private drop(which: 'serving' | 'coming'): void {
    this[which]?.end();
    this[which] = undefined;
  }

  private restartSoon(): void {
    this.drop('serving');
    this.drop('coming');
    this.decided = undefined;
    const timer = setTimeout(
      () => {
        this.decide();
      },
      RESTART_DELAY * 2 ** Math.min(this.failures, MOST_DOUBLINGS),
    );
    this.options.signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
      },
      { once: true },
    );
  }

  private feedOf(stream: StreamName): Feed {
    const { main, sub } = this.options.camera;
    return stream === 'sub' && sub !== undefined ? sub : main;
  }
}
