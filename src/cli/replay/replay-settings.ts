import { readFile } from 'node:fs/promises';
import { isObject } from '../../settings/json.js';
import { readSettings, type CameraSettings, type Problem, type QuietHours } from '../../settings/settings.js';
import { UsageError } from '../command.js';

export interface ReplaySettings {
  readonly camera: CameraSettings;
  readonly quiet: readonly QuietHours[];
  /** Path of an ffmpeg, where one is named. */
  readonly ffmpeg: string | undefined;
  readonly problems: readonly Problem[];
}

const PLATFORM = 'Lookout';

/**
 * A camera's settings, from a file that holds a camera, a platform, or Homebridge's whole config.json.
 * @param id which of several cameras
 * @throws {UsageError}
 */
export async function readReplaySettings(file: string | undefined, id: string | undefined): Promise<ReplaySettings> {
  const cameras = file === undefined ? [{}] : camerasIn(await parsed(file));
  const platform = file === undefined ? {} : platformIn(await parsed(file));
  const chosen = choose(cameras, id);
  const { settings, problems } = readSettings({
    ...platform,
    cameras: [{ ...chosen, name: chosen['name'] ?? 'Recording', source: '/recording' }],
  });
  const [camera] = settings.cameras;
  if (camera === undefined) throw new UsageError(problems[0]?.message ?? 'The settings name no camera.');
  return { camera, quiet: settings.quiet, ffmpeg: settings.ffmpeg, problems };
}

async function parsed(file: string): Promise<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `The settings in ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  if (!isObject(value)) throw new UsageError(`${file} holds no settings: a JSON object is expected.`);
  return value;
}

/** Of a config.json the platform; of a camera nothing. */
function platformIn(value: Record<string, unknown>): Record<string, unknown> {
  const { platforms } = value;
  if (Array.isArray(platforms)) {
    const own = platforms.find((entry: unknown) => isObject(entry) && entry['platform'] === PLATFORM) as unknown;
    if (!isObject(own)) throw new UsageError(`There is no platform “${PLATFORM}” in these settings.`);
    return own;
  }
  return 'cameras' in value ? value : {};
}

function camerasIn(value: Record<string, unknown>): Record<string, unknown>[] {
  const platform = platformIn(value);
  if (!('cameras' in platform)) return [value];
  const { cameras } = platform;
  return Array.isArray(cameras) ? cameras.filter(isObject) : [];
}

function choose(cameras: readonly Record<string, unknown>[], id: string | undefined): Record<string, unknown> {
  const ids = cameras.map(({ id: own, name }) =>
    typeof own === 'string' ? own : typeof name === 'string' ? name : '',
  );
  const [only] = cameras;
  if (id === undefined && cameras.length <= 1) return only ?? {};
  const found = cameras[ids.indexOf(id ?? '')];
  if (found === undefined) throw new UsageError(`Which camera? --camera is one of: ${ids.join(', ')}.`);
  return found;
}
