import type { Camera } from '../camera/camera.js';
import type { Archive } from '../events/archive.js';
import type { StoredEvent } from '../events/event.js';
import type { CameraStatus, Request, RingResult, Status } from './messages.js';
import { RequestError } from './messages.js';

/** What can be asked of a camera. */
export type AskedCamera = Pick<Camera, 'id' | 'name' | 'main' | 'rings'> & {
  readonly settings: Pick<Camera['settings'], 'type'> & {
    readonly detect: Pick<Camera['settings']['detect'], 'enabled'>;
  };
  readonly modes: Pick<Camera['modes'], 'current'>;
  readonly detection: Pick<Camera['detection'], 'active' | 'plan'>;
};

export interface AskedHub {
  readonly version: string;
  readonly cameras: readonly AskedCamera[];
  readonly archive: Promise<Pick<Archive, 'store'> | undefined>;
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string;
}

/** Does what is asked for. @throws {RequestError} */
export async function answer(hub: AskedHub, request: Request): Promise<RingResult | Status> {
  switch (request.request) {
    case 'ring':
      return ring(hub, request.camera);
    case 'status':
      return {
        version: hub.version,
        cameras: await Promise.all(hub.cameras.map((camera) => statusOf(hub, camera))),
      };
  }
}

function ring({ cameras }: AskedHub, wanted: string): RingResult {
  const camera = cameras.find(({ id }) => id.toLowerCase() === wanted.toLowerCase());
  if (camera === undefined) {
    const known = cameras.map(({ id }) => id).join(', ');
    throw new RequestError('unknown-camera', `There is no camera “${wanted}”. Known are: ${known}.`);
  }
  if (camera.rings === undefined) {
    throw new RequestError('no-doorbell', `${camera.name} is no doorbell: its "type" is "${camera.settings.type}".`);
  }
  const { verdict, chime, event } = camera.rings.press({ source: 'control' });
  return { verdict, chime, event: event?.id ?? null };
}

async function statusOf({ archive, mask }: AskedHub, camera: AskedCamera): Promise<CameraStatus> {
  const { id, name, settings, main, modes, detection } = camera;
  const { kind, since } = main.state;
  const { plan } = detection;
  return {
    id,
    name,
    type: settings.type,
    state: { kind, since, ...('reason' in main.state && { reason: mask(main.state.reason) }) },
    modes: { ...modes.current },
    detection: {
      enabled: settings.detect.enabled,
      active: detection.active,
      watch: plan === undefined ? null : { mode: plan.mode, stream: plan.stream, why: plan.why },
    },
    lastEvent: lastOf(await newest(archive, id)),
  };
}

/** Where events cannot be read, the log has said so. */
async function newest(archive: AskedHub['archive'], camera: string): Promise<StoredEvent | undefined> {
  try {
    const page = await (await archive)?.store.list({ cameras: [camera] }, { limit: 1 });
    return page?.events[0];
  } catch {
    return undefined;
  }
}

const lastOf = (event: StoredEvent | undefined): CameraStatus['lastEvent'] =>
  event === undefined
    ? null
    : { id: event.id, start: event.start, end: event.end, category: event.category, rings: [...event.rings] };
