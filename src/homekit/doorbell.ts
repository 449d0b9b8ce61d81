import type { CameraController, CameraControllerOptions, Categories, HAP, PlatformAccessory } from 'homebridge';
import type { Rings } from '../camera/rings/rings.js';
import { homeKitName } from './name.js';

/** What HomeKit needs to know of a camera's button. */
export interface Bell {
  readonly name: string;
  /** Undefined where it has none. */
  readonly rings: Pick<Rings, 'subscribe'> | undefined;
}

/** What HomeKit takes the accessory for. */
export const categoryOf = (hap: HAP, { rings }: Bell): Categories =>
  rings === undefined ? hap.Categories.IP_CAMERA : hap.Categories.VIDEO_DOORBELL;

/**
 * Gives an accessory its controller: a doorbell's, which rings, or a camera's.
 *
 * @param signal ends the subscription
 */
export function configureCamera(
  hap: HAP,
  accessory: PlatformAccessory,
  { name, rings }: Bell,
  options: CameraControllerOptions,
  signal: AbortSignal,
): CameraController {
  if (rings === undefined) {
    const controller = new hap.CameraController(options);
    accessory.configureController(controller);
    return controller;
  }
  const controller = new hap.DoorbellController({ ...options, name: homeKitName(name) });
  accessory.configureController(controller);
  const unsubscribe = rings.subscribe(() => {
    controller.ringDoorbell();
  });
  signal.addEventListener('abort', unsubscribe, { once: true });
  return controller;
}
