import * as z from 'zod';
import { parseSource, type SourceAddress } from './source-address.js';

/** The configuration's one definition: types, defaults, checks, and the form (scripts/schema.mjs). The text given to a check says what it expects. */

export const CATEGORIES = ['person', 'vehicle', 'animal', 'package'] as const;

const text = (expected: string) => z.string({ error: expected }).trim().min(1, expected);

const flag = () => z.boolean({ error: 'true or false' });

const wholeNumber = (from: number, to: number) => {
  const expected = `a whole number from ${String(from)} to ${String(to)}`;
  return z.int({ error: expected }).min(from, expected).max(to, expected);
};

const choice = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `one of ${values.map((value) => `"${value}"`).join(', ')}` });

const SOURCE = 'an rtsp://, rtsps://, http:// or https:// URL or the path of a file';
const source = () =>
  z.string({ error: SOURCE }).transform((written, context): SourceAddress => {
    const address = parseSource(written);
    if (!('fault' in address)) return address;
    context.issues.push({
      code: 'custom',
      message: address.expected,
      params: { found: address.fault },
      input: written,
    });
    return z.NEVER;
  });

const point = z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]);
const categories = z.array(choice(CATEGORIES));

const zone = z.strictObject({
  name: text('a name'),
  polygon: z.array(point).min(3),
  purpose: choice(['notice', 'ignore', 'mask']).default('notice'),
  sensor: flag().default(false),
  categories: categories.exactOptional(),
});

const detect = z.strictObject({
  enabled: flag().default(true),
  sensitivity: wholeNumber(0, 100).default(50),
  categories: categories.default(['person', 'vehicle', 'animal']),
  zones: z.array(zone).default([]),
});

export const camera = z.strictObject({
  id: z.string().exactOptional(),
  name: text('a name'),
  source: source(),
  detectSource: source().exactOptional(),
  type: choice(['camera', 'doorbell']).default('camera'),
  audio: flag().default(true),
  talk: z.union([z.literal(false), z.string()]).default(false),
  record: flag().default(true),
  detect: detect.prefault({}),
});

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/);

export const settings = z.strictObject({
  name: text('a name').default('Lookout'),
  ffmpeg: text('the path of an ffmpeg').exactOptional(),
  mqtt: z
    .strictObject({
      url: text('an mqtt:// URL'),
      topic: text('a topic').default('lookout'),
      discovery: flag().default(true),
    })
    .exactOptional(),
  store: z
    .strictObject({
      url: z.string().default('sqlite'),
      keepDays: wholeNumber(1, 3650).default(14),
      maxGiB: z.number().positive().default(10),
    })
    .prefault({}),
  quiet: z.array(z.strictObject({ from: time, to: time })).default([]),
});
