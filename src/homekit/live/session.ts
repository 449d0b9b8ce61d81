import { performance } from 'node:perf_hooks';
import type {
  AudioInfo,
  PrepareStreamRequest,
  PrepareStreamResponse,
  ReconfiguredVideoInfo,
  VideoInfo,
} from 'homebridge';
import type { Camera } from '../../camera/camera.js';
import type { Log } from '../../camera/log.js';
import type { Ffmpeg } from '../../media/ffmpeg/capabilities.js';
import { AudioSender } from '../../media/rtp/audio-sender.js';
import { receive } from '../../media/rtp/datagram.js';
import type { RtpPacket } from '../../media/rtp/rtp.js';
import { SrtpContext } from '../../media/rtp/srtp.js';
import { VideoSender } from '../../media/rtp/video-sender.js';
import { hear, isSilent, newViewer, type Viewer } from '../../media/rtp/viewer.js';
import { AudioLeg } from './audio-leg.js';
import { TalkLeg } from './talk-leg.js';
import { openUdpPort, type UdpPort } from './udp-port.js';
import { VideoLeg } from './video-leg.js';
import type { VideoWish } from './video-plan.js';
import { audioWish, isRemote, profileOf, videoWish } from './wish.js';

/** What is muted in HomeKit, for all viewers of a camera. */
export interface Mutes {
  /** The camera's sound. */
  readonly microphone: boolean;
  /** What viewers say. */
  readonly speaker: boolean;
}

export interface LiveSessionOptions {
  readonly camera: Camera;
  readonly ffmpeg: Ffmpeg;
  readonly log: Log;
  /** The hub's: ends every session. */
  readonly signal: AbortSignal;
  readonly request: PrepareStreamRequest;
  readonly ssrc: () => number;
  readonly mutes: () => Mutes;
  /** The session has ended, for whatever reason. */
  readonly onEnd: () => void;
}

interface Leg {
  readonly port: UdpPort;
  readonly srtp: SrtpContext;
  readonly ssrc: number;
  viewer: Viewer;
}

const CLOCK = { now: () => performance.now(), wallclock: () => performance.timeOrigin + performance.now() };
const VIDEO_CLOCK_RATE = 90_000;
const CHECK_SILENCE = 1_000;

/** One viewer of one camera, from SetupEndpoints to the end; owns the sockets, senders and encoders of its view. */
export class LiveSession {
  private readonly life = new AbortController();
  private video: Leg | undefined;
  private audio: Leg | undefined;
  private videoLeg: VideoLeg | undefined;
  /** What stays the same when the viewer asks for another size. */
  private asked: Pick<VideoWish, 'profile' | 'remote'> = { profile: 'main', remote: false };

  constructor(private readonly options: LiveSessionOptions) {
    const end = (): void => {
      this.end();
    };
    options.signal.addEventListener('abort', end, { once: true });
    const unwatch = options.camera.main.watch();
    const unwatchSub = options.camera.sub?.watch();
    const silence = setInterval(() => {
      if (this.hasGone()) this.end();
    }, CHECK_SILENCE);
    this.life.signal.addEventListener(
      'abort',
      () => {
        clearInterval(silence);
        unwatch();
        unwatchSub?.();
        options.signal.removeEventListener('abort', end);
        options.onEnd();
      },
      { once: true },
    );
  }

  /** Opens the ports. The keys are the viewer's own, as every HomeKit accessory answers them. */
  async open(): Promise<PrepareStreamResponse> {
    const { request } = this.options;
    const open = async ({ port, srtp_key, srtp_salt }: PrepareStreamRequest['video']): Promise<Leg> => ({
      port: await openUdpPort({ address: request.targetAddress, port }, request.sourceAddress, this.life.signal),
      srtp: new SrtpContext(srtp_key, srtp_salt),
      ssrc: this.options.ssrc(),
      viewer: newViewer(CLOCK.now()),
    });
    const [video, audio] = await Promise.all([open(request.video), open(request.audio)]);
    this.video = video;
    this.audio = audio;
    const answer = ({ port, ssrc }: Leg, { srtp_key, srtp_salt }: PrepareStreamRequest['video']) => ({
      port: port.port,
      ssrc,
      srtp_key,
      srtp_salt,
    });
    return { video: answer(video, request.video), audio: answer(audio, request.audio) };
  }

