import type { Camera } from '../camera/camera.js';
import type { Archive } from '../events/archive.js';
import type { Feedback, StoredEvent } from '../events/event.js';
import { isEventId } from '../events/event.js';
import type { EventStore } from '../events/store.js';
import type { CameraStatus, Marked, Request, RingResult, Status } from './messages.js';
import { RequestError } from './messages.js';

/** What can be asked of a camera. */
export type AskedCamera = Pick<Camera, 'id' | 'name' | 'main' | 'rings'> & {
  readonly settings: Pick<Camera['settings'], 'type'> & {
    readonly detect: Pick<Camera['settings']['detect'], 'enabled'>;
  };
  readonly modes: Pick<Camera['modes'], 'current'>;
  readonly detection: Pick<Camera['detection'], 'active' | 'plan'>;
  readonly onvif: Pick<NonNullable<Camera['onvif']>, 'status'> | undefined;
};

export interface AskedHub {
  readonly version: string;
  readonly cameras: readonly AskedCamera[];
  /** A camera's chain of what recording takes, by its id. */
  readonly recording: (camera: string) => CameraStatus['recording'] | undefined;
  readonly archive: Promise<Pick<Archive, 'store'> | undefined>;
  /** As {@link Status.refused}, and as {@link Status.refusedOverHttp}. */
  readonly refused: Readonly<Record<'overMqtt' | 'overHttp', () => Readonly<Record<string, number>> | undefined>>;
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string;
}

/** Does what is asked for. @throws {RequestError} */
export async function answer(hub: AskedHub, request: Request): Promise<RingResult | Status | Marked> {
  switch (request.request) {
    case 'ring':
      return ring(hub, request.camera);
    case 'status':
      return {
        version: hub.version,
        cameras: await Promise.all(hub.cameras.map((camera) => statusOf(hub, camera))),
        refused: hub.refused.overMqtt() ?? null,
        refusedOverHttp: hub.refused.overHttp() ?? null,
      };
    case 'protect':
      return mark(hub, request.event, (store) => store.setProtected(request.event, request.on));
    case 'feedback':
      return mark(hub, request.event, (store) => store.setFeedback(request.event, feedbackOf(request, Date.now())));
  }
}

/** @param at milliseconds since the epoch */
export function feedbackOf(
  { verdict, category, note }: Extract<Request, { request: 'feedback' }>,
  at: number,
): Feedback | undefined {
  return verdict === null ? undefined : { verdict, category, note, at };
}

async function mark(
  { archive }: AskedHub,
  event: string,
  work: (store: EventStore) => Promise<boolean>,
): Promise<Marked> {
  const opened = await archive;
  if (opened === undefined) throw new RequestError('failed', 'Events are not kept now; the log says why.');
  if (!isEventId(event) || !(await work(opened.store)))
    throw new RequestError('unknown-event', `There is no event “${event}”.`);
  return { event };
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

async function statusOf({ archive, mask, recording }: AskedHub, camera: AskedCamera): Promise<CameraStatus> {
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
    onvif: onvifOf(camera.onvif?.status, mask),
    recording: recording(id) ?? null,
    lastEvent: lastOf(await newest(archive, id)),
  };
}

function onvifOf(
  status: NonNullable<AskedCamera['onvif']>['status'] | undefined,
  mask: AskedHub['mask'],
): CameraStatus['onvif'] {
  if (status === undefined) return null;
  const { state, device, offers, lastEvent, tampered } = status;
  return {
    state:
      state.kind === 'off'
        ? { kind: 'off' }
        : { kind: state.kind, since: state.since, ...(state.reason !== undefined && { reason: mask(state.reason) }) },
    ...(device !== undefined && { device: mask(device) }),
    offers: [...offers],
    lastEvent: lastEvent ?? null,
    tampered,
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
