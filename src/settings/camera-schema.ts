import { isAbsolute } from 'node:path';
import * as z from 'zod';
import { parseAddress } from './address.js';
import { flag, group, list, number, oneOf, reading, text, wholeNumber } from './checks.js';
import { cameraMqttSchema } from './mqtt-schema.js';
import { onvifSchema, SERVICE_NEEDED, wantsOnvif } from './onvif-schema.js';
import { CAMERA_EXPECTED, isOnvif, parseCamera, parseSource, SOURCE_EXPECTED } from './source-address.js';
import { namesakes, spansArea, withVainSensor } from './zones.js';

export const CATEGORIES = ['person', 'vehicle', 'animal', 'package'] as const;

const ID = 'up to 64 letters, digits, "-" and "_" (a to z), of which the first is a letter or a digit';
const NAME = 'a name of 1 to 64 characters';
const TALK = '"onvif", a URL that ffmpeg can write to, or false';
const TALK_RTSP = 'a URL or false, as the source is not RTSP';
/** As ffmpeg names them. */
const TALK_CODECS = ['pcm_mulaw', 'pcm_alaw', 'aac'] as const;
const TALK_SCHEMES = ['rtsp', 'rtsps', 'http', 'https', 'rtp', 'srtp', 'udp', 'tcp', 'rtmp'];
const SOUND = 'the absolute path of a sound file';
const SENSOR = 'true, false, "motion" or "occupancy"';
const POLYGON = 'a list of 3 to 64 points [x, y] between [0, 0] and [1, 1] that span an area';

const source = () => reading(z.string({ error: CAMERA_EXPECTED }), parseCamera);
const detectSource = () => reading(z.string({ error: SOURCE_EXPECTED }), (value) => parseSource(value));

const talk = () =>
  reading(z.union([z.boolean(), z.string()], { error: TALK }), (value) => {
    if (value === false || value === 'onvif') return value;
    return value === true ? { fault: 'true', expected: TALK } : parseAddress(value, TALK_SCHEMES, TALK);
  });

/** A motion sensor is what `true` stands for. */
const sensor = () =>
  z
    .union([z.boolean(), z.enum(['motion', 'occupancy'])], { error: SENSOR })
    .transform((value) => (value === true ? 'motion' : value));

const categories = () => list(oneOf(CATEGORIES), 'a list of categories', 16);

const coordinate = () => z.number({ error: POLYGON }).min(0, POLYGON).max(1, POLYGON);
const point = z.tuple([coordinate(), coordinate()], { error: POLYGON });

const zone = group({
  name: text(NAME, 64).meta({ title: 'Name', placeholder: 'Porch' }),
  polygon: list(point, POLYGON).min(3, POLYGON).refine(spansArea, { error: POLYGON }).meta({
    title: 'Corners',
    description: 'At least three points [x, y]: [0, 0] is the top left corner of the picture, [1, 1] its bottom right.',
  }),
  purpose: oneOf(['notice', 'ignore', 'mask']).default('notice').meta({
    title: 'Purpose',
    description: 'notice: worth telling. ignore: kept, but nobody is alerted. mask: never looked at.',
  }),
  share: number(0.01, 1).exactOptional().meta({
    title: 'Share',
    description:
      'How much of an event has to lie in the zone: 1 is all of it. Left out: 0.2, and 0.8 where the purpose is ignore.',
  }),
  sensor: sensor().prefault(false).meta({
    title: 'Sensor',
    description: 'motion or occupancy: adds such a sensor for this zone alone. Left empty: none.',
    placeholder: 'motion',
  }),
  categories: categories().exactOptional().meta({
    title: 'Categories',
    description: 'Not used yet: events are plain motion. What counts here; left out, all that the camera looks for.',
    uniqueItems: true,
  }),
});

/** A camera's zones. */
export const zonesSchema = list(zone, 'a list of zones').superRefine((entries, context) => {
  for (const nth of namesakes(entries)) {
    context.addIssue({ code: 'custom', path: [nth, 'name'], message: 'a name that no zone before it has' });
  }
  for (const nth of withVainSensor(entries)) {
    context.addIssue({ code: 'custom', path: [nth, 'sensor'], message: 'false for a zone that alerts nobody' });
  }
});

const detect = group({
  enabled: flag().default(true).meta({ title: 'Watch for events' }),
  sensitivity: wholeNumber(0, 100).default(50).meta({
    title: 'Sensitivity',
    description: 'From 0, only what is large and certain, to 100, whatever moves.',
  }),
  hold: wholeNumber(0, 300).default(10).meta({
    title: 'Seconds that the motion sensor stays on',
    description: 'Counted from the last motion.',
  }),
  alertWindow: wholeNumber(0, 3600).default(10).meta({
    title: 'Seconds between alerts',
    description: 'An event that begins within so many seconds of the end of the one before alerts nobody anew.',
  }),
  categories: categories().default(['person', 'vehicle', 'animal']).meta({
    title: 'Categories',
    description: 'Not used yet: events are plain motion. What to look for.',
    uniqueItems: true,
  }),
  zones: zonesSchema.prefault([]).meta({
    title: 'Zones',
    description: 'Parts of the picture with a purpose of their own.',
  }),
});

