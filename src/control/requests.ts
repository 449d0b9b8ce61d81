import type { Camera } from '../camera/camera.js';
import type { Archive } from '../events/archive.js';
import type { Feedback, StoredEvent } from '../events/event.js';
import { isEventId } from '../events/event.js';
import type { EventStore } from '../events/store.js';
import { zoneQuery } from '../events/zone-query.js';
import type { CameraStatus, Marked, Past, Request, RingResult, SeenPicture, Status } from './messages.js';
import { RequestError } from './messages.js';

/** What can be asked of a camera. */
export type AskedCamera = Pick<Camera, 'id' | 'name' | 'main' | 'rings'> & {
  readonly pictures: Pick<Camera['pictures'], 'seen'>;
  readonly settings: Pick<Camera['settings'], 'type'> & {
    readonly detect: Pick<Camera['settings']['detect'], 'enabled'>;
  };
  readonly modes: Pick<Camera['modes'], 'current'>;
  readonly detection: Pick<Camera['detection'], 'active' | 'plan' | 'doubt'>;
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

/** Zones are drawn on it, pixels. Half a megabyte at the most, as text. */
const PICTURE = { width: 960, height: 540 };
/** Where pictures cannot be made smaller, one may not fit into an answer, bytes. */
const MOST_PICTURE = 700_000;

/** Does what is asked for. @throws {RequestError} */
export async function answer(
  hub: AskedHub,
  request: Request,
): Promise<RingResult | Status | Marked | SeenPicture | Past> {
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
    case 'picture':
      return pictureOf(hub, cameraOf(hub, request.camera));
    case 'past':
      return pastOf(hub, cameraOf(hub, request.camera), request);
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
  const store = await storeOf(archive);
  if (!isEventId(event) || !(await work(store)))
    throw new RequestError('unknown-event', `There is no event “${event}”.`);
  return { event };
}

async function storeOf(archive: AskedHub['archive']): Promise<EventStore> {
  const opened = await archive;
  if (opened === undefined) throw new RequestError('failed', 'Events are not kept now; the log says why.');
  return opened.store;
}

function cameraOf({ cameras }: AskedHub, wanted: string): AskedCamera {
  const camera = cameras.find(({ id }) => id.toLowerCase() === wanted.toLowerCase());
  if (camera !== undefined) return camera;
  const known = cameras.map(({ id }) => id).join(', ');
  throw new RequestError('unknown-camera', `There is no camera “${wanted}”. Known are: ${known}.`);
}

async function pictureOf({ mask }: AskedHub, { main, pictures }: AskedCamera): Promise<SeenPicture> {
  const jpeg = await pictures.seen(PICTURE);
  const fits = jpeg !== undefined && jpeg.length <= MOST_PICTURE;
  return { jpeg: fits ? jpeg.toString('base64') : null, state: stateOf(main.state, mask) };
}

async function pastOf(
  { archive }: AskedHub,
  { id }: AskedCamera,
  zone: Extract<Request, { request: 'past' }>,
): Promise<Past> {
  const store = await storeOf(archive);
  const ofCamera = { cameras: [id] };
  const [found, of] = await Promise.all([
    store.searchByMask(zoneQuery(zone), ofCamera, { limit: 1 }),
    store.count(ofCamera),
  ]);
  return { events: found.total, of };
}

function ring(hub: AskedHub, wanted: string): RingResult {
  const camera = cameraOf(hub, wanted);
  if (camera.rings === undefined) {
    throw new RequestError('no-doorbell', `${camera.name} is no doorbell: its "type" is "${camera.settings.type}".`);
  }
  const { verdict, chime, event } = camera.rings.press({ source: 'control' });
  return { verdict, chime, event: event?.id ?? null };
}

async function statusOf({ archive, mask, recording }: AskedHub, camera: AskedCamera): Promise<CameraStatus> {
  const { id, name, settings, main, modes, detection } = camera;
  const { plan } = detection;
  return {
    id,
    name,
    type: settings.type,
    state: stateOf(main.state, mask),
    modes: { ...modes.current },
    detection: {
      enabled: settings.detect.enabled,
      active: detection.active,
      doubt: detection.doubt,
      watch: plan === undefined ? null : { mode: plan.mode, stream: plan.stream, why: plan.why },
    },
    onvif: onvifOf(camera.onvif?.status, mask),
    recording: recording(id) ?? null,
    lastEvent: lastOf(await newest(archive, id)),
  };
}

const stateOf = (state: AskedCamera['main']['state'], mask: AskedHub['mask']): CameraStatus['state'] => ({
  kind: state.kind,
  since: state.since,
  ...('reason' in state && { reason: mask(state.reason) }),
});

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
