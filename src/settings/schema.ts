import * as z from 'zod';
import { parseAddress } from './address.js';
import { cameraSchema } from './camera-schema.js';
import { flag, group, list, number, reading, text, wholeNumber } from './checks.js';

/**
 * The configuration's one definition: types, defaults, checks, and the form that config.schema.json makes of it, which
 * is what the titles, descriptions and placeholders are for.
 */

/** More than any disk holds: nothing is deleted for a typing error. */
export const KEEP_ALL = { days: 36_500, gibibytes: 100_000 } as const;

const BROKER = 'an mqtt://, mqtts://, ws:// or wss:// URL';
const TOPIC = 'a topic of up to 200 characters without spaces, "+" and "#", and without "/" at its ends';
const DATABASE = '"sqlite" or a postgres:// URL';
const TIME = 'a time of day from "00:00" to "23:59"';

const mqtt = group({
  url: reading(z.string({ error: BROKER }), (value) => parseAddress(value, ['mqtt', 'mqtts', 'ws', 'wss'], BROKER))
    .exactOptional()
    .meta({
      title: 'Broker',
      description: 'Left out: no MQTT.',
      placeholder: 'mqtt://user:password@127.0.0.1:1883',
    }),
  topic: z
    .string({ error: TOPIC })
    .regex(/^[^+#\s/$](?:[^+#\s]{0,198}[^+#\s/])?$/, TOPIC)
    .default('lookout')
    .meta({
      title: 'Topic',
      description: 'What all topics begin with.',
    }),
  discovery: flag().default(true).meta({ title: 'Announce to Home Assistant' }),
});

const store = group({
  url: reading(z.string({ error: DATABASE }), (value) =>
    value === 'sqlite' ? value : parseAddress(value, ['postgres', 'postgresql'], DATABASE),
  )
    .prefault('sqlite')
    .meta({
      title: 'Database',
      description: 'sqlite, below Homebridge’s storage folder. A postgres:// URL is checked, but not used yet.',
    }),
  keepDays: wholeNumber(1, KEEP_ALL.days).default(14).meta({ title: 'Days to keep' }),
  maxGiB: number(0.1, KEEP_ALL.gibibytes).default(10).meta({ title: 'Space for pictures and clips, in GiB' }),
});

const time = () => z.string({ error: TIME }).regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, TIME);

const quiet = group({
  from: time().meta({ title: 'From', placeholder: '22:00' }),
  to: time().meta({ title: 'To', placeholder: '06:00' }),
}).refine(({ from, to }) => from !== to, { path: ['to'], error: 'a time of day other than "from"' });

/** The cameras are checked one by one, so that a fault in one does not stop the others. */
export const platformSchema = group({
  name: text('a name of 1 to 64 characters', 64).default('Lookout').meta({
    title: 'Name',
    description: 'What Homebridge’s log calls the plugin.',
  }),
  ffmpeg: text('the path of an ffmpeg').exactOptional().meta({
    title: 'ffmpeg',
    description: 'Path of the ffmpeg to use. Left out, a good one is looked for.',
    placeholder: '/usr/bin/ffmpeg',
  }),
  mqtt: mqtt.exactOptional().meta({ title: 'MQTT' }),
  store: store.prefault({}).meta({ title: 'Event store' }),
  quiet: list(quiet, 'a list of times').default([]).meta({
    title: 'Quiet hours',
    description: 'When nobody is alerted; events are kept all the same. May pass midnight.',
  }),
  cameras: z.unknown().exactOptional(),
});

/** The whole, for the form. */
export const configurationSchema = platformSchema.extend({
  cameras: list(cameraSchema, 'a list of cameras', 256).prefault([]).meta({ title: 'Cameras' }),
});
