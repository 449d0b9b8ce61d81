import type { Characteristic, HAP, PlatformAccessory, Service, WithUUID } from 'homebridge';
import type { CameraModes } from '../../camera/modes/camera-modes.js';
import type { CameraSettings } from '../../settings/settings.js';
import type { Mode } from '../../camera/modes/modes.js';

/** What HomeKit's switches need of a camera. */
export interface SwitchedCamera {
  readonly name: string;
  readonly settings: { readonly privacySwitch: boolean; readonly detectionSwitch: boolean } & Partial<
    Pick<CameraSettings, 'type' | 'doorbell'>
  >;
  readonly modes: Pick<CameraModes, 'current' | 'known' | 'change' | 'subscribe'>;
}

type Flag = readonly [type: WithUUID<new () => Characteristic>, mode: Mode];

/**
 * Adds HomeKit's operating mode to a camera, or takes over the one that its controller has made for recordings: to be
 * called once the controller is the accessory's.
 *
 * @param signal ends the subscription
 */
export function addOperatingMode(
  hap: HAP,
  accessory: PlatformAccessory,
  { modes, settings }: SwitchedCamera,
  signal: AbortSignal,
): void {
  const { CameraOperatingMode } = hap.Service;
  // As HAP-NodeJS makes it, so that it is the same one for HomeKit when recording is wanted or not wanted any more.
  const service = accessory.getService(CameraOperatingMode) ?? accessory.addService(CameraOperatingMode, '', '');
  const flags = writable(hap);
  for (const flag of flags) follow(hap, service, modes, flag);
  const { ManuallyDisabled } = hap.Characteristic;
  if (settings.privacySwitch) service.addCharacteristic(ManuallyDisabled);
  const show = (): void => {
    const { current } = modes;
    for (const [type, mode] of flags) service.updateCharacteristic(type, current[mode]);
    if (settings.privacySwitch) service.updateCharacteristic(ManuallyDisabled, current.privacy);
  };
  show();
  signal.addEventListener('abort', modes.subscribe(show), { once: true });
}

/** Those that people may write to. Night vision is the camera's own: see `onvif/night-vision.ts`. */
const writable = ({ Characteristic: C }: HAP): readonly Flag[] => [
  [C.HomeKitCameraActive, 'active'],
  [C.EventSnapshotsActive, 'eventSnapshots'],
  [C.PeriodicSnapshotsActive, 'periodicSnapshots'],
  [C.CameraOperatingModeIndicator, 'indicator'],
];

/** What somebody writes is a mode from then on. What HAP-NodeJS restores by itself is one only where nobody chose any. */
function follow(hap: HAP, service: Service, modes: SwitchedCamera['modes'], [type, mode]: Flag): void {
  const characteristic = service.getCharacteristic(type);
  characteristic.setProps({ adminOnlyAccess: [hap.Access.WRITE] });
  characteristic.on(hap.CharacteristicEventTypes.CHANGE, ({ newValue, originator }) => {
    const value = newValue === true || newValue === 1;
    if (value === modes.current[mode]) return;
    if (originator === undefined && modes.known) characteristic.updateValue(modes.current[mode]);
    else modes.change({ [mode]: value });
  });
}
