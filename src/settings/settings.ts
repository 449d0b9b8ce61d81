import type * as z from 'zod';
import { camera as cameraSchema, settings as settingsSchema } from './schema.js';

export type CameraSettings = Omit<z.output<typeof cameraSchema>, 'id'> & {
  /** Identity in HomeKit, MQTT and the store. */
  id: string;
};

/** Parsed, defaults filled in. */
export type Settings = z.output<typeof settingsSchema> & { cameras: CameraSettings[] };

export interface Problem {
  level: 'error' | 'warning';
  /** The camera's name, or "camera 3" where it has none. */
  camera?: string;
  field: string;
  /** One whole sentence, safe to print. */
  message: string;
}

/** Checks a platform's raw configuration. Never throws: what cannot be used is left out and said in a problem. */
export function readSettings(raw: unknown): { settings: Settings; problems: Problem[] } {
  const problems: Problem[] = [];
  const { cameras: rawCameras, platform, _bridge, ...rest } = (raw ?? {}) as Record<string, unknown>;
  void platform;
  void _bridge;
  const cameras: CameraSettings[] = [];
  for (const [index, entry] of (Array.isArray(rawCameras) ? (rawCameras as unknown[]) : []).entries()) {
    const parsed = cameraSchema.safeParse(entry);
    if (parsed.success) {
      const id = parsed.data.id ?? parsed.data.name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
      cameras.push({ ...parsed.data, id });
    } else {
      const field = parsed.error.issues[0]?.path.join('.') ?? '';
      problems.push({ level: 'error', field, message: `Camera ${String(index + 1)}: "${field}" is wrong.` });
    }
  }
  const parsed = settingsSchema.safeParse(rest);
  return { settings: { ...(parsed.data ?? settingsSchema.parse({})), cameras }, problems };
}
