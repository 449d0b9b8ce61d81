import { createRequire } from 'node:module';
import type { API, CameraControllerOptions, PlatformAccessory } from 'homebridge';
import type { Camera } from '../camera/camera.js';
import type { Log } from '../camera/log.js';
import type { Ffmpeg } from '../media/ffmpeg/capabilities.js';
import { categoryOf, configureCamera } from './doorbell.js';
import { StreamingDelegate } from './live/delegate.js';
import { followMutes } from './live/mutes.js';
import { addOperatingMode } from './modes/operating-mode.js';
import { addSwitches } from './modes/switches.js';
import { homeKitName } from './name.js';
import { addNightVision } from './onvif/night-vision.js';
import { addPresets } from './onvif/presets.js';
import { cameraRecording } from './recording/recording.js';
import { type Link, recordingChain, type RecordingDiagnosis } from './recording/diagnose.js';
import { addSensors } from './sensors.js';
import { streamingOptions } from './streaming-options.js';
import { addTrigger } from './trigger.js';

const { version } = createRequire(import.meta.url)('homebridge-lookout/package.json') as { version: string };

/** HomeKit shows as many viewers of one camera at once. */
const STREAMS = 8;

export interface AccessoryHub {
  readonly ffmpeg: Ffmpeg;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** A camera as HomeKit sees it. */
export class CameraAccessory {
  readonly accessory: PlatformAccessory;
  private readonly diagnosis: RecordingDiagnosis | undefined;

  constructor(api: API, camera: Camera, { ffmpeg, log, signal }: AccessoryHub) {
    const { hap } = api;
    // The identity comes from the id alone: a camera that is renamed stays paired.
    this.accessory = new api.platformAccessory(
      homeKitName(camera.name),
      hap.uuid.generate(`homebridge-lookout:${camera.id}`),
      categoryOf(hap, camera),
    );
    this.accessory
      .getService(hap.Service.AccessoryInformation)
      ?.setCharacteristic(hap.Characteristic.Manufacturer, 'Lookout')
      .setCharacteristic(hap.Characteristic.Model, 'Network camera')
      .setCharacteristic(hap.Characteristic.SerialNumber, camera.id)
      .setCharacteristic(hap.Characteristic.FirmwareRevision, version);
    const motion = addSensors(hap, this.accessory, camera, signal);
    const recording = cameraRecording({ hap, camera, motion, ffmpeg, log, signal });
    this.diagnosis = recording?.diagnosis;
    const delegate = new StreamingDelegate({
      hap,
      camera,
      ffmpeg,
      log,
      mutes: () => mutes,
      endSession: (id) => {
        controller.forceStopStreamingSession(id);
      },
    });
    const options: CameraControllerOptions = {
      cameraStreamCount: STREAMS,
      delegate,
      streamingOptions: streamingOptions(hap, {
        listen: camera.settings.audio,
        talk: camera.talk !== undefined,
        aacEld: ffmpeg.encoders.has('libfdk_aac'),
      }),
      sensors: { motion },
      ...(recording !== undefined && { recording: recording.recording }),
    };
    const controller = configureCamera(hap, this.accessory, camera, options, signal);
    const mutes = followMutes(hap, this.accessory);
    addOperatingMode(hap, this.accessory, camera, signal);
    addSwitches(hap, this.accessory, camera, signal);
    addTrigger(hap, this.accessory, camera, log, signal);
    addNightVision(hap, this.accessory, camera, log, signal);
    addPresets(hap, this.accessory, camera, log, signal);
    recording?.follow(controller);
  }

  /** Why nothing is recorded; undefined where nothing is meant to be. */
  get recording(): Link[] | undefined {
    return this.diagnosis && recordingChain(this.diagnosis.facts);
  }
}
