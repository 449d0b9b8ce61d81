import type {
  CameraRecordingConfiguration,
  CameraRecordingDelegate,
  HAP,
  HDSProtocolSpecificErrorReason,
  RecordingPacket,
} from 'homebridge';
import type { Camera } from '../../camera/camera.js';
import type { Coders, Codings } from '../../camera/clips/coding.js';
import type { Feed } from '../../camera/feed/feed.js';
import type { Log } from '../../camera/log.js';
import type { Ffmpeg } from '../../media/ffmpeg/capabilities.js';
import { h264Encoders } from '../../media/ffmpeg/encoders.js';
import { FragmentError } from '../../media/fmp4/fragmenter.js';
import { closeReason } from './close-reason.js';
import type { RecordingDiagnosis } from './diagnose.js';
import { longestGop, planRecording, sayWhy, type Candidate, type RecordingPlan } from './plan.js';
import { selectionOf, type Selection } from './selection.js';
import { NothingLeft, RecordingSession, type SessionEnding } from './session.js';
import type { SoundSwitch } from './silence.js';
import { planSound } from './sound-plan.js';
import { beginning, ending, type MotionTimes } from './span.js';

export interface RecordingDelegateOptions {
  readonly hap: HAP;
  readonly camera: Pick<Camera, 'name' | 'main' | 'sub' | 'pictureMask' | 'settings'>;
  readonly ffmpeg: Ffmpeg;
  readonly motion: MotionTimes;
  readonly sound: SoundSwitch;
  readonly diagnosis: RecordingDiagnosis;
  readonly log: Log;
  /** The hub's clock, ms. */
  readonly now: () => number;
  /** The plugin's end. */
  readonly signal: AbortSignal;
}

interface Running {
  readonly id: number;
  readonly session: RecordingSession;
}

/** Answers a home hub that records one camera: one recording at a time. */
export class RecordingDelegate implements CameraRecordingDelegate {
  private selection: Selection | undefined;
  private running: Running | undefined;
  /** The recording that was opened last, until it is closed. */
  private wanted: number | undefined;
  private lastEnd: number | undefined;
  private said = '';

  constructor(private readonly options: RecordingDelegateOptions) {
    options.signal.addEventListener('abort', () => this.running?.session.finish('aborted'), { once: true });
  }

  updateRecordingActive(active: boolean): void {
    this.options.diagnosis.activated(active);
    if (!active) this.running?.session.finish('switched-off');
  }

  /** What is being recorded goes on as it began. */
  updateRecordingConfiguration(configuration: CameraRecordingConfiguration | undefined): void {
    this.selection = configuration && selectionOf(configuration);
    this.options.diagnosis.selected(this.selection);
  }

  /** @param signal absent in older versions of HAP-NodeJS */
  async *handleRecordingStreamRequest(id: number, signal?: AbortSignal): AsyncGenerator<RecordingPacket, void> {
    const { hap, diagnosis, camera, log } = this.options;
    const { HDSProtocolSpecificErrorReason: Reason } = hap;
    const { selection } = this;
    diagnosis.opened();
    this.running?.session.close();
    this.wanted = id;
    if (camera.main.state.kind === 'off') throw this.refusal(Reason.NOT_ALLOWED, 'the camera is switched off');
    if (selection === undefined) throw this.refusal(Reason.INVALID_CONFIGURATION, 'the hub never said how to record');
    const plan = await this.plan(selection);
    if (signal?.aborted === true || this.wanted !== id) return;
    if (plan === undefined) throw this.refusal(Reason.UNEXPECTED_FAILURE, this.whyNothing());
    const session = this.session(selection, plan);
    const running = (this.running = { id, session });
    const close = (): void => {
      session.close();
    };
    signal?.addEventListener('abort', close, { once: true });
    try {
      yield* session.parts();
    } catch (error) {
      if (session.ending === 'closed') return;
      if (error instanceof NothingLeft) {
        const reason = error.detail === undefined ? error.ending : `${error.ending}: ${error.detail}`;
        throw this.refusal(Reason.UNEXPECTED_FAILURE, reason);
      }
      if (error instanceof FragmentError) throw this.refusal(Reason.UNSUPPORTED, error.message);
      throw error;
    } finally {
      signal?.removeEventListener('abort', close);
      this.lastEnd = session.end ?? this.lastEnd;
      if (this.running === running) this.running = undefined;
      const why = session.ending ?? 'closed';
      log.debug(`${camera.name}: recording ${id} ended (${why}).`);
      if (TROUBLE[why] !== undefined) log.warn(`${camera.name}: a recording ended early: ${TROUBLE[why]}.`);
    }
  }

