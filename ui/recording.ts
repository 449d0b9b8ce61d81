import type { CameraStatus } from '../src/control/messages.js';
import type { Times } from './times.js';

/** What has to happen for HomeKit Secure Video to record, one link after the other. */
export interface RecordingView {
  /** With the first link that does not hold, if any. */
  readonly summary: string;
  readonly holds: boolean;
  readonly links: readonly { readonly name: string; readonly text: string; readonly holds: boolean }[];
  /** What to do about the first link that does not hold. */
  readonly remedy: string | undefined;
}

/** As docs/recording.md has them. */
const REMEDIES: Readonly<Record<string, string>> = {
  configuration:
    'The home hub has not said how to record. In the Home app, set the camera’s recording options to “Off” and back to ' +
    '“Stream & Allow Recording”.',
  active: 'Recording is off in the Home app for now (at home or away), or for want of an iCloud+ plan.',
  'last motion': 'Nothing has moved since Homebridge was started, or detection does not see it.',
  'last open':
    'No home hub has asked for a recording. It must be on and in the same network, and “Record when” in the Home app ' +
    'must fit what moves.',
  'last close': 'The first recording goes on.',
};

export function recordingView(chain: NonNullable<CameraStatus['recording']>, times: Times): RecordingView {
  const missing = chain.find(({ holds }) => !holds);
  return {
    summary: missing === undefined ? 'Works' : `Waits for “${missing.name}”`,
    holds: missing === undefined,
    links: chain.map(({ name, text, holds }) => ({ name, text: withTimes(text, times), holds })),
    remedy: missing && Object.hasOwn(REMEDIES, missing.name) ? REMEDIES[missing.name] : undefined,
  };
}

/** The hub tells moments in ISO 8601, as in its log. */
const withTimes = (text: string, { second }: Times): string =>
  text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, (moment) => second(Date.parse(moment)));
