import type { Camera } from '../../camera/camera.js';
import type { Feed } from '../../camera/feed/feed.js';
import type { Log } from '../../camera/log.js';
import type { Ffmpeg } from '../../media/ffmpeg/capabilities.js';
import { startAudioTranscoder } from '../../media/ffmpeg/transcode-audio.js';
import type { AudioPacket } from '../../media/packet.js';

/** What a viewer asked to hear. */
export interface AudioWish {
  readonly codec: 'opus' | 'aac-eld';
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Bits a second. */
  readonly bitrate: number;
  /** Milliseconds of sound in a packet. */
  readonly packetTime: number;
}

export interface AudioLegOptions {
  readonly camera: Pick<Camera, 'name' | 'main' | 'sub'>;
  readonly ffmpeg: Ffmpeg;
  readonly wish: AudioWish;
  readonly send: (packet: AudioPacket) => void;
  readonly log: Log;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Sound from just before now, so that the encoder has something to begin with, ms. */
const LEAD = 200;
/** An encoder that dies is replaced after this long, ms. */
const RESTART_DELAY = 500;

/** The sound of one live session; silent while the camera sends none. */
export class AudioLeg {
  private readonly feed: Feed;
  private current: { push(packet: AudioPacket): void; end(): void } | undefined;

  constructor(private readonly options: AudioLegOptions) {
    const { main, sub } = options.camera;
    this.feed = main.formats?.audio === undefined && sub?.formats?.audio !== undefined ? sub : main;
    const unsubscribe = this.feed.subscribe({
      // The times, and maybe the codec, begin anew.
      interrupted: () => {
        this.stop();
      },
      formats: () => {
        this.stop();
      },
      packet: (packet) => {
        if (packet.kind === 'audio') (this.current ??= this.begin())?.push(packet);
      },
    });
    options.signal.addEventListener(
      'abort',
      () => {
        unsubscribe();
        this.stop();
      },
      { once: true },
    );
    this.current = this.begin();
    for (const packet of this.feed.ring.soundSince(options.now() - LEAD)) this.current?.push(packet);
  }

  private begin(): AudioLeg['current'] {
    const input = this.feed.formats?.audio;
    if (input === undefined || this.feed.state.kind !== 'online') return undefined;
    const { ffmpeg, wish, send, log, camera } = this.options;
    const life = new AbortController();
    const transcoder = startAudioTranscoder({
      ffmpeg,
      input,
      output: wish,
      signal: life.signal,
      onPacket: (packet) => {
        if (!life.signal.aborted) send(packet);
      },
      onEnd: (reason) => {
        if (life.signal.aborted) return;
        log.warn(`${camera.name}: the sound encoder of a live view ended (${reason}); it is started again.`);
        this.current = {
          push: () => undefined,
          end: () => {
            clearTimeout(timer);
          },
        };
        const timer = setTimeout(() => {
          this.current = undefined;
        }, RESTART_DELAY);
      },
    });
    return {
      push: (packet) => {
        transcoder.push(packet);
      },
      end: () => {
        life.abort();
      },
    };
  }

  private stop(): void {
    this.current?.end();
    this.current = undefined;
  }
}
