import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `AccessoryInfo.0E12345678AB.json` */
const FILE = /^AccessoryInfo\.([0-9A-F]{12})\.json$/;

/**
 * The device id of what a hub has published under a name, which is written down in its storage folder; undefined as long
 * as it is not. HAP-NodeJS writes these files in place, so that any of them may be empty or cut off for a moment.
 */
export function deviceIdOf(storage: string, displayName: string): string | undefined {
  const persist = join(storage, 'persist');
  const file = readdirSync(persist).find((name) => FILE.test(name) && nameIn(join(persist, name)) === displayName);
  return FILE.exec(file ?? '')?.[1]
    ?.match(/../g)
    ?.join(':');
}

function nameIn(file: string): string | undefined {
  try {
    const { displayName } = JSON.parse(readFileSync(file, 'utf8')) as { displayName?: string };
    // Another hub on this machine with a camera of the same id has the name already.
    return displayName?.replace(/ \(\d+\)$/, '');
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
