import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { OnvifEvent } from '../../onvif/device.js';
import { openOnvif } from '../../onvif/open.js';
import type { CameraSettings } from '../../settings/settings.js';
import type { Log } from '../log.js';
import { claimant, report, type ReportedCamera } from '../reports/reports.js';
import { type Backchannel, backchannelOf } from '../talk/target.js';
import { onvifAccess } from './access.js';
import { type GoingOn, heardClaim, momentOf, NOTHING } from './claims.js';
import type { DeviceMemory } from './memory.js';
import { Onvif } from './onvif.js';

/** A camera's ONVIF side, which reports what the camera sees; undefined where nobody wants it to be asked. */
export function cameraOnvif(
  camera: ReportedCamera & { readonly name: string; readonly settings: Pick<CameraSettings, 'source' | 'onvif'> },
  memory: DeviceMemory,
  log: Pick<Log, 'info' | 'warn'>,
): Onvif | undefined {
  const access = onvifAccess(camera.settings);
  const { hear, lost } = hearing(camera);
  return (
    access &&
    new Onvif({
      ...{ camera, access, memory, hear, lost, log },
      open: (address, signal) => openOnvif(address, { signal, source: access }),
      now: () => performance.now(),
      wallclock: Date.now,
      pause: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }).catch(() => undefined),
    })
  );
}

export interface Clocks {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wallclock: () => number;
}

const CLOCKS: Clocks = { now: () => performance.now(), wallclock: Date.now };

/** What a camera says when it is over, apart from what are moments. */
const LASTING = 'lasting';

/** What a camera sees joins the path of what others report. */
export function hearing(
  camera: ReportedCamera,
  { now, wallclock }: Clocks = CLOCKS,
): { readonly hear: (event: OnvifEvent) => void; readonly lost: () => void } {
  let goingOn: GoingOn = NOTHING;
  return {
    hear: (event) => {
      const at = momentOf(event.at, { monotonic: now(), epoch: wallclock() });
      const heard = heardClaim(goingOn, event);
      goingOn = heard.goesOn;
      const by = heard.ends ? LASTING : '';
      if (heard.report !== undefined) report(camera, heard.report, { at, source: 'onvif', ends: heard.ends, by });
      else if (event.claim === 'tamper' && event.state !== 'ends') camera.detection.candidate(at, 'onvif');
    },
    lost: () => {
      if (goingOn.size > 0 && camera.settings.onvif.trust) camera.detection.unclaim(now(), claimant('onvif', LASTING));
      goingOn = NOTHING;
    },
  };
}

/** Where a camera that is asked for its streams is talked to. */
export const askedBackchannel =
  (onvif: Pick<Onvif, 'stream'>) =>
  async (signal: AbortSignal): Promise<Backchannel> => {
    const main = await onvif.stream('main', signal);
    if (main === undefined) throw new Error('The camera has no stream to talk back by.');
    return backchannelOf(main);
  };