  start(video: VideoInfo, audio: AudioInfo): void {
    const { video: picture, audio: sound } = this;
    if (picture === undefined || sound === undefined || this.videoLeg !== undefined || this.life.signal.aborted) return;
    const { camera, ffmpeg, log } = this.options;
    const { signal } = this.life;
    this.asked = { profile: profileOf(video), remote: isRemote(audio) };
    const sender = new VideoSender({ ...this.stream(picture), payloadType: video.pt, parameterSets: [] });
    this.videoLeg = new VideoLeg({
      camera,
      ffmpeg,
      log,
      signal,
      wish: videoWish(video, { ...this.asked, measured: false }),
      sink: {
        backlog: (packets, parameterSets) => {
          sender.parameterSets = parameterSets;
          sender.sendBacklog(packets);
        },
        packet: (packet, parameterSets) => {
          sender.parameterSets = parameterSets;
          sender.send(packet);
        },
      },
    });
    this.listen(picture, VIDEO_CLOCK_RATE, { refresh: () => this.videoLeg?.requestKeyframe() });
    this.startSound(sound, audio);
  }

  reconfigure(video: ReconfiguredVideoInfo): void {
    this.videoLeg?.reconfigure(videoWish(video, { ...this.asked, measured: true }));
  }

  end(): void {
    this.life.abort();
  }

  /** Any authentic word of the viewer, on either port, is a sign of life; goodbye is said on the picture's. */
  private hasGone(): boolean {
    const { video, audio } = this;
    if (video === undefined || audio === undefined) return false;
    const now = CLOCK.now();
    return video.viewer.left || (isSilent(video.viewer, now) && isSilent(audio.viewer, now));
  }

  private startSound(leg: Leg, info: AudioInfo): void {
    const { camera, ffmpeg, log, mutes } = this.options;
    const wish = audioWish(info);
    if (wish === undefined) return;
    const talk = this.talkLeg(info);
    this.listen(leg, wish.sampleRate, { rtp: (packet) => talk?.push(packet) });
    if (!camera.settings.audio) return;
    const oneAtATime = camera.settings.talkHalfDuplex;
    const sender = new AudioSender({ ...this.stream(leg), payloadType: info.pt, ...wish });
    new AudioLeg({
      camera,
      ffmpeg,
      wish,
      log,
      now: CLOCK.now,
      signal: this.life.signal,
      send: (packet) => {
        if (mutes().microphone || (oneAtATime && talk?.speaking === true)) return;
        sender.send(packet);
      },
    });
  }

  /** Only Opus is offered by a camera that can be talked to: see streaming-options.ts. */
  private talkLeg(info: AudioInfo): TalkLeg | undefined {
    const { camera, mutes } = this.options;
    if (camera.talk === undefined || audioWish(info)?.codec !== 'opus') return undefined;
    return new TalkLeg({
      talk: camera.talk,
      payloadType: info.pt,
      channels: info.channel,
      isMuted: () => mutes().speaker,
      now: CLOCK.now,
      signal: this.life.signal,
    });
  }

  private stream({ port, srtp, ssrc }: Leg) {
    return {
      srtp,
      ssrc,
      cname: this.options.request.sessionID,
      send: (datagram: Buffer) => {
        port.send(datagram);
      },
      clock: CLOCK,
      signal: this.life.signal,
    };
  }

  private listen(
    leg: Leg,
    clockRate: number,
    on: { readonly refresh?: () => void; readonly rtp?: (packet: RtpPacket) => void },
  ): void {
    const { port, srtp, ssrc } = leg;
    port.onMessage((datagram) => {
      const heard = receive(srtp, datagram);
      if (heard === undefined) return;
      const packets = heard.kind === 'rtcp' ? heard.packets : [];
      const { viewer, refresh } = hear(leg.viewer, packets, {
        ssrc,
        clockRate,
        now: CLOCK.now(),
        wallclock: CLOCK.wallclock(),
      });
      leg.viewer = viewer;
      if (refresh) on.refresh?.();
      if (heard.kind === 'rtp') on.rtp?.(heard.packet);
    });
  }
}