  acknowledgeStream(id: number): void {
    if (this.close(id)) this.options.diagnosis.closed('acknowledged');
  }

  closeRecordingStream(id: number, reason: HDSProtocolSpecificErrorReason | undefined): void {
    this.close(id);
    this.options.diagnosis.closed(closeReason(reason));
  }

  private close(id: number): boolean {
    const { running } = this;
    if (this.wanted !== id) return false;
    this.wanted = undefined;
    if (running?.id === id) running.session.close();
    return true;
  }

  private session(selection: Selection, { plan, coders }: Planned): RecordingSession {
    const { camera, motion, sound, now } = this.options;
    const opened = { at: now(), prebuffer: selection.prebuffer, lastEnd: this.lastEnd };
    const codings: Codings = {
      video: () => (plan.mode === 'copy' ? { mode: 'copy' } : { mode: 'transcode', output: plan.output }),
      audio: (audio) =>
        camera.settings.audio ? planSound(audio, selection.sound, coders.ffmpeg.encoders.has('aac')) : undefined,
    };
    return new RecordingSession({
      ...{ feed: this.feedOf(plan.stream), coders, codings, selection, now },
      from: beginning(motion, opened),
      until: (start) => ending(motion, opened, start),
      isHeard: (time) => sound.isOnAt(time),
    });
  }

  private async plan(selection: Selection): Promise<Planned | undefined> {
    const { camera, ffmpeg } = this.options;
    const candidates = this.candidates();
    const mask = camera.pictureMask;
    const plan = planRecording(selection, candidates, { mask, canEncode: true });
    if (plan === undefined) return undefined;
    if (plan.mode === 'copy') return { plan, coders: { ffmpeg, encoder: undefined } };
    const [encoder] = await h264Encoders(ffmpeg);
    if (encoder === undefined) {
      const other = planRecording(selection, candidates, { mask, canEncode: false });
      return other && { plan: other, coders: { ffmpeg, encoder } };
    }
    this.sayWhy(plan, candidates, selection);
    return { plan, coders: { ffmpeg, encoder } };
  }

  private candidates(): Candidate[] {
    const { main, sub } = this.options.camera;
    const candidate = (stream: Candidate['stream'], feed: Feed | undefined): Candidate[] => {
      const info = feed?.state.kind === 'online' ? feed.info : undefined;
      return feed === undefined || info === undefined ? [] : [{ stream, info, longestGop: longestGop(feed.ring.all) }];
    };
    return [...candidate('main', main), ...candidate('sub', sub)];
  }

  private feedOf(stream: Candidate['stream']): Feed {
    const { main, sub } = this.options.camera;
    return stream === 'sub' && sub !== undefined ? sub : main;
  }

  /** Once for each set of reasons. */
  private sayWhy(plan: RecordingPlan, candidates: readonly Candidate[], selection: Selection): void {
    const { camera, log } = this.options;
    const candidate = candidates.find(({ stream }) => stream === plan.stream);
    if (plan.mode === 'copy' || candidate === undefined || this.said === plan.obstacles.join()) return;
    this.said = plan.obstacles.join();
    log.info(`${camera.name}: recordings are transcoded, because ${sayWhy(plan.obstacles, candidate, selection)}.`);
  }

  private whyNothing(): string {
    if (this.candidates().length === 0) return 'the camera sends no picture';
    return 'what it sends has to be transcoded, and this ffmpeg has no H.264 encoder that works here';
  }

  private refusal(reason: HDSProtocolSpecificErrorReason, why: string): Error {
    const { hap, camera, log } = this.options;
    log.warn(`${camera.name}: the hub wanted to record, and nothing was: ${why.replace(/\.$/, '')}.`);
    return new hap.HDSProtocolError(reason);
  }
}

interface Planned {
  readonly plan: RecordingPlan;
  readonly coders: Coders;
}

/** Ends that the admin should know of. */
const TROUBLE: Readonly<Partial<Record<SessionEnding, string>>> = {
  'encoder-failed': 'the encoder failed',
  'too-slow': 'this machine does not keep up with transcoding',
  late: 'no whole fragment came within the time that hubs wait: keyframes are too far apart, or encoding is too slow',
  stalled: 'the camera sent no more pictures',
};
