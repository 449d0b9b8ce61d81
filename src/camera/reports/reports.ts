import type { Box, CandidateSource } from '../../detection/types.js';
import type { Category, EventSource, StoredEvent } from '../../events/event.js';
import type { Witness } from '../events/witness.js';
import { isOn, type Modes } from '../modes/modes.js';
import type { RingAnswer } from '../rings/rings.js';
import type { RingSource } from '../rings/verdict.js';

/** What somebody outside says of a camera, understood and within bounds. */
export interface Report {
  readonly says: 'ring' | Exclude<Category, 'known'>;
  /** It is over. */
  readonly over: boolean;
  /** 0 to 1; undefined where it is not said. */
  readonly confidence: number | undefined;
  readonly box: Box | undefined;
  /** A part of the picture by its name: that of a zone, or one that only the source knows. */
  readonly region: string | undefined;
}

/** What can be told of something outside. */
export interface ReportedCamera {
  readonly settings: {
    readonly mqtt: { readonly trust: boolean };
    readonly onvif: { readonly trust: boolean };
    readonly homekit: { readonly trust: boolean };
    readonly detect: { readonly zones: readonly { readonly name: string; readonly purpose: string }[] };
  };
  readonly modes: { readonly current: Modes };
  /** Undefined where it has no button. */
  readonly rings: { press(press: { readonly at?: number; readonly source: RingSource }): RingAnswer } | undefined;
  readonly detection: {
    candidate(at: number, source: CandidateSource): void;
    witness(witness: Witness): StoredEvent | undefined;
    unclaim(at: number, by: string): void;
  };
}

/**
 * What became of a report. `rings`, `too-soon`: of a ring. `known`: it is of an event that there is, or that it made.
 * `looked`: the hub looks whether it is one. `over`: that is heard. `off`: the camera is, and nothing may happen.
 * `no-doorbell`: the camera has no button.
 */
export type Outcome = 'rings' | 'too-soon' | 'known' | 'looked' | 'over' | 'off' | 'no-doorbell';

/** Without more news what a trusted source says is over after so long, ms. */
const HOLD = 10_000;
/** The same where the source will say itself that it is over, ms. */
export const LONGEST = 120_000;

/** How it came here. */
export type ReportSource = 'mqtt' | 'http' | 'onvif' | 'homekit';

/** As whom the store knows them: a camera that calls a URL is a camera. */
const WITNESS: Readonly<Record<ReportSource, EventSource>> = {
  ...{ mqtt: 'mqtt', http: 'camera', onvif: 'camera', homekit: 'homekit' },
};

const RINGS_AS: Readonly<Record<ReportSource, RingSource>> = {
  ...{ mqtt: 'mqtt', http: 'http', onvif: 'camera', homekit: 'homekit' },
};

/** Where the admin says whether it is trusted. */
const TRUST: Readonly<Record<ReportSource, 'mqtt' | 'onvif' | 'homekit'>> = {
  ...{ mqtt: 'mqtt', http: 'mqtt', onvif: 'onvif', homekit: 'homekit' },
};

/**
 * Gives a report the same path as what the hub sees: it has the hub look, and counts as a witness; of a source that the
 * admin trusts it is an event by itself.
 *
 * @param at ms on the hub's monotonic clock
 * @param ends the source says itself when something is over
 * @param by who exactly says so: what is over is over for nobody else
 */
export function report(
  camera: ReportedCamera,
  told: Report,
  {
    at,
    source,
    ends,
    by = '',
  }: { readonly at: number; readonly source: ReportSource; readonly ends: boolean; readonly by?: string },
): Outcome {
  if (!isOn(camera.modes.current)) return 'off';
  if (told.says === 'ring') return told.over ? 'over' : pressed(camera, at, source);
  const { trust } = camera.settings[TRUST[source]];
  if (told.over) {
    if (trust) camera.detection.unclaim(at, claimant(source, by));
    return 'over';
  }
  camera.detection.candidate(at, source);
  const claim = trust && {
    by: claimant(source, by),
    category: told.says,
    confidence: told.confidence ?? 1,
    box: told.box,
    zones: zonesOf(camera, told.region),
    until: at + (ends ? LONGEST : HOLD),
  };
  const event = camera.detection.witness({ at, source: WITNESS[source], claim: claim === false ? undefined : claim });
  return event === undefined ? 'looked' : 'known';
}

/** As who claims an event. */
export const claimant = (source: ReportSource, by = ''): string => `${source} ${by}`;

function pressed({ rings }: ReportedCamera, at: number, source: ReportSource): Outcome {
  if (rings === undefined) return 'no-doorbell';
  return rings.press({ at, source: RINGS_AS[source] }).verdict === 'too-soon' ? 'too-soon' : 'rings';
}

const zonesOf = ({ settings }: ReportedCamera, region: string | undefined): string[] =>
  settings.detect.zones
    .filter(({ name, purpose }) => purpose === 'notice' && name.toLowerCase() === region?.toLowerCase())
    .map(({ name }) => name);
