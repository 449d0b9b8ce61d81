import type { HAP, PlatformAccessory, Service } from 'homebridge';
import type { Camera } from '../camera/camera.js';
import { homeKitName } from './name.js';

/** The camera's motion sensor: it tells by StatusActive and StatusFault whether the camera can be relied upon. */
export function motionSensor(hap: HAP, accessory: PlatformAccessory, camera: Camera, signal: AbortSignal): Service {
  const { Characteristic } = hap;
  const service =
    accessory.getService(hap.Service.MotionSensor) ??
    accessory.addService(hap.Service.MotionSensor, `${homeKitName(camera.name)} Motion`, 'motion');
  const show = (): void => {
    const online = camera.main.state.kind === 'online';
    const { NO_FAULT, GENERAL_FAULT } = Characteristic.StatusFault;
    const fault = camera.main.state.kind === 'offline';
    service.updateCharacteristic(Characteristic.StatusActive, online);
    service.updateCharacteristic(Characteristic.StatusFault, fault ? GENERAL_FAULT : NO_FAULT);
  };
  service.updateCharacteristic(Characteristic.MotionDetected, false);
  show();
  signal.addEventListener('abort', camera.main.subscribe({ state: show }), { once: true });
  return service;
}
