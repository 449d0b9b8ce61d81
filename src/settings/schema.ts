import * as z from 'zod';
import { parseAddress } from './address.js';
import { cameraSchema } from './camera-schema.js';
import { group, list, number, oneOf, reading, text, wholeNumber } from './checks.js';
import { mqttSchema } from './mqtt-schema.js';

/**
 * The configuration's one definition: types, defaults, checks, and the form that config.schema.json makes of it, which
 * is what the titles, descriptions and placeholders are for.
 */

/** More than any disk holds: nothing is deleted for a typing error. */
export const KEEP_ALL = { days: 36_500, gibibytes: 100_000 } as const;

const TOKEN = 'a token of 16 to 128 letters, digits, "-", "_", "." and "~"';
const DATABASE = '"sqlite" or a postgres:// URL';
const TIME = 'a time of day from "00:00" to "23:59"';

const http = group({
  port: wholeNumber(1, 65_535)
    .exactOptional()
    .meta({ title: 'Port', description: 'Left out: no HTTP.', placeholder: '8581' }),
  listen: oneOf(['loopback', 'lan']).default('loopback').meta({
    title: 'Reachable from',
    description: 'loopback: this computer alone. lan: all who can reach it.',
  }),
  token: z
    .string({ error: TOKEN })
    .trim()
    .regex(/^[\w~.-]{16,128}$/, TOKEN)
    .exactOptional()
    .meta({
      title: 'Token',
      description: 'Whoever calls has to know it.',
    }),
}).superRefine(({ port, token }, context) => {
  if (port !== undefined && token === undefined) context.addIssue({ code: 'custom', path: ['token'], message: TOKEN });
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
  pictureDays: wholeNumber(1, KEEP_ALL.days).exactOptional().meta({
    title: 'Days to keep pictures',
    description: 'Left out, as long as their events.',
  }),
  clipDays: wholeNumber(1, KEEP_ALL.days).exactOptional().meta({
    title: 'Days to keep clips',
    description: 'Left out, as long as their events.',
  }),
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
  mqtt: mqttSchema.exactOptional().meta({ title: 'MQTT' }),
  http: http.exactOptional().meta({ title: 'HTTP' }),
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
