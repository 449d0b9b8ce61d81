import type { HAP, PlatformAccessory } from 'homebridge';
import type { Mutes } from './session.js';

/** What is muted in HomeKit, now and later: the services are the camera controller's, which keeps their values. */
export function followMutes(hap: HAP, accessory: PlatformAccessory): Mutes {
  const { Service, Characteristic } = hap;
  const mutes = { microphone: false, speaker: false };
  for (const [name, type] of [
    ['microphone', Service.Microphone],
    ['speaker', Service.Speaker],
  ] as const) {
    const mute = accessory.getService(type)?.getCharacteristic(Characteristic.Mute);
    mute?.on('change', ({ newValue }) => {
      mutes[name] = Boolean(newValue);
    });
  }
  return mutes;
}
