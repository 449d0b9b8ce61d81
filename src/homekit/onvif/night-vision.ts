import type { CharacteristicValue, HAP, PlatformAccessory } from 'homebridge';
import type { Log } from '../../camera/log.js';
import type { Onvif } from '../../camera/onvif/onvif.js';

/** What HomeKit's switches for what only the camera can do need of it. */
export interface ToldCamera {
  readonly name: string;
  readonly settings: { readonly onvif: { readonly presets: readonly string[] } };
  /** Undefined where it is not asked. */
  readonly onvif:
    Pick<Onvif, 'connected' | 'offers' | 'subscribe' | 'nightVision' | 'setNightVision' | 'goTo'> | undefined;
}

const isTrue = (value: CharacteristicValue): boolean => value === true || value === 1;

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Adds HomeKit's switch for night vision to the operating mode as soon as the camera is known to have one, which is
 * remembered over restarts; until the next one it stays.
 *
 * @param signal ends the subscription
 */
export function addNightVision(
  hap: HAP,
  accessory: PlatformAccessory,
  { name, onvif }: ToldCamera,
  log: Pick<Log, 'warn'>,
  signal: AbortSignal,
): void {
  const service = accessory.getService(hap.Service.CameraOperatingMode);
  if (onvif === undefined || service === undefined) return;
  const { NightVision } = hap.Characteristic;
  let connected = false;
  const add = (): void => {
    const characteristic = service.getCharacteristic(NightVision);
    characteristic.setProps({ adminOnlyAccess: [hap.Access.WRITE] });
    characteristic.onSet(async (value) => {
      try {
        await onvif.setNightVision(isTrue(value));
      } catch (error) {
        log.warn(`${name}: its night vision could not be switched. ${reasonOf(error)}`);
        throw new hap.HapStatusError(hap.HAPStatus.SERVICE_COMMUNICATION_FAILURE);
      }
    });
  };
  const follow = (): void => {
    const before = connected;
    ({ connected } = onvif);
    if (onvif.offers?.nightVision !== true) return;
    if (!service.testCharacteristic(NightVision)) add();
    if (!connected || before) return;
    onvif.nightVision().then(
      (on) => {
        if (!signal.aborted) service.updateCharacteristic(NightVision, on);
      },
      // It was there a moment ago: what it was like before may still be so.
      () => undefined,
    );
  };
  follow();
  signal.addEventListener('abort', onvif.subscribe(follow), { once: true });
}
