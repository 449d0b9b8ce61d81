import { join } from 'node:path';
import * as z from 'zod';
import { cameraFolder } from '../../events/media-path.js';

/** How a camera is to be, as people have switched it. */
export interface Modes {
  /** HomeKit's own switch: off is off for everything, not for HomeKit alone. */
  readonly active: boolean;
  /** Pictures of events may be asked for. */
  readonly eventSnapshots: boolean;
  /** Pictures for tiles may be asked for. */
  readonly periodicSnapshots: boolean;
  /** The light that says that the camera is on. */
  readonly indicator: boolean;
  /** The switch *Privacy*: off, whatever `active` says. */
  readonly privacy: boolean;
  /** The switch *Detection*. */
  readonly detection: boolean;
  /** The switch *Chime*: whether HomeKit hears of a doorbell's rings. */
  readonly chime: boolean;
}

export type Mode = keyof Modes;

/** The modes, and since when the camera is off by them: ms since the epoch, undefined while it is on. */
export interface SwitchedModes {
  readonly modes: Modes;
  readonly offSince: number | undefined;
}

/** Which switches there are, beside those that HomeKit has itself. */
export interface ModeSwitches {
  readonly privacySwitch: boolean;
  readonly detectionSwitch: boolean;
  /** Of a doorbell. */
  readonly chimeSwitch?: boolean;
}

export const ALL_ON: SwitchedModes = {
  modes: {
    active: true,
    eventSnapshots: true,
    periodicSnapshots: true,
    indicator: true,
    privacy: false,
    detection: true,
    chime: true,
  },
  offSince: undefined,
};

/** Nothing of the camera may be seen otherwise, by anybody. */
export const isOn = ({ active, privacy }: Modes): boolean => active && !privacy;

export const isWatching = (modes: Modes): boolean => isOn(modes) && modes.detection;

/** @param now ms since the epoch */
export function switched(before: SwitchedModes, change: Partial<Modes>, now: number): SwitchedModes {
  const modes = { ...before.modes, ...change };
  return { modes, offSince: isOn(modes) ? undefined : (before.offSince ?? now) };
}

/** A switch that is no longer there cannot have been left in a position that nobody can change. */
export const reachable = (
  before: SwitchedModes,
  { privacySwitch, detectionSwitch, chimeSwitch = false }: ModeSwitches,
): SwitchedModes =>
  switched(
    before,
    {
      ...(!privacySwitch && { privacy: false }),
      ...(!detectionSwitch && { detection: true }),
      ...(!chimeSwitch && { chime: true }),
    },
    before.offSince ?? 0,
  );

/** What a picture is asked for; undefined where HomeKit does not say. */
export type SnapshotReason = 'periodic' | 'event' | undefined;

/**
 * Whether a picture may be given while the camera is on. As HAP-NodeJS decides for cameras that record: with one kind
 * forbidden, who asks has to say which it is.
 */
export function snapshotVerdict(
  { eventSnapshots, periodicSnapshots }: Modes,
  reason: SnapshotReason,
): 'allowed' | 'forbidden' | 'reason-needed' {
  if (reason === undefined) return eventSnapshots && periodicSnapshots ? 'allowed' : 'reason-needed';
  return (reason === 'event' ? eventSnapshots : periodicSnapshots) ? 'allowed' : 'forbidden';
}

/** For the admin, after the camera's name and a colon; undefined where nothing changed that anybody has to know of. */
export function newsOf(before: Modes, after: Modes): string | undefined {
  if (isOn(before) !== isOn(after)) {
    if (isOn(after)) return 'switched on.';
    return `switched off ${after.privacy ? 'by its switch Privacy' : 'in HomeKit'}. Until it is on again, nothing connects to it.`;
  }
  if (before.detection === after.detection || !isOn(after)) return undefined;
  return after.detection ? 'detection goes on.' : 'detection is paused by its switch.';
}

/** Below the hub's own folder. */
export const modesPath = (folder: string, camera: string): string =>
  join(folder, 'modes', `${cameraFolder(camera)}.json`);

const LATEST = 8_640_000_000_000_000;

const schema = z.object({
  version: z.literal(1),
  active: z.boolean(),
  eventSnapshots: z.boolean(),
  periodicSnapshots: z.boolean(),
  indicator: z.boolean(),
  privacy: z.boolean(),
  detection: z.boolean(),
  chime: z.boolean().default(true),
  /** Milliseconds since the epoch, of which a date can be made. */
  offSince: z.int().min(0).max(LATEST).exactOptional(),
});

export const modesText = ({ modes, offSince }: SwitchedModes): string =>
  JSON.stringify({ version: 1, ...modes, ...(offSince !== undefined && { offSince }) } satisfies z.input<
    typeof schema
  >);

/**
 * What {@link modesText} made, whoever wrote to it since; undefined where it is anything else.
 *
 * @param now ms since the epoch: nothing was switched later than that
 */
export function modesOf(text: string, now: number): SwitchedModes | undefined {
  const { data } = schema.safeParse(jsonOf(text));
  if (data === undefined) return undefined;
  const { active, eventSnapshots, periodicSnapshots, indicator, privacy, detection, chime, offSince = now } = data;
  const modes = { active, eventSnapshots, periodicSnapshots, indicator, privacy, detection, chime };
  return { modes, offSince: isOn(modes) ? undefined : Math.min(offSince, now) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
