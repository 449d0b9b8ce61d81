import { performance } from 'node:perf_hooks';
import { NutReader, type NutPacket, type NutSink, type NutStream } from '../nut/reader.js';
import { SourceError, type Source, type SourceSink } from '../source.js';
import type { Ffmpeg } from './capabilities.js';
import { readingFailure } from './failure.js';
import { startFfmpeg } from './process.js';
import { AudioUnpacker, videoUnpacker, type VideoUnpacker } from './unpack.js';

export interface FfmpegSourceOptions {
  readonly ffmpeg: Ffmpeg;
  /** With credentials, percent-encoded; or the path of a file, which is played in a loop. */
  readonly url: string;
  readonly kind: 'rtsp' | 'rtsps' | 'http' | 'https' | 'file';
  readonly transport: 'tcp' | 'udp';
  /** Whether to read the sound, where there is some. */
  readonly audio: boolean;
  /** Takes secrets out of a text. */
  readonly mask?: (text: string) => string;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/** Reads whatever ffmpeg reads, without decoding, as NUT: about one picture later than a camera sends. */
export function ffmpegSource(options: FfmpegSourceOptions): Source {
  const { ffmpeg, mask = (text: string): string => text, now = () => performance.now() } = options;
  return async (sink, gate, signal) => {
    const hasEnded = (): boolean => signal.aborted;
    if (hasEnded()) return;
    const process = startFfmpeg({ path: ffmpeg.path, args: readingArguments(options), signal });
    const delivery = new Delivery(sink, now);
    const reader = new NutReader(delivery);
    let garbage: SourceError | undefined;
    process.stdout.on('data', (chunk: Buffer) => {
      if (hasEnded() || garbage !== undefined) return;
      try {
        reader.push(chunk);
      } catch (error) {
        garbage = new SourceError('garbage', `${whereOf(options)}: ffmpeg's output cannot be read`, { cause: error });
        process.kill();
        return;
      }
      gate.afterRead(process.stdout);
    });
    const { error, stderr } = await process.exited;
    if (hasEnded()) return;
    throw garbage ?? error ?? readingFailure(whereOf(options), mask(stderr), delivery.delivered);
  };
}

/** Tells formats before packets, and again when they change. */
class Delivery implements NutSink {
  delivered = false;
  private video: VideoUnpacker | undefined;
  private audio: AudioUnpacker | undefined;
  private videoIndex = -1;
  private audioIndex = -1;
  private told: { video: unknown; audio: unknown } | undefined;

  constructor(
    private readonly sink: SourceSink,
    private readonly now: () => number,
  ) {}

  onFormats(streams: readonly NutStream[]): void {
    const video = streams.find(({ kind }) => kind === 'video');
    const audio = streams.find(({ kind }) => kind === 'audio');
    if (video !== undefined) {
      this.video = videoUnpacker(video);
      this.videoIndex = video.index;
    }
    if (audio !== undefined) {
      this.audio = new AudioUnpacker(audio);
      this.audioIndex = audio.index;
    }
  }

  onPacket(packet: NutPacket): void {
    const { index } = packet.stream;
    if (index === this.videoIndex) {
      const picture = this.video?.unpack(packet);
      if (picture === undefined || !this.tell()) return;
      this.delivered = true;
      // MJPEG over HTTP has no times: ffmpeg invents 25 pictures a second.
      const timeless = this.video?.format?.codec === 'mjpeg' && this.audio === undefined;
      this.sink.packet(timeless ? { ...picture, time: this.now() } : picture);
    } else if (index === this.audioIndex) {
      const sounds = this.audio?.unpack(packet) ?? [];
      if (this.tell()) for (const sound of sounds) this.sink.packet(sound);
    }
  }

  /** @returns whether the formats are known */
  private tell(): boolean {
    const video = this.video?.format;
    if (video === undefined) return false;
    const audio = this.audio?.format;
    if (this.told?.video !== video.parameterSets || this.told.audio !== audio) {
      this.told = { video: video.parameterSets, audio };
      this.sink.formats({ video, audio });
    }
    return true;
  }
}

/** Host and port, or the file: what an error may name. */
function whereOf({ url, kind }: Pick<FfmpegSourceOptions, 'url' | 'kind'>): string {
  if (kind === 'file') return url;
  return /^[a-z]+:\/\/(?:[^/@]*@)?([^/?#]+)/i.exec(url)?.[1] ?? 'the camera';
}

/** Of a socket, µs. ffmpeg leaves after twice the value; the feed's watchdog is quicker, and this is for what it cannot see. */
const TIMEOUT = '5000000';

/** Measured: half the time to the first picture of an RTSP source, whose SDP says what there is. */
const SHORT_PROBE = ['-analyzeduration', '0', '-probesize', '32k'];
/** Other sources have to be read for a while to be known. */
const LONG_PROBE = ['-analyzeduration', '1500000', '-probesize', '1M'];

export function readingArguments({ ffmpeg, url, kind, transport, audio }: FfmpegSourceOptions): string[] {
  const input = {
    rtsp: [...SHORT_PROBE, `-${ffmpeg.rtspTimeout}`, TIMEOUT, '-rtsp_transport', transport],
    rtsps: [...SHORT_PROBE, `-${ffmpeg.rtspTimeout}`, TIMEOUT, '-rtsp_transport', 'tcp'],
    http: httpArguments(url),
    https: httpArguments(url),
    // At its own pace, for ever.
    file: ['-re', '-stream_loop', '-1'],
  }[kind];
  return [
    ...['-hide_banner', '-v', 'error', '-nostdin', '-fflags', 'nobuffer+genpts', ...input, '-i', url],
    ...['-map', '0:v:0', ...(audio ? ['-map', '0:a:0?'] : []), '-c', 'copy', '-copyinkf'],
    ...['-max_interleave_delta', '1', '-f', 'nut', '-flush_packets', '1', 'pipe:1'],
  ];
}

/** A recording comes as fast as the network: it is read at its own pace. A live stream paces itself. */
function httpArguments(url: string): string[] {
  const recorded = /\.(?:mp4|m4v|mov|mkv|webm)(?:[?#]|$)/i.test(url);
  return [...LONG_PROBE, '-rw_timeout', TIMEOUT, ...(recorded ? ['-re'] : [])];
}
