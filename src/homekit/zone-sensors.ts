import type { HAP, PlatformAccessory } from 'homebridge';
import type { ZoneSettings } from '../settings/settings.js';
import { slugOf } from '../settings/slug.js';
import type { MotionState } from './motion-state.js';
import { homeKitName } from './name.js';
import type { Sensor } from './sensor.js';

export type SensedZone = ZoneSettings & { readonly sensor: 'motion' | 'occupancy' };

/** The zones with a sensor. Events that alert nobody switch none on, and those are all that other purposes have. */
export const sensedZones = (zones: readonly ZoneSettings[]): SensedZone[] =>
  zones.filter((zone): zone is SensedZone => zone.sensor !== false && zone.purpose === 'notice');

/** Adds a motion or occupancy sensor for each of the zones. */
export function addZoneSensors(
  { Service, Characteristic }: HAP,
  accessory: PlatformAccessory,
  zones: readonly SensedZone[],
  state: Pick<MotionState, 'isOnIn'>,
): Sensor[] {
  const { MotionDetected, OccupancyDetected, ConfiguredName } = Characteristic;
  const { OCCUPANCY_DETECTED, OCCUPANCY_NOT_DETECTED } = OccupancyDetected;
  const subtypes = zoneSubtypes(zones.map(({ name }) => name));
  return zones.map(({ name, sensor }, nth): Sensor => {
    const shown = homeKitName(name, 'Zone');
    const kind = sensor === 'occupancy' ? Service.OccupancySensor : Service.MotionSensor;
    const service = accessory.addService(kind, shown, subtypes[nth]);
    // Without it the Home app shows the accessory's name and a number.
    service.addOptionalCharacteristic(ConfiguredName);
    service.updateCharacteristic(ConfiguredName, shown);
    return sensor === 'occupancy'
      ? {
          service,
          detected: OccupancyDetected,
          value: () => (state.isOnIn(name) ? OCCUPANCY_DETECTED : OCCUPANCY_NOT_DETECTED),
        }
      : { service, detected: MotionDetected, value: () => state.isOnIn(name) };
  });
}

/** The same for as long as a zone keeps its name; names that are alike but for punctuation are numbered. */
export function zoneSubtypes(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const plain = `zone:${slugOf(name)}`;
    let subtype = plain;
    for (let nth = 2; taken.has(subtype); nth++) subtype = `${plain}-${nth}`;
    taken.add(subtype);
    return subtype;
  });
}
