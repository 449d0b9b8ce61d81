import { performance } from 'node:perf_hooks';
import type { HAP, PlatformAccessory, Service } from 'homebridge';
import { after as timer, type After, type Clock } from '../media/rtp/rtp-stream.js';
import { MotionState } from './motion-state.js';
import { homeKitName } from './name.js';
import { isActive, keepInactive, showSensor, type Sensor, type WatchedCamera } from './sensor.js';
import { addZoneSensors, sensedZones } from './zone-sensors.js';

const CLOCK: Clock = { now: () => performance.now(), wallclock: Date.now };

/**
 * Adds a camera's motion sensor, and one for every zone that has one of its own.
 *
 * @param signal ends the timers and subscriptions
 * @returns the camera's, which HomeKit records by
 */
export function addSensors(
  hap: HAP,
  accessory: PlatformAccessory,
  camera: WatchedCamera,
  signal: AbortSignal,
  { clock, after }: { readonly clock: Clock; readonly after: After } = { clock: CLOCK, after: timer },
): Service {
  const { hold, zones } = camera.settings.detect;
  const sensed = sensedZones(zones);
  const state = new MotionState({
    zones: sensed.map(({ name }) => name),
    hold: hold * 1000,
    clock,
    after,
    changed: () => {
      show();
    },
    signal,
  });
  const motion = accessory.addService(hap.Service.MotionSensor, `${homeKitName(camera.name)} Motion`, 'motion');
  const sensors: readonly Sensor[] = [
    { service: motion, detected: hap.Characteristic.MotionDetected, value: () => state.isOn },
    ...addZoneSensors(hap, accessory, sensed, state),
  ];
  const show = (): void => {
    for (const sensor of sensors) showSensor(hap, sensor, camera);
  };
  const check = (): void => {
    state.watch(isActive(camera));
    show();
  };
  for (const { service } of sensors) keepInactive(hap, service, camera);
  const subscriptions = [
    camera.main.subscribe({ state: check }),
    camera.detection.subscribe(check),
    camera.events.subscribe({
      event: (phase, event) => {
        state.hear(phase, event);
      },
    }),
  ];
  signal.addEventListener(
    'abort',
    () => {
      for (const unsubscribe of subscriptions) unsubscribe();
    },
    { once: true },
  );
  check();
  return motion;
}
