import type * as z from 'zod';
import type { Address } from './address.js';
import { cameraSchema } from './camera-schema.js';
import { copyOf, isObject } from './json.js';
import { decideForCamera, decideForPlatform } from './remedies.js';
import { platformSchema } from './schema.js';
import { secretsOf, type Secrets } from './secrets.js';
import { settle, type Finding } from './settle.js';
import { slugOf } from './slug.js';

type Checked = z.output<typeof platformSchema>;

export type CameraSettings = Omit<z.output<typeof cameraSchema>, 'id'> & {
  /** Identity in HomeKit, MQTT and the store. */
  id: string;
};
export type OnvifSettings = CameraSettings['onvif'];
export type DetectSettings = CameraSettings['detect'];
export type ZoneSettings = DetectSettings['zones'][number];
export type StoreSettings = Checked['store'];
export type QuietHours = Checked['quiet'][number];
export type MqttSettings = Omit<NonNullable<Checked['mqtt']>, 'url'> & { url: Address };

export interface HttpSettings {
  port: number;
  listen: 'loopback' | 'lan';
  token: string;
}

/** Parsed, defaults filled in. */
export type Settings = Omit<Checked, 'mqtt' | 'http' | 'cameras'> & {
  cameras: CameraSettings[];
  /** Left out where no port is named. */
  http?: HttpSettings;
  /** Left out where no broker is named. */
  mqtt?: MqttSettings;
};

export interface Problem {
  /** An error where something was left out, a warning where it is used with another value than was written. */
  level: 'error' | 'warning';
  /** The camera's name, or "camera 3" where it has none. */
  camera?: string;
  field: string;
  /** One whole sentence, safe to print. */
  message: string;
}

/**
 * Checks a platform's raw configuration, any JSON value. Never throws: what cannot be used is left out and said in a
 * problem (which fields fall back to what is in remedies.ts).
 */
export function readSettings(raw: unknown): { settings: Settings; problems: Problem[] } {
  const problems: Problem[] = [];
  const configuration = configurationOf(raw, problems);
  const secrets = secretsOf(configuration);
  const { mqtt, http, cameras, ...settings } = readPlatform(configuration, secrets, problems);
  return {
    settings: {
      ...settings,
      ...(mqtt?.url && { mqtt: { ...mqtt, url: mqtt.url } }),
      ...httpOf(http),
      cameras: readCameras(cameras, secrets, problems),
    },
    problems,
  };
}

const httpOf = (
  { port, token, listen }: NonNullable<Checked['http']> = { listen: 'loopback' },
): Pick<Settings, 'http'> => (port === undefined || token === undefined ? {} : { http: { port, token, listen } });

function configurationOf(raw: unknown, problems: Problem[]): Record<string, unknown> {
  try {
    const copy = copyOf(raw);
    if (isObject(copy)) {
      delete copy['platform'];
      return copy;
    }
  } catch {
    // Said below: circular, too deep, or no JSON.
  }
  problems.push({ level: 'error', field: '', message: 'The configuration is no JSON object, expected an object.' });
  return {};
}

function readPlatform(raw: Record<string, unknown>, secrets: Secrets, problems: Problem[]): Checked {
  const mask = (text: string): string => secrets.mask(text);
  const { settled, findings } = settle(platformSchema, raw, decideForPlatform, mask);
  problems.push(...findings.map((finding) => problemOf(finding, undefined, secrets)));
  for (const [field, address] of [
    ['mqtt.url', settled?.mqtt?.url],
    ['store.url', settled?.store.url],
  ] as const) {
    if (isDoubtful(address)) problems.push(problemOf(doubt(field), undefined, secrets));
  }
  // Every field of the platform has a remedy.
  return settled ?? platformSchema.parse({});
}

function readCameras(raw: unknown, secrets: Secrets, problems: Problem[]): CameraSettings[] {
  if (raw === undefined) return [];
  if (!Array.isArray(raw)) {
    const said = `is ${typeof raw === 'object' ? 'an object' : 'no list'}, expected a list of cameras; there are none.`;
    problems.push(problemOf({ level: 'error', field: 'cameras', said }, undefined, secrets));
    return [];
  }
  const mask = (text: string): string => secrets.mask(text);
  const taken = new Map<string, Subject>();
  // An entry that is null has left a hole, which would be passed over.
  return Array.from<unknown>(raw).flatMap((entry, nth) => {
    const subject = subjectOf(entry, nth, mask);
    // Before anything is mended. A faulty camera keeps its id, so that no other one takes its place in HomeKit.
    const claimed = idOf(entry);
    const { settled, findings } = settle(cameraSchema, entry, decideForCamera, mask);
    const id = settled?.id ?? claimed;
    const holder = id === undefined ? undefined : taken.get(id.toLowerCase());
    if (id !== undefined && !holder) taken.set(id.toLowerCase(), subject);
    if (id !== undefined && holder) findings.push(namesake(id, holder, settled?.id === undefined));
    const camera = settled && id !== undefined && !holder ? { ...settled, id } : undefined;
    for (const field of ['source', 'detectSource', 'talk'] as const) {
      if (isDoubtful(camera?.[field])) findings.push(doubt(field));
    }
    if (isDoubtful(camera?.onvif.address)) findings.push(doubt('onvif.address'));
    problems.push(...findings.map((finding) => problemOf(finding, subject, secrets)));
    return camera ? [camera] : [];
  });
}

/** Whom a problem concerns. */
interface Subject {
  /** The camera's name, or "camera 3" where it has none. */
  readonly camera: string;
  /** What a sentence begins with. */
  readonly opening: string;
}

function subjectOf(camera: unknown, nth: number, mask: (text: string) => string): Subject {
  const name = isObject(camera) ? camera['name'] : undefined;
  const given = typeof name === 'string' ? name.trim() : '';
  if (given !== '') return { camera: given, opening: `Camera ${JSON.stringify(mask(given).slice(0, 64))}` };
  return { camera: `camera ${String(nth + 1)}`, opening: `Camera ${String(nth + 1)}` };
}

/** The id that a camera's definition claims; undefined where it has none. */
export function idOf(camera: unknown): string | undefined {
  if (!isObject(camera)) return undefined;
  const { id, name } = camera;
  if (typeof id === 'string') return id.trim();
  return typeof name === 'string' && name.trim() !== '' ? slugOf(name.trim()) : undefined;
}

const isDoubtful = (value: unknown): boolean => isObject(value) && value['doubtful'] === true;

const doubt = (field: string): Finding => ({
  level: 'warning',
  field,
  said: 'can be read in more than one way, expected "@", "/", "?" and "#" in a user name or password to be written as "%40", "%2F", "%3F" and "%23".',
});

function namesake(id: string, holder: Subject, made: boolean): Finding {
  const found = `${JSON.stringify(id)}${made ? ', made from the name,' : ''} like that of ${JSON.stringify(holder.camera)}`;
  return { level: 'error', field: 'id', said: `is ${found}, expected one that no other camera has.` };
}

function problemOf({ level, field, said }: Finding, subject: Subject | undefined, secrets: Secrets): Problem {
  const named = JSON.stringify(field);
  const opening = subject ? subject.opening + (field === '' ? '' : `: ${named}`) : `Setting ${named}`;
  return {
    level,
    ...(subject && { camera: subject.camera }),
    field,
    message: secrets.mask(`${opening} ${said}`),
  };
}
