import * as z from 'zod';
import { CATEGORIES } from '../events/event.js';

/** One JSON object a line, in UTF-8, both ways. Each request has one answer, in their order. */

/** Bytes of a request's line: a zone's 64 corners with all their digits, and a name of 64 letters. */
export const MAX_REQUEST = 4096;
/** Bytes of an answer's line: the status of 256 cameras, or a picture. */
export const MAX_ANSWER = 1024 * 1024;

const camera = z.string().min(1).max(64);
const event = z.string().min(1).max(64);
const fraction = z.number().min(0).max(1);

export const requestSchema = z.discriminatedUnion('request', [
  /** Presses a doorbell's button. */
  z.strictObject({ request: z.literal('ring'), camera }),
  z.strictObject({ request: z.literal('status') }),
  /** Retention leaves it alone, or no more. */
  z.strictObject({ request: z.literal('protect'), event, on: z.boolean() }),
  /** What a person says of an event; null takes it back. */
  z.strictObject({
    request: z.literal('feedback'),
    event,
    verdict: z.enum(['right', 'wrong']).nullable(),
    category: z.enum(CATEGORIES).optional(),
    note: z.string().max(500).optional(),
  }),
  /** What the camera sees now. */
  z.strictObject({ request: z.literal('picture'), camera }),
  /** What a zone would have had of what is kept: no video is read. Corners are fractions of the picture. */
  z.strictObject({
    request: z.literal('past'),
    camera,
    polygon: z
      .array(z.tuple([fraction, fraction]))
      .min(3)
      .max(64),
    purpose: z.enum(['notice', 'ignore', 'mask']),
    share: z.number().gt(0).max(1).exactOptional(),
  }),
]);
export type Request = z.output<typeof requestSchema>;

/**
 * `malformed`: no request. `unknown-camera`; `unknown-event`; `no-doorbell`: the camera has no button. `busy`: too many
 * ask at once. `failed`: anything else.
 */
export const FAULTS = ['malformed', 'unknown-camera', 'unknown-event', 'no-doorbell', 'busy', 'failed'] as const;
export type Fault = (typeof FAULTS)[number];

/** A request that cannot be done, in words for the admin. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  constructor(
    readonly fault: Fault,
    message: string,
  ) {
    super(message);
  }
}

const time = z.number();

export const ringSchema = z.object({
  verdict: z.enum(['rings', 'agrees', 'too-soon']),
  /** False: it is kept, and nobody hears of it. */
  chime: z.boolean(),
  /** The event's id; null where it is too soon. */
  event: z.string().nullable(),
});
export type RingResult = z.output<typeof ringSchema>;

export const cameraSchema = z.object({
  id: z.string(),
  name: z.string(),
  type: z.enum(['camera', 'doorbell']),
  /** The connection; `reason` in words for the admin, without secrets. */
  state: z.object({
    kind: z.enum(['connecting', 'online', 'offline', 'off']),
    since: time,
    reason: z.string().optional(),
  }),
  /** How people have switched it. */
  modes: z.record(z.string(), z.boolean()),
  detection: z.object({
    enabled: z.boolean(),
    /** What moves would be found. */
    active: z.boolean(),
    /** How much more than usual it takes to be an event around this time of day, as people called some wrong; 0 is usual. */
    doubt: z.number(),
    /** What is looked at, and why; null while nothing is. */
    watch: z.object({ mode: z.string(), stream: z.string(), why: z.string() }).nullable(),
  }),
  /** Null where the camera is not asked by ONVIF. */
  onvif: z
    .object({
      state: z.object({
        kind: z.enum(['off', 'connecting', 'connected', 'trouble']),
        since: time.optional(),
        reason: z.string().optional(),
      }),
      /** Maker and model. */
      device: z.string().optional(),
      /** In words. */
      offers: z.array(z.string()),
      lastEvent: z.object({ claim: z.string(), at: time }).nullable(),
      tampered: z.boolean(),
    })
    .nullable(),
  /**
   * What has to happen one after the other for HomeKit Secure Video to record; what comes after the first that does not
   * hold cannot be. Null where nothing is to be recorded.
   */
  recording: z.array(z.object({ name: z.string(), holds: z.boolean(), text: z.string() })).nullable(),
  /** Times are milliseconds since the epoch, here and everywhere. */
  lastEvent: z
    .object({ id: z.string(), start: time, end: time, category: z.string(), rings: z.array(time) })
    .nullable(),
});
export type CameraStatus = z.output<typeof cameraSchema>;

export const markedSchema = z.object({ event: z.string() });
export type Marked = z.output<typeof markedSchema>;

export const pictureSchema = z.object({
  /** A JPEG of at most 960×540 pixels, as base64; null where nothing is seen now. Masks are black in it. */
  jpeg: z.string().nullable(),
  /** The connection; `reason` as {@link cameraSchema} has it. */
  state: cameraSchema.shape.state,
});
export type SeenPicture = z.output<typeof pictureSchema>;

export const pastSchema = z.object({
  /** That the zone would have had, … */
  events: z.number(),
  /** … of all that are kept of the camera. */
  of: z.number(),
});
export type Past = z.output<typeof pastSchema>;

export const statusSchema = z.object({
  version: z.string(),
  cameras: z.array(cameraSchema),
  /** How many messages over MQTT were refused since the hub was started, by their kind; null without MQTT. */
  refused: z.record(z.string(), z.number()).nullable(),
  /** The same of calls over HTTP; null without HTTP, or from a hub that does not count them. */
  refusedOverHttp: z.record(z.string(), z.number()).nullable().default(null),
});
export type Status = z.output<typeof statusSchema>;

export const answerSchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), result: z.unknown() }),
  z.object({ ok: z.literal(false), fault: z.enum(FAULTS), message: z.string() }),
]);
export type Answer = z.output<typeof answerSchema>;

/** @throws {RequestError} `malformed` */
export function requestOf(line: string): Request {
  const { data, error } = requestSchema.safeParse(jsonOf(line));
  if (data !== undefined) return data;
  const [issue] = error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at “${issue.path.map(String).join('.')}”`;
  throw new RequestError('malformed', `This is no request${where}.`);
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
