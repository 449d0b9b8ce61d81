import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Surroundings } from './command.js';

export const STORAGE_OPTION = { storage: { type: 'string', short: 'U' } } as const;

export const STORAGE_HELP = `  -U, --storage DIR   Homebridge’s storage folder; else $UIX_STORAGE_PATH, ~/.homebridge or /var/lib/homebridge`;

/**
 * Lookout's own folder below Homebridge's storage folder.
 * @throws {Error} where there is none
 */
export function findFolder(storage: string | undefined, env: Surroundings['env']): string {
  const fromEnvironment = env['UIX_STORAGE_PATH'];
  const candidates =
    storage !== undefined
      ? [storage]
      : fromEnvironment !== undefined && fromEnvironment !== ''
        ? [fromEnvironment]
        : [join(env['HOME'] ?? homedir(), '.homebridge'), '/var/lib/homebridge'];
  const folders = candidates.map((candidate) => join(candidate, 'lookout'));
  const found = folders.find((folder) => existsSync(folder));
  if (found !== undefined) return found;
  throw new Error(
    `There is no folder ${folders.join(' or ')}, or it may not be looked into. ` +
      'Say which one Homebridge uses with --storage DIR, and run this as the user who runs Homebridge.',
  );
}
