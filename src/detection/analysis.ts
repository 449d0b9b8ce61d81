import type { CodedFormat } from '../media/ffmpeg/coded-picture.js';
import { GrayDecoder, type GrayPicture } from '../media/ffmpeg/gray-decoder.js';
import type { Adaptation } from './adapt.js';
import { Detector } from './detector.js';
import type { AnalysisSettings, News, Portion } from './messages.js';
import type { WatchMode } from './mode.js';
import type { CandidateSource, Finding } from './types.js';
import { HEIGHT, WIDTH } from './types.js';

export interface AnalysisOptions {
  readonly settings: AnalysisSettings;
  /** Ends the analysis and its decoder. */
  readonly signal: AbortSignal;
  readonly onNews: (news: News) => void;
  /** Monotonic milliseconds, for how soon a decoder that died is replaced. */
  readonly now: () => number;
}

/** Five pictures a second, ms, less half a picture of a camera with 20 a second. */
const EVERY = 175;
/** Between attempts to start a decoder that ends by itself, ms; doubled each time. */
const RETRY = { first: 1_000, most: 30_000 };
/** A decoder that lived as long, ms, ended for a new reason. */
const HEALTHY = 60_000;
/** So long after packets were last left out, ms, it is over: else a slow hub would say so with every keyframe. */
const CALM = 30_000;

/** One camera under analysis: coded packets in, findings out. Owns its decoder. */
export class Analysis {
  private readonly detector: Detector;
  private format: CodedFormat | undefined;
  private decoder: { readonly running: GrayDecoder; readonly life: AbortController } | undefined;
  private failures = 0;
  private startAt = -Infinity;
  private overloadedAt = -Infinity;
  private told: string | undefined;
  private adaptation: Adaptation;
  private pictures = 0;
  private ending: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: AnalysisOptions) {
    const { mode, zones, sensitivity, doubt, adaptation } = options.settings;
    this.detector = new Detector({ mode, zones, sensitivity, doubt, ...(adaptation && { adaptation }) });
    this.adaptation = this.detector.adaptation;
    options.signal.addEventListener(
      'abort',
      () => {
        this.drop();
      },
      { once: true },
    );
  }

  /** How many pictures were looked at. */
  get looked(): number {
    return this.pictures;
  }

  watchBy(mode: WatchMode): void {
    this.detector.watchBy(mode);
  }

  candidate(at: number, source: CandidateSource): void {
    this.say(this.detector.candidate(at, source));
  }

  doubtBy(amount: number): void {
    this.detector.doubtBy(amount);
  }

  forget(): void {
    this.detector.resetAdaptation();
    this.adaptation = this.detector.adaptation;
  }

  take(portions: readonly Portion[]): void {
    if (this.options.signal.aborted) return;
    for (const portion of portions) {
      switch (portion.type) {
        case 'format':
          this.describe(portion.format);
          break;
        case 'undecodable':
          this.drop();
          this.format = undefined;
          this.trouble(`there is no decoder for ${portion.codec}`);
          break;
        case 'coded':
          this.decode(portion);
          break;
        case 'sizes':
          for (const { time, bytes, keyframe } of portion.packets)
            this.say(this.detector.packet(time, bytes, keyframe));
          break;
        case 'interrupted':
          this.finish();
          this.decoder?.running.jump();
          break;
      }
    }
  }

  /** Ends what is going on, and says so. */
  finish(): void {
    this.say(this.detector.finish());
  }

  /** When the decoder is gone, after the signal. */
  get ended(): Promise<unknown> {
    return this.ending;
  }

  /** When all but `most` of the pictures that were fed have been looked at. */
  async settled(most = 0): Promise<void> {
    await this.decoder?.running.settled(most);
  }

  /** When all have been looked at, also those that a decoder shows at its end only: it is ended. */
  async drained(): Promise<void> {
    await this.decoder?.running.finish();
    this.drop();
  }

  private describe(format: CodedFormat): void {
    const before = this.format;
    this.format = format;
    if (before === undefined) return;
    if (before.codec !== format.codec || Buffer.compare(before.extradata, format.extradata) !== 0) this.drop();
  }

  private decode({ jump, pictures }: Extract<Portion, { type: 'coded' }>): void {
    const { decoder, format } = this;
    if (format === undefined) return;
    const running = decoder?.running ?? this.start(format);
    if (running === undefined) return;
    if (jump) running.jump();
    running.push(pictures);
    if (!running.overloaded) return;
    this.overloadedAt = this.options.now();
    this.trouble('the hub is too slow to decode all that is to be looked at', false);
  }

  private start(format: CodedFormat): GrayDecoder | undefined {
    const { settings, now } = this.options;
    if (now() < this.startAt) return undefined;
    const life = new AbortController();
    const startedAt = now();
    const running = new GrayDecoder({
      ffmpeg: settings.ffmpeg,
      format,
      width: WIDTH,
      height: HEIGHT,
      every: EVERY,
      signal: life.signal,
      onPicture: (picture) => {
        if (!life.signal.aborted) this.see(picture);
      },
      onEnd: (reason) => {
        if (this.decoder?.life !== life) return;
        this.decoder = undefined;
        // Nobody would see its end.
        this.finish();
        if (now() - startedAt >= HEALTHY) this.failures = 0;
        this.startAt = now() + Math.min(RETRY.first * 2 ** this.failures++, RETRY.most);
        this.trouble(`ffmpeg, which decodes what is looked at, has ended: ${reason.slice(-300)}`);
      },
    });
    this.decoder = { running, life };
    return running;
  }

  private see({ time, pixels, keyframe }: GrayPicture): void {
    this.pictures++;
    if (this.options.now() - this.overloadedAt >= CALM) this.trouble(undefined);
    this.say(this.detector.push({ time, pixels, keyframe }));
  }

  private drop(): void {
    const { decoder } = this;
    this.decoder = undefined;
    decoder?.life.abort();
    if (decoder !== undefined) this.ending = Promise.all([this.ending, decoder.running.exited]);
  }

  private say(findings: readonly Finding[]): void {
    for (const finding of findings) this.options.onNews({ type: 'finding', finding });
    const { adaptation } = this.detector;
    if (adaptation === this.adaptation) return;
    this.adaptation = adaptation;
    this.options.onNews({ type: 'learned', adaptation });
  }

  private trouble(reason: string | undefined, blind = reason !== undefined): void {
    if (reason === this.told) return;
    this.told = reason;
    this.options.onNews({ type: 'trouble', reason, blind });
  }
}
