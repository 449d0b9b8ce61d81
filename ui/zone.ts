import type { Point, Polygon } from './polygon.js';

export const PURPOSES = ['notice', 'ignore', 'mask'] as const;
export type Purpose = (typeof PURPOSES)[number];
export const SENSORS = ['none', 'motion', 'occupancy'] as const;
export type Sensor = (typeof SENSORS)[number];

/** A zone as it is drawn. */
export interface Zone {
  /** Tells it from the others while it is edited. */
  readonly key: number;
  readonly name: string;
  /** Empty where the settings' corners cannot be read. */
  readonly polygon: Polygon;
  readonly purpose: Purpose;
  readonly sensor: Sensor;
  /** 0.01 to 1; undefined for what is usual. */
  readonly share: number | undefined;
  /** As the settings have it: what is not drawn stays as it is. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** A camera's zones in the settings, which may be anything. */
export function zonesOf(raw: unknown): Zone[] {
  if (!Array.isArray(raw)) return [];
  const entries = raw.filter(isRecord).filter((entry) => !isBlank(entry));
  return entries.map((entry, key) => ({
    key,
    name: typeof entry['name'] === 'string' ? entry['name'] : '',
    polygon: polygonOf(entry['polygon']),
    purpose: PURPOSES.find((purpose) => purpose === entry['purpose']) ?? 'notice',
    sensor: sensorOf(entry['sensor']),
    share: typeof entry['share'] === 'number' ? entry['share'] : undefined,
    raw: entry,
  }));
}

/** As it is written into the settings. */
export function settingsOf({ raw, name, polygon, purpose, sensor, share }: Zone): Record<string, unknown> {
  const others = Object.entries(raw).filter(([field]) => field !== 'share' && field !== 'sensor');
  return {
    ...Object.fromEntries(others),
    ...{ name: name.trim(), purpose, polygon: polygon.length === 0 ? raw['polygon'] : polygon },
    // It means nothing for a mask, and is not asked for.
    ...(purpose === 'mask' ? 'share' in raw && { share: raw['share'] } : share !== undefined && { share }),
    ...(sensor !== 'none' && purpose === 'notice' && { sensor }),
  };
}

export const shownName = ({ name }: Pick<Zone, 'name'>): string => (name.trim() === '' ? '(no name)' : name);

/** `Zone 1`, or the next that no zone has. */
export function newName(zones: readonly Pick<Zone, 'name'>[]): string {
  const taken = new Set(zones.map(({ name }) => name.trim().toLowerCase()));
  for (let number = 1; ; number++) if (!taken.has(`zone ${number}`)) return `Zone ${number}`;
}

/** Where one camera has a zone, Homebridge's form gives every camera a blank one. They are none for the hub, too. */
const isBlank = (entry: Record<string, unknown>): boolean => Object.keys(entry).join() === 'purpose';

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isFraction = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1;

function polygonOf(raw: unknown): Polygon {
  const isPoint = (point: unknown): point is Point =>
    Array.isArray(point) && point.length === 2 && point.every(isFraction);
  return Array.isArray(raw) && raw.length >= 3 && raw.every(isPoint) ? raw : [];
}

const sensorOf = (raw: unknown): Sensor =>
  raw === true ? 'motion' : (SENSORS.find((sensor) => sensor === raw) ?? 'none');
