import { join } from 'node:path';
import * as z from 'zod';
import type { Log } from '../camera/log.js';
import { readUpTo, writeWhole } from '../camera/whole-file.js';
import { codeOf } from '../events/files.js';

/** 256 cameras with 100 topics each. */
const MAX_BYTES = 8 * 1024 * 1024;

const schema = z.object({ version: z.literal(1), topics: z.array(z.string().regex(/^[^+#\0]{1,500}$/)) });

export const announcedPath = (folder: string): string => join(folder, 'mqtt-announced.json');

/** Which topics Home Assistant was told of before; none where that cannot be known. */
export async function readAnnounced(folder: string): Promise<readonly string[]> {
  try {
    const text = await readUpTo(announcedPath(folder), MAX_BYTES);
    return schema.parse(JSON.parse(text ?? '')).topics;
  } catch {
    return [];
  }
}

export async function writeAnnounced(folder: string, topics: readonly string[], log: Pick<Log, 'warn'>): Promise<void> {
  try {
    await writeWhole(
      announcedPath(folder),
      JSON.stringify({ version: 1, topics: [...topics] } satisfies z.input<typeof schema>),
    );
  } catch (error) {
    log.warn(
      `MQTT: what is announced to Home Assistant cannot be kept over a restart (${codeOf(error) || String(error)}), ` +
        'so that it stays there when it is taken out of the settings.',
    );
  }
}
