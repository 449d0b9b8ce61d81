import { createHash } from 'node:crypto';
import { join } from 'node:path';

/**
 * Where the hub of a folder is spoken to: a Unix domain socket in it, or on Windows a named pipe, which is nobody's
 * file.
 *
 * @param folder `lookout`, below Homebridge's storage folder
 */
export function controlPath(folder: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return join(folder, 'control.sock');
  const name = createHash('sha256').update(folder.toLowerCase()).digest('hex').slice(0, 16);
  return String.raw`\\.\pipe\lookout-${name}`;
}
