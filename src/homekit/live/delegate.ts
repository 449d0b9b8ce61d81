import type {
  CameraStreamingDelegate,
  HAP,
  HAPStatus,
  PrepareStreamCallback,
  PrepareStreamRequest,
  SnapshotRequest,
  SnapshotRequestCallback,
  StreamingRequest,
  StreamRequestCallback,
} from 'homebridge';
import type { Camera } from '../../camera/camera.js';
import type { Log } from '../../camera/log.js';
import type { Ffmpeg } from '../../media/ffmpeg/capabilities.js';
import { isOn, snapshotVerdict, type SnapshotReason } from '../../camera/modes/modes.js';
import { LiveSession, type Mutes } from './session.js';

export interface StreamingOptions {
  readonly hap: HAP;
  readonly camera: Camera;
  readonly ffmpeg: Ffmpeg;
  readonly log: Log;
  readonly mutes: () => Mutes;
  /** Frees the slot that HomeKit keeps for a session. */
  readonly endSession: (id: string) => void;
}

/** Answers HomeKit for one camera: pictures, and live sessions by their identifier. */
export class StreamingDelegate implements CameraStreamingDelegate {
  private readonly sessions = new Map<string, LiveSession>();

  constructor(private readonly options: StreamingOptions) {}

  handleSnapshotRequest(request: SnapshotRequest, callback: SnapshotRequestCallback): void {
    const { hap, camera, log } = this.options;
    const refusal = refusalOf(hap, snapshotVerdict(camera.modes.current, reasonOf(hap, request.reason)));
    // Of a camera that is off there is a drawn picture, whatever it is asked for.
    if (refusal !== undefined && isOn(camera.modes.current)) {
      callback(refusal);
      return;
    }
    camera.pictures.picture(request).then(
      (jpeg) => {
        callback(undefined, jpeg);
      },
      (error: unknown) => {
        log.error(`${camera.name}: no picture could be made: ${messageOf(error)}`);
        callback(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }

  prepareStream(request: PrepareStreamRequest, callback: PrepareStreamCallback): void {
    const { hap, camera, ffmpeg, log, mutes } = this.options;
    const { whileOn: signal } = camera;
    if (signal.aborted) {
      callback(new Error('The camera is switched off.'));
      return;
    }
    const session = new LiveSession({
      camera,
      ffmpeg,
      log,
      signal,
      request,
      mutes,
      ssrc: () => hap.CameraController.generateSynchronisationSource(),
      onEnd: () => {
        if (this.sessions.get(request.sessionID) !== session) return;
        this.sessions.delete(request.sessionID);
        this.options.endSession(request.sessionID);
      },
    });
    this.sessions.set(request.sessionID, session);
    session.open().then(
      (response) => {
        callback(undefined, response);
      },
      (error: unknown) => {
        log.error(`${camera.name}: a live view could not be prepared: ${messageOf(error)}`);
        session.end();
        callback(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }

  handleStreamRequest(request: StreamingRequest, callback: StreamRequestCallback): void {
    const { StreamRequestTypes } = this.options.hap;
    const session = this.sessions.get(request.sessionID);
    if (request.type === StreamRequestTypes.STOP) {
      this.sessions.delete(request.sessionID);
      session?.end();
      callback();
      return;
    }
    if (session === undefined) {
      callback(new Error('There is no such session: it has ended.'));
      return;
    }
    if (request.type === StreamRequestTypes.START) session.start(request.video, request.audio);
    else session.reconfigure(request.video);
    callback();
  }
}

function reasonOf({ ResourceRequestReason }: HAP, reason: SnapshotRequest['reason']): SnapshotReason {
  if (reason === undefined) return undefined;
  return reason === ResourceRequestReason.EVENT ? 'event' : 'periodic';
}

/** As HAP-NodeJS refuses pictures of cameras that record. */
function refusalOf({ HAPStatus }: HAP, verdict: ReturnType<typeof snapshotVerdict>): HAPStatus | undefined {
  switch (verdict) {
    case 'allowed':
      return undefined;
    case 'forbidden':
      return HAPStatus.NOT_ALLOWED_IN_CURRENT_STATE;
    case 'reason-needed':
      return HAPStatus.INSUFFICIENT_PRIVILEGES;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