const homekit = group({
  triggerSwitch: flag().default(false).meta({
    title: 'Switch: Motion Trigger',
    description: 'Adds a switch to HomeKit that says that something moves, for automations.',
  }),
  trust: flag().default(false).meta({
    title: 'Believe the switch Motion Trigger',
    description:
      'It is an event for as long as it is on, even if the hub sees nothing. Otherwise it makes the hub look.',
  }),
});

const doorbell = group({
  visit: wholeNumber(0, 120).default(20).meta({
    title: 'Seconds around a ring',
    description: 'Whoever is seen so long before or after a ring is the one who rang: they are one event.',
  }),
  interval: wholeNumber(0, 60).default(3).meta({
    title: 'Seconds between rings',
    description: 'Within so many seconds the button rings once, however often it is pressed.',
  }),
  chimeSwitch: flag().default(false).meta({
    title: 'Switch: Chime',
    description: 'Adds a switch to HomeKit: while it is off, nothing rings; rings are kept all the same.',
  }),
  sound: text(SOUND)
    .refine((path) => isAbsolute(path), { error: SOUND })
    .exactOptional()
    .meta({
      title: 'Sound',
      description: 'A sound file that the camera plays at a ring, where it has a speaker.',
      placeholder: '/var/lib/homebridge/ding-dong.wav',
    }),
});

/** One camera's definition: see {@link ./schema.ts}. */
export const cameraSchema = group({
  id: z
    .string({ error: ID })
    .trim()
    .regex(/^[a-zA-Z0-9][\w-]{0,63}$/, ID)
    .exactOptional()
    .meta({
      title: 'Id',
      description:
        'Identity in HomeKit, MQTT and the store. Left out, it is made from the name; set it before you change the name.',
      placeholder: 'front-door',
    }),
  name: text(NAME, 64).meta({ title: 'Name', placeholder: 'Front door' }),
  source: source().meta({
    title: 'Source',
    description: 'An rtsp, rtsps, onvif, http or https URL, or the path of a video file, which then plays in a loop.',
    placeholder: 'rtsp://user:password@192.168.1.20/main',
  }),
  detectSource: detectSource().exactOptional().meta({
    title: 'Smaller stream',
    description: 'A second, smaller stream of the camera: for detection and for small viewers.',
    placeholder: 'rtsp://user:password@192.168.1.20/sub',
  }),
  type: oneOf(['camera', 'doorbell']).default('camera').meta({ title: 'Type' }),
  doorbell: doorbell.prefault({}).meta({ title: 'Doorbell' }),
  audio: flag().default(true).meta({ title: 'Sound' }),
  talk: talk().prefault(false).meta({
    title: 'Talk back',
    description: 'onvif, or a URL that ffmpeg can write the sound to. Left empty: no talking back.',
    placeholder: 'onvif',
  }),
  talkCodec: oneOf(TALK_CODECS).default('pcm_mulaw').meta({
    title: 'Talk back: codec',
    description: 'For a URL only; with onvif the camera names its own.',
  }),
  talkHalfDuplex: flag().default(false).meta({
    title: 'Talk back: one at a time',
    description: 'While you talk, the camera’s sound is muted: for a camera that sends back what it plays.',
  }),
  record: flag().default(true).meta({
    title: 'HomeKit Secure Video',
    description: 'Offers recording to HomeKit, where it is switched on.',
  }),
  privacySwitch: flag().default(false).meta({
    title: 'Switch: Privacy',
    description: 'Adds a switch to HomeKit that switches the camera off for everything, for automations.',
  }),
  detectionSwitch: flag().default(false).meta({
    title: 'Switch: Detection',
    description: 'Adds a switch to HomeKit that pauses detection alone.',
  }),
  homekit: homekit.prefault({}).meta({ title: 'HomeKit' }),
  detect: detect.prefault({}).meta({ title: 'Detection' }),
  mqtt: cameraMqttSchema.prefault({}).meta({ title: 'MQTT' }),
  onvif: onvifSchema.prefault({}).meta({ title: 'ONVIF' }),
}).superRefine(({ source, talk, onvif }, context) => {
  if (talk === 'onvif' && !isOnvif(source) && source.kind !== 'rtsp' && source.kind !== 'rtsps') {
    context.addIssue({ code: 'custom', path: ['talk'], message: TALK_RTSP });
  }
  if (wantsOnvif(source, onvif) && source.host === undefined && onvif.address === undefined) {
    context.addIssue({ code: 'custom', path: ['onvif', 'address'], message: SERVICE_NEEDED });
  }
});
