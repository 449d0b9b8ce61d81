import { performance } from 'node:perf_hooks';
import type { CameraController, CameraControllerOptions, HAP, Service } from 'homebridge';
import type { Camera } from '../../camera/camera.js';
import type { Log } from '../../camera/log.js';
import type { Ffmpeg } from '../../media/ffmpeg/capabilities.js';
import { RecordingDelegate } from './delegate.js';
import { RecordingDiagnosis } from './diagnose.js';
import { SensedMotion } from './motion.js';
import { recordingOptions } from './options.js';
import { SoundSwitch } from './silence.js';

export interface RecordingParts {
  readonly hap: HAP;
  readonly camera: Camera;
  /** The sensor that HomeKit records by. */
  readonly motion: Service;
  readonly ffmpeg: Ffmpeg;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface CameraRecording {
  /** For the camera's controller. */
  readonly recording: NonNullable<CameraControllerOptions['recording']>;
  readonly diagnosis: RecordingDiagnosis;
  /** Once the controller is the accessory's: follows the switch for sound. */
  readonly follow: (controller: CameraController) => void;
}

/** One camera's HomeKit Secure Video; undefined where its settings do not want it. */
export function cameraRecording({
  hap,
  camera,
  motion,
  ffmpeg,
  log,
  signal,
}: RecordingParts): CameraRecording | undefined {
  if (!camera.settings.record) return undefined;
  const now = (): number => performance.now();
  const sound = new SoundSwitch(false);
  const diagnosis = new RecordingDiagnosis({
    motionLinked: true,
    wallclock: Date.now,
    debug: (chain) => {
      log.debug(`${camera.name}: recording: ${chain}`);
    },
    hint: (sentence) => {
      log.warn(`${camera.name}: ${sentence}`);
    },
  });
  const sensed = new SensedMotion(hap, motion, camera.events, { now, wallclock: Date.now }, signal, () => {
    diagnosis.moved();
  });
  const delegate = new RecordingDelegate({ hap, camera, ffmpeg, motion: sensed, sound, diagnosis, log, now, signal });
  return {
    recording: { options: recordingOptions(hap), delegate },
    diagnosis,
    follow: (controller) => {
      controller.recordingManagement?.recordingManagementService
        .getCharacteristic(hap.Characteristic.RecordingAudioActive)
        .on(hap.CharacteristicEventTypes.CHANGE, ({ newValue }) => {
          sound.set(newValue === true || newValue === 1, now());
        });
    },
  };
}
