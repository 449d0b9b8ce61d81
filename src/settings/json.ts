export type Path = readonly (string | number)[];

type Container = Record<string | number, unknown>;

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  isContainer(value) && !Array.isArray(value);

/**
 * A copy without what counts as left out: null, empty texts and zones with nothing but a purpose, which forms leave
 * behind, and keys that begin with an underscore, which are Homebridge's (`_bridge`) or comments. Throws for what is no
 * JSON value.
 */
export function copyOf(raw: unknown): unknown {
  const json = JSON.stringify(raw ?? {}) as string | undefined;
  return JSON.parse(json ?? 'null', (key: string, value: unknown) => {
    if (value === null || value === '' || key.startsWith('_')) return undefined;
    return key === 'zones' && Array.isArray(value) ? value.filter((zone) => !isBlankZone(zone)) : value;
  }) as unknown;
}

const isBlankZone = (zone: unknown): boolean => isObject(zone) && Object.keys(zone).join() === 'purpose';

/** What a JSON value has at a path, of its own. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (outer, step) => (isContainer(outer) && Object.hasOwn(outer, step) ? outer[step] : undefined),
    value,
  );
}

/** Puts a value at a path whose last step but one exists; undefined takes away what is there. */
export function putAt(value: unknown, path: Path, replacement: unknown): void {
  const outer = valueAt(value, path.slice(0, -1));
  const last = path.at(-1);
  if (!isContainer(outer) || last === undefined) return;
  if (replacement === undefined) Reflect.deleteProperty(outer, last);
  else outer[last] = replacement;
}

/** Takes entries out of their lists and keys out of their objects; a list that this empties is taken out as well. */
export function takeOut(value: unknown, paths: readonly Path[]): void {
  for (const path of paths) putAt(value, path, undefined);
  for (const path of paths) {
    const list = valueAt(value, path.slice(0, -1));
    if (!Array.isArray(list)) continue;
    // What was taken out left holes, which Object.values passes over.
    const left = Object.values<unknown>(list);
    putAt(value, path.slice(0, -1), left.length === 0 ? undefined : left);
  }
}

/** `detect.zones[0].name` */
export const pathName = (path: Path): string =>
  path.map((step, nth) => (typeof step === 'number' ? `[${String(step)}]` : nth === 0 ? step : `.${step}`)).join('');
