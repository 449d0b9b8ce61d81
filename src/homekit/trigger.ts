import type { HAP, PlatformAccessory } from 'homebridge';
import type { Log } from '../camera/log.js';
import type { CameraModes } from '../camera/modes/camera-modes.js';
import { isOn } from '../camera/modes/modes.js';
import { Allowance } from '../camera/reports/allowance.js';
import { report, type ReportedCamera } from '../camera/reports/reports.js';
import { plain } from '../camera/reports/told.js';
import { after as timer, type After } from '../media/rtp/rtp-stream.js';
import { switchName } from './name.js';
import { SHOWN, turnOf } from './trigger-turn.js';

/** What HomeKit's switch *Motion Trigger* needs of a camera. */
export type TriggeredCamera = ReportedCamera & {
  readonly name: string;
  readonly settings: { readonly homekit: { readonly triggerSwitch: boolean } };
  readonly modes: Pick<CameraModes, 'subscribe'>;
};

/** More than automations of a house have reason for. */
const TURNS = { burst: 20, perSecond: 5 };

/** What HomeKit knows the switch by. */
export const TRIGGER = 'trigger';

const REFUSED = {
  off: { level: 'info', said: 'its switch Motion Trigger was turned on, and does nothing while the camera is off.' },
  flood: {
    level: 'warn',
    said: 'its switch Motion Trigger is turned on too often: not all of it is heard. See the automations in the Home app.',
  },
} as const;

/**
 * Adds the switch by which HomeKit's automations say that something moves, where the settings ask for it. It is on while
 * what it said is believed: for a moment, where that makes the hub look only.
 *
 * @param now ms on the hub's monotonic clock
 * @param signal ends the subscription and the timer
 */
export function addTrigger(
  hap: HAP,
  accessory: PlatformAccessory,
  camera: TriggeredCamera,
  log: Pick<Log, 'info' | 'warn'>,
  signal: AbortSignal,
  { after = timer, now = () => performance.now() }: { readonly after?: After; readonly now?: () => number } = {},
): void {
  const { name, settings, modes } = camera;
  if (!settings.homekit.triggerSwitch) return;
  const { On, ConfiguredName } = hap.Characteristic;
  const shown = switchName(name, 'Motion Trigger');
  const service = accessory.addService(hap.Service.Switch, shown, TRIGGER);
  service.addOptionalCharacteristic(ConfiguredName);
  service.updateCharacteristic(ConfiguredName, shown);
  const on = service.getCharacteristic(On);
  on.updateValue(false);
  const allowance = new Allowance(TURNS, now());
  let cancel: () => void = () => undefined;
  let cancelRefusal: () => void = () => undefined;
  /** Why it was refused, each of which is said once; that the camera is off, each time that it is. */
  const told = new Set<keyof typeof REFUSED>();
  const goOff = (): void => {
    cancel();
    on.updateValue(false);
  };
  on.onSet((value) => {
    const wanted = value === true || value === 1;
    const at = now();
    const cameraOn = isOn(modes.current);
    const allowed = wanted && cameraOn && allowance.take(at);
    const turn = turnOf(wanted, { trusted: settings.homekit.trust, cameraOn, allowed });
    if (turn.says === 'refused') {
      const { level, said } = REFUSED[turn.why];
      if (!told.has(turn.why)) log[level](`${name}: ${said}`);
      told.add(turn.why);
      cancelRefusal();
      // HAP-NodeJS would say that it does not respond until it is turned the next time.
      cancelRefusal = after(SHOWN, () => {
        on.updateValue(on.value);
      });
      throw new hap.HapStatusError(
        turn.why === 'off' ? hap.HAPStatus.SERVICE_COMMUNICATION_FAILURE : hap.HAPStatus.RESOURCE_BUSY,
      );
    }
    cancel();
    if (turn.says === 'nothing') return;
    const begins = turn.says === 'begins';
    if (begins) cancel = after(turn.on, goOff);
    report(camera, plain('motion', !begins), { at, source: 'homekit', ends: begins && turn.ends });
  });
  const unsubscribe = modes.subscribe((current) => {
    // What it said has ended with the camera.
    if (!isOn(current)) goOff();
    else told.delete('off');
  });
  signal.addEventListener(
    'abort',
    () => {
      unsubscribe();
      cancel();
      cancelRefusal();
    },
    { once: true },
  );
}
