import type { NutPacket, NutSink, NutStream } from '../nut/reader.js';
import type { SourceSink } from '../source.js';
import { AudioUnpacker, videoUnpacker, type VideoUnpacker } from './unpack.js';

/** Passes on what comes out of NUT: formats before packets, and again when they change. */
export class Delivery implements NutSink {
  private video: VideoUnpacker | undefined;
  private audio: AudioUnpacker | undefined;
  private told: { video: unknown; audio: unknown } | undefined;
  private hasDelivered = false;

  constructor(private readonly sink: SourceSink) {}

  /** Whether a picture has been passed on. */
  get delivered(): boolean {
    return this.hasDelivered;
  }

  onFormats(streams: readonly NutStream[]): void {
    const video = streams.find(({ kind }) => kind === 'video');
    const audio = streams.find(({ kind }) => kind === 'audio');
    this.video = video && videoUnpacker(video);
    this.audio = audio && new AudioUnpacker(audio);
  }

  onPacket(packet: NutPacket): void {
    if (packet.stream.kind === 'video') {
      const picture = this.video?.unpack(packet);
      if (picture === undefined || !this.tell()) return;
      this.hasDelivered = true;
      this.sink.packet(picture);
    } else if (packet.stream.kind === 'audio') {
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
