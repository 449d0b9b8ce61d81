import type { CharacteristicValue, HAP, PlatformAccessory } from 'homebridge';
import type { Mode } from '../../camera/modes/modes.js';
import { switchName } from '../name.js';
import type { SwitchedCamera } from './operating-mode.js';

/**
 * Adds the switches that a camera's settings ask for. Their subtypes are what HomeKit knows them by.
 *
 * @param signal ends the subscriptions
 */
export function addSwitches(
  hap: HAP,
  accessory: PlatformAccessory,
  { name, settings, modes }: SwitchedCamera,
  signal: AbortSignal,
): void {
  const { On, ConfiguredName } = hap.Characteristic;
  const add = (mode: Mode, label: string): void => {
    const shown = switchName(name, label);
    const service = accessory.addService(hap.Service.Switch, shown, mode);
    service.addOptionalCharacteristic(ConfiguredName);
    service.updateCharacteristic(ConfiguredName, shown);
    const on = service.getCharacteristic(On);
    const show = (): void => {
      on.updateValue(modes.current[mode]);
    };
    show();
    on.onSet((value: CharacteristicValue) => {
      modes.change({ [mode]: value === true || value === 1 });
    });
    signal.addEventListener('abort', modes.subscribe(show), { once: true });
  };
  if (settings.privacySwitch) add('privacy', 'Privacy');
  if (settings.detectionSwitch) add('detection', 'Detection');
  if (settings.type === 'doorbell' && settings.doorbell?.chimeSwitch === true) add('chime', 'Chime');
}
