import { startPictureEncoder } from '../../media/ffmpeg/picture-encoder.js';
import { startAudioTranscoder } from '../../media/ffmpeg/transcode-audio.js';
import { hasSameParameters, type FragmentFormats } from '../../media/fmp4/fragmenter.js';
import type { AudioFormat, Formats, Packet, VideoPacket } from '../../media/packet.js';
import { describeStream } from '../feed/stream-info.js';
import { areSame, beginning, isSilent } from './beginning.js';
import { aacFormat, audioCoding, encodedFormat, videoCoding } from './coding.js';
import type { ClipEnd, ClipFeed, ClipOptions } from './clip-options.js';
import { bytesOf, GopCutter, type WholeGop } from './gop-cutter.js';
import { Queue } from './queue.js';

const PATIENCE = 5_000;
const WAITING = 32 * 2 ** 20;
/** What is in memory comes at once: PCM of 48 kHz has 2 MiB of it. */
const WAITING_SOUND = 8 * 2 ** 20;
const GRACE = 1_000;
/** Pictures may be shown before others that came earlier, by less than this, ms. */
const LONGEST_REORDERING = 1_000;
const USUAL_FPS = 25;
/** Times come back from an encoder rounded, ms. */
const ROUNDING = 0.02;

/** What takes packets on their way into the file. */
interface Path {
  push(packet: Packet): void;
}

/** Takes packets from a feed until the clip's end, and gives whole GOPs. */
export class Recorder {
  readonly ended: Promise<ClipEnd>;
  private readonly queue = new Queue<WholeGop>();
  private readonly life = new AbortController();
  private tellEnd: (end: ClipEnd) => void = () => undefined;
  private unsubscribe: () => void = () => undefined;
  private input: Formats | undefined;
  private audio: AudioFormat | undefined;
  private video: Path | undefined;
  private sound: Path | undefined;
  private cutter = new GopCutter(false);
  /** In a video encoder. */
  private inFlight: { readonly time: number; readonly bytes: number }[] = [];
  private state: 'recording' | 'draining' | 'ending' | 'ended' = 'recording';
  private allowance: number;
  /** What the feed says now belongs to no file, or to another. */
  private inputOver = false;
  private start: number | undefined;
  private end: number | undefined;
  private ending: Pick<ClipEnd, 'ending' | 'detail'> = { ending: 'aborted' };
  private stall: NodeJS.Timeout | undefined;
  private grace: NodeJS.Timeout | undefined;
  /** The sound of what was in memory has not been waited for yet. */
  private isStarting = true;
  private readonly usualGrace: number;
  private readonly startGrace: number;

  constructor(
    private readonly feed: ClipFeed,
    private readonly options: ClipOptions,
  ) {
    this.ended = new Promise((resolve) => (this.tellEnd = resolve));
    this.allowance = options.waiting ?? WAITING;
    this.usualGrace = options.grace ?? GRACE;
    this.startGrace = options.startGrace ?? this.usualGrace;
    options.signal.addEventListener('abort', this.abort, { once: true });
    this.stall = setTimeout(() => {
      this.finish({ ending: 'stalled' });
    }, options.patience ?? PATIENCE);
    const known = beginning(feed.ring.all, options.from).flatMap(({ formats, packets }) =>
      packets.map((packet) => ({ packet, formats })),
    );
    this.allowance += known.reduce((sum, { packet }) => sum + bytesOf(packet), 0);
    this.unsubscribe = feed.subscribe({
      interrupted: () => {
        if (this.input !== undefined) this.drain('interrupted');
      },
      formats: (formats) => {
        if (this.input !== undefined && !areSame(formats, this.input)) this.drain('format-changed');
      },
      packet: (packet) => {
        if (feed.formats !== undefined) this.take(packet, feed.formats);
      },
    });
    if (options.signal.aborted) this.abort();
    for (const { packet, formats } of known) this.take(packet, formats);
    if (isSilent(known.map(({ packet }) => packet))) this.goOnWithout();
  }

  /** Waits for the next GOP; undefined after the last. */
  next(): Promise<WholeGop | undefined> {
    return this.queue.next();
  }

  /** Of the file, where they are known before its first GOP: an encoder tells them with its first keyframe. */
  get knownFormats(): FragmentFormats | undefined {
    if (this.input === undefined || this.isTranscoded) return undefined;
    return { video: this.input.video, audio: this.audio };
  }

  /** Of the file, which begins with `first`. */
  formats(first: WholeGop): FragmentFormats {
    const [keyframe] = first.packets;
    if (this.knownFormats !== undefined) return this.knownFormats;
    if (keyframe?.kind !== 'video') throw new Error('There are pictures without a format.');
    return { video: encodedFormat(keyframe), audio: this.audio };
  }

  /** The camera has gone: what an encoder has by now may still come. */
  sourceEnded(): void {
    if (this.input === undefined) this.finish({ ending: 'interrupted' });
    else this.drain('interrupted');
  }

  /** Nobody wants the rest. */
  abandon(): void {
    this.abort();
    this.queue.end();
  }

  private get isTranscoded(): boolean {
    return this.video !== this.direct;
  }

  private readonly direct: Path = {
    push: (packet) => {
      this.coded(packet);
    },
  };

  private readonly abort = (): void => {
    this.finish({ ending: 'aborted' });
    this.complete();
  };

  /** A packet as the camera sent it. */
  private take(packet: Packet, formats: Formats): void {
    if (this.inputOver) return;
    if (packet.kind === 'audio') {
      this.sound?.push(packet);
      return;
    }
    if (this.state !== 'recording') return;
    if (this.input === undefined) {
      if (!packet.keyframe) return;
      this.begin(formats);
    } else if (!hasSameParameters(this.input.video, packet)) {
      this.drain('format-changed', packet.time);
      return;
    }
    this.video?.push(packet);
    const waiting = this.cutter.bytes + this.queue.bytes + this.inFlight.reduce((sum, { bytes }) => sum + bytes, 0);
    if (waiting > this.allowance) this.finish({ ending: 'too-slow' });
  }

