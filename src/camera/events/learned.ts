import { join } from 'node:path';
import * as z from 'zod';
import type { Adaptation, Sensitivity } from '../../detection/adapt.js';
import { CELLS } from '../../detection/mask.js';
import type { UsualPaths } from '../../detection/weigh.js';
import { cameraFolder } from '../../events/media-path.js';

/** What was learned of one camera, and is worth keeping over a restart. */
export interface Learned {
  readonly paths: UsualPaths;
  /** Times are the detector's. */
  readonly adaptation: Adaptation;
  /** When learning began, milliseconds since the epoch: what people say of events from before that counts no more. */
  readonly since: number;
}

/** Below the hub's own folder. */
export const learnedFolder = (folder: string): string => join(folder, 'learned');

export const learnedPath = (folder: string, camera: string): string =>
  join(learnedFolder(folder), `${cameraFolder(camera)}.json`);

/** A step of the shares; one event adds 13 of them. */
const STEP = 1 / 255;

const sensitivity = z.object({
  factor: z.number().min(1).max(3),
  vain: z.number().min(0).max(1000),
  at: z.number(),
});

/** Of the file: shares of cells in {@link STEP}s, one byte each, as base64; times are milliseconds since the epoch. */
const schema = z.object({
  version: z.literal(1),
  paths: z
    .base64()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((bytes) => bytes.length === CELLS),
  adaptation: z.object({ day: sensitivity, night: sensitivity }),
  since: z.number().min(0).default(0),
});

/** @param toEpoch from the detector's clock to milliseconds since the epoch */
export function learnedText({ paths, adaptation, since }: Learned, toEpoch: (time: number) => number): string {
  const moved = (of: Sensitivity): Sensitivity => ({ ...of, at: Math.round(toEpoch(of.at)) });
  return JSON.stringify({
    version: 1,
    paths: Buffer.from(paths.map((share) => Math.round(share / STEP))).toString('base64'),
    adaptation: { day: moved(adaptation.day), night: moved(adaptation.night) },
    since,
  } satisfies z.input<typeof schema>);
}

/**
 * What {@link learnedText} made, whoever wrote to it since; undefined where it is anything else.
 *
 * @param now on the detector's clock: nothing was learned later than that
 */
export function learnedOf(text: string, toEpoch: (time: number) => number, now: number): Learned | undefined {
  const { data } = schema.safeParse(jsonOf(text));
  if (data === undefined) return undefined;
  const moved = (of: Sensitivity): Sensitivity => ({ ...of, at: Math.min(now, of.at - toEpoch(0)) });
  return {
    paths: Float32Array.from(data.paths, (steps) => steps * STEP),
    adaptation: { day: moved(data.adaptation.day), night: moved(data.adaptation.night) },
    since: data.since,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
