import { join } from 'node:path';
import * as z from 'zod';
import { cameraFolder } from '../../events/media-path.js';
import { readUpTo, writeWhole } from '../whole-file.js';
import type { KnownDevice } from './state.js';

/** Ours has 300 bytes. */
const MAX_BYTES = 16 * 1024;
const LONGEST = 200;

const text = () => z.string().max(LONGEST).optional();

const schema = z.object({
  version: z.literal(1),
  maker: text(),
  model: text(),
  firmware: text(),
  events: z.boolean(),
  presets: z.boolean(),
  nightVision: z.boolean(),
  backchannel: z.boolean(),
});

export interface DeviceMemory {
  /** As it was when it was last connected; undefined where nothing is known. */
  readonly known: KnownDevice | undefined;
  /** Never rejects: what cannot be kept is asked for at the next start. */
  keep(device: KnownDevice): Promise<void>;
}

/**
 * What a camera could do before the restart, so that HomeKit has the same switches at once and not when the camera
 * answers. Never rejects: what cannot be read is not known.
 *
 * @param folder `lookout`, below Homebridge's storage folder
 */
export async function openMemory(folder: string, camera: string): Promise<DeviceMemory> {
  const path = join(folder, 'onvif', `${cameraFolder(camera)}.json`);
  let kept = await readUpTo(path, MAX_BYTES).catch(() => undefined);
  return {
    known: kept === undefined ? undefined : deviceOf(kept),
    async keep(device) {
      const said = textOf(device);
      if (said === kept) return;
      kept = said;
      await writeWhole(path, said).catch(() => undefined);
    },
  };
}

const cut = (said: string | undefined): string | undefined => said?.slice(0, LONGEST);

export const textOf = ({ information: { maker, model, firmware }, offers }: KnownDevice): string =>
  JSON.stringify({
    ...{ version: 1, maker: cut(maker), model: cut(model), firmware: cut(firmware) },
    ...{ events: offers.events, presets: offers.presets },
    ...{ nightVision: offers.nightVision, backchannel: offers.backchannel },
  } satisfies z.input<typeof schema>);

/** What {@link textOf} made, whoever wrote to it since; undefined where it is anything else. */
export function deviceOf(said: string): KnownDevice | undefined {
  let json: unknown;
  try {
    json = JSON.parse(said);
  } catch {
    return undefined;
  }
  const { data } = schema.safeParse(json);
  if (data === undefined) return undefined;
  const { maker, model, firmware, events, presets, nightVision, backchannel } = data;
  return { information: { maker, model, firmware }, offers: { events, presets, nightVision, backchannel } };
}