  /** At the first keyframe. */
  private begin(formats: Formats): void {
    this.input = formats;
    this.sound = this.soundPath(formats);
    this.cutter = new GopCutter(this.sound !== undefined);
    this.video = this.videoPath(formats);
  }

  private videoPath(formats: Formats): Path | undefined {
    const { coders, codings, mask } = this.options;
    const info = describeStream(this.feed.ring.all);
    const coding = codings === undefined ? videoCoding(formats, info, mask) : codings.video(formats, info);
    if (coding.mode === 'copy') return this.direct;
    if (coders.encoder === undefined) {
      this.finish({ ending: 'no-encoder' });
      return undefined;
    }
    const encoder = startPictureEncoder({
      ...{ ffmpeg: coders.ffmpeg, encoder: coders.encoder, input: formats.video, output: coding.output },
      ...{ fps: info?.fps ?? USUAL_FPS, backlog: [], complete: true, signal: this.life.signal },
      onPacket: (packet) => {
        this.inFlight = this.inFlight.filter(({ time }) => time > packet.time + ROUNDING);
        this.coded(packet);
        if (this.state === 'draining' && this.inFlight.length === 0) this.finish(this.ending);
      },
      onEnd: (detail) => {
        this.finish({ ending: 'encoder-failed', detail });
      },
    });
    return {
      push: (packet) => {
        if (packet.kind !== 'video') return;
        this.inFlight.push({ time: packet.time, bytes: packet.bytes });
        encoder.push(packet);
      },
    };
  }

  private soundPath({ audio }: Formats): Path | undefined {
    const { coders, codings } = this.options;
    const coding = codings === undefined ? audioCoding(audio, coders) : codings.audio(audio);
    if (audio === undefined || coding === undefined) return undefined;
    this.audio = coding.mode === 'copy' ? audio : aacFormat(coding.output);
    if (coding.mode === 'copy') return this.direct;
    return startAudioTranscoder({
      ...{ ffmpeg: coders.ffmpeg, input: audio, output: coding.output, signal: this.life.signal },
      waiting: WAITING_SOUND,
      onPacket: (packet) => {
        this.coded(packet);
      },
      // The clip goes on without.
      onEnd: () => {
        this.cutter.muted();
        this.flush(false);
      },
    });
  }

  /** A packet as it is to stand in the file. */
  private coded(packet: Packet): void {
    if (this.state === 'ended' || (packet.kind === 'video' && this.state === 'ending')) return;
    if (packet.kind === 'video') {
      this.stall?.refresh();
      const end = this.options.until();
      if (end !== undefined && this.isBeyond(packet, end)) {
        this.finish({ ending: 'complete' }, end);
        return;
      }
      this.start ??= packet.time;
    }
    this.cutter.push(packet);
    this.flush(false);
  }

  /** Whether all pictures that are shown before the end have come. */
  private isBeyond({ time, keyframe }: VideoPacket, end: number): boolean {
    return time >= (this.cutter.isReordered && !keyframe ? end + LONGEST_REORDERING : end);
  }

  /** The source has nothing more; an encoder may have. */
  private drain(ending: 'interrupted' | 'format-changed', end?: number): void {
    this.inputOver = true;
    if (this.state !== 'recording') return;
    if (this.inFlight.length === 0) {
      this.finish({ ending }, end);
      return;
    }
    this.state = 'draining';
    this.ending = { ending };
    clearTimeout(this.grace);
    this.grace = setTimeout(() => {
      this.finish({ ending }, end);
    }, this.startGrace);
  }

  /** No more pictures; the last sound is still waited for. */
  private finish(ending: Pick<ClipEnd, 'ending' | 'detail'>, end?: number): void {
    if (this.state === 'ending' || this.state === 'ended') return;
    this.state = 'ending';
    this.ending = ending;
    clearTimeout(this.stall);
    clearTimeout(this.grace);
    this.grace = undefined;
    const last = this.cutter.close(end ?? this.options.until() ?? Infinity, end !== undefined);
    if (last !== undefined) this.end = last;
    const hasAllSound = (this.inputOver || ending.ending === 'stalled') && this.sound === this.direct;
    this.flush(hasAllSound);
  }

  private flush(anyway: boolean): void {
    for (const gop of this.cutter.take(anyway)) {
      this.end = gop.until;
      this.queue.push(gop, gop.bytes);
    }
    if (!this.cutter.isWaiting) {
      if (this.state === 'ending') this.complete();
      if (this.state !== 'recording') return;
      this.endGrace();
    } else {
      this.grace ??= setTimeout(this.goOnWithout, this.isStarting ? this.startGrace : this.usualGrace);
    }
  }

  private readonly goOnWithout = (): void => {
    this.endGrace();
    this.flush(true);
  };

  private endGrace(): void {
    this.isStarting &&= this.grace === undefined;
    clearTimeout(this.grace);
    this.grace = undefined;
  }

  private complete(): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.inputOver = true;
    clearTimeout(this.grace);
    for (const gop of this.cutter.take(true)) {
      this.end = gop.until;
      this.queue.push(gop, gop.bytes);
    }
    this.queue.end();
    this.unsubscribe();
    this.options.signal.removeEventListener('abort', this.abort);
    this.life.abort();
    const start = this.start ?? this.options.from;
    const duration = this.end === undefined ? 0 : Math.max(0, this.end - start);
    this.tellEnd({ ...this.ending, start, duration });
  }
}
