import { ask } from '../control/client.js';
import { type CameraStatus, type Status, statusSchema } from '../control/messages.js';
import type { Command } from './command.js';
import { readArguments, UsageError } from './command.js';
import { plain } from './event-format.js';
import { findFolder, STORAGE_HELP, STORAGE_OPTION } from './storage.js';
import { isoTime, localTime } from './time.js';

const HELP = `lookout status [--json]

How the cameras of the running hub are: whether they can be reached, how they are watched and why, how they are
switched, and what happened last. Exit code 1 says that a camera cannot be reached.

  --json              one JSON object, times in ISO 8601
${STORAGE_HELP}`;

export const command: Command = {
  help: HELP,
  async run(args, { print, env, signal }) {
    const { values, positionals } = readArguments(args, { ...STORAGE_OPTION, json: { type: 'boolean' } });
    if (positionals[0] !== undefined) throw new UsageError(`“${positionals[0]}” is one word too many.`);
    const folder = findFolder(values.storage, env);
    const status = await ask({ request: 'status' }, statusSchema, { folder, signal });
    if (values.json === true) await print(JSON.stringify(withTimes(status)));
    else for (const line of linesOf(status)) await print(plain(line));
    return status.cameras.some(({ state }) => state.kind === 'offline') ? 1 : 0;
  },
};

const withTimes = ({ version, cameras, refused, refusedOverHttp }: Status): object => ({
  version,
  refused,
  refusedOverHttp,
  cameras: cameras.map(({ state, onvif, lastEvent, ...camera }) => ({
    ...camera,
    state: { ...state, since: isoTime(state.since) },
    onvif: onvif && {
      ...onvif,
      state: { ...onvif.state, ...(onvif.state.since !== undefined && { since: isoTime(onvif.state.since) }) },
      lastEvent: onvif.lastEvent && { ...onvif.lastEvent, at: isoTime(onvif.lastEvent.at) },
    },
    lastEvent: lastEvent && {
      ...lastEvent,
      start: isoTime(lastEvent.start),
      end: isoTime(lastEvent.end),
      rings: lastEvent.rings.map(isoTime),
    },
  })),
});

const linesOf = ({ version, cameras, refused, refusedOverHttp }: Status): string[] => [
  `Lookout ${version}, ${cameras.length === 1 ? 'one camera' : `${cameras.length} cameras`}`,
  ...refusedOf('MQTT', refused ?? {}),
  ...refusedOf('HTTP', refusedOverHttp ?? {}),
  ...cameras.flatMap((camera) => ['', ...describe(camera)]),
];

function refusedOf(way: string, refused: NonNullable<Status['refused']>): string[] {
  const kinds = Object.entries(refused).filter(([, count]) => count > 0);
  if (kinds.length === 0) return [];
  return [`Refused over ${way}: ${kinds.map(([kind, count]) => `${count} ${kind}`).join(', ')}`];
}

function describe(camera: CameraStatus): string[] {
  const { id, name, type, state, modes, detection, onvif, recording, lastEvent } = camera;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['State', `${state.kind} since ${localTime(state.since)}${state.reason === undefined ? '' : `: ${state.reason}`}`],
    ['Switched', switchesOf(type, modes)],
    ['Detection', detectionOf(detection)],
    ['Watch', detection.watch === null ? undefined : `${detection.watch.mode}. ${detection.watch.why}`],
    ['ONVIF', onvif === null ? undefined : onvifOf(onvif)],
    ['Recording', recording === null ? 'not wanted by the settings' : recordingOf(recording)],
    ['Last event', lastEvent === null ? 'none' : eventOf(lastEvent)],
  ];
  return [
    `${name} (${id}${type === 'doorbell' ? ', doorbell' : ''})`,
    ...facts.flatMap(([what, value]) => (value === undefined ? [] : [`  ${what.padEnd(10)} ${value}`])),
  ];
}

/** What is not as it usually is; for a doorbell the chime in any case. */
function switchesOf(type: CameraStatus['type'], modes: CameraStatus['modes']): string | undefined {
  const unusual = [
    modes['active'] === false ? 'off in HomeKit' : undefined,
    modes['privacy'] === true ? 'off for privacy' : undefined,
    modes['detection'] === false ? 'detection paused' : undefined,
    type === 'doorbell' ? `chime ${modes['chime'] === false ? 'off' : 'on'}` : undefined,
  ].filter((mode) => mode !== undefined);
  return unusual.join(', ') || undefined;
}

const DOUBTED = 'it takes more to be an event around this time of day, as some were called wrong';

function detectionOf({ enabled, active, doubt }: CameraStatus['detection']): string {
  if (active) return doubt === 0 ? 'active' : `active; ${DOUBTED}`;
  return enabled ? 'not active now' : 'not wanted by the settings';
}

function onvifOf({ state, device, offers, lastEvent, tampered }: NonNullable<CameraStatus['onvif']>): string {
  const { kind, since, reason } = state;
  return [
    `${kind}${since === undefined ? '' : ` since ${localTime(since)}`}${reason === undefined ? '' : `: ${reason.replace(/\.$/, '')}`}`,
    ...(device === undefined ? [] : [device]),
    ...(offers.length === 0 ? [] : [`offers ${offers.join(', ')}`]),
    ...(lastEvent === null ? [] : [`last said: ${lastEvent.claim} at ${localTime(lastEvent.at)}`]),
    ...(tampered ? ['says that it is covered, moved or out of focus'] : []),
  ].join('; ');
}

/** With what is missing named first. */
function recordingOf(chain: NonNullable<CameraStatus['recording']>): string {
  const missing = chain.find(({ holds }) => !holds);
  const links = chain.map(({ name, text }) => `${name}: ${text}`).join(' → ');
  return missing === undefined ? links : `waits for “${missing.name}”. ${links}`;
}

function eventOf({ id, start, category, rings }: NonNullable<CameraStatus['lastEvent']>): string {
  return `${localTime(start)}, ${category}${rings.length === 0 ? '' : ', rang'}, ${id}`;
}
