import type { HAP, PlatformAccessory } from 'homebridge';
import type { Log } from '../../camera/log.js';
import { after as timer, type After } from '../../media/rtp/rtp-stream.js';
import { slugOf } from '../../settings/slug.js';
import { homeKitName } from '../name.js';
import { reasonOf, type ToldCamera } from './night-vision.js';

/** A switch that has done its work is on for so long, ms: somebody should see that it did. */
const SHOWN = 1000;

/**
 * Adds a switch for each preset that the settings name. It is on while the camera is told to go there.
 *
 * @param signal ends the timers
 */
export function addPresets(
  hap: HAP,
  accessory: PlatformAccessory,
  { name, settings, onvif }: ToldCamera,
  log: Pick<Log, 'warn'>,
  signal: AbortSignal,
  after: After = timer,
): void {
  if (onvif === undefined) return;
  const { On, ConfiguredName } = hap.Characteristic;
  for (const [subtype, preset] of presetSubtypes(settings.onvif.presets)) {
    const shown = homeKitName(preset, 'Preset');
    const service = accessory.addService(hap.Service.Switch, shown, subtype);
    service.addOptionalCharacteristic(ConfiguredName);
    service.updateCharacteristic(ConfiguredName, shown);
    let cancel: () => void = () => undefined;
    const on = service.getCharacteristic(On);
    on.updateValue(false);
    /** After a failure, too: until then HAP-NodeJS says that the switch does not respond. */
    const goOffSoon = (): void => {
      if (signal.aborted) return;
      cancel();
      cancel = after(SHOWN, () => {
        on.updateValue(false);
      });
    };
    on.onSet(async (value) => {
      cancel();
      if (value !== true && value !== 1) return;
      try {
        await onvif.goTo(preset);
      } catch (error) {
        log.warn(`${name}: it did not go to its preset “${preset}”. ${reasonOf(error)}`);
        goOffSoon();
        throw new hap.HapStatusError(hap.HAPStatus.SERVICE_COMMUNICATION_FAILURE);
      }
      goOffSoon();
    });
    signal.addEventListener(
      'abort',
      () => {
        cancel();
      },
      { once: true },
    );
  }
}

/** Presets by what HomeKit knows their switches by: the same for as long as a preset keeps its name, each once. */
export function presetSubtypes(presets: readonly string[]): ReadonlyMap<string, string> {
  const subtypes = new Map<string, string>();
  for (const preset of presets) {
    const subtype = `preset:${slugOf(preset)}`;
    if (!subtypes.has(subtype)) subtypes.set(subtype, preset);
  }
  return subtypes;
}
