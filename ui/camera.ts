import type { CameraStatus } from '../src/control/messages.js';
import { type RecordingView, recordingView } from './recording.js';
import { type Press, sayPress } from './ring.js';
import type { Said } from './said.js';
import type { Times } from './times.js';

/** One camera's card. All texts are as the camera, the settings and the hub have them: no markup. */
export interface CameraView {
  readonly id: string;
  readonly name: string;
  readonly isDoorbell: boolean;
  readonly state: { readonly tone: 'good' | 'waiting' | 'bad' | 'off'; readonly text: string };
  /** Why it is so; undefined where nothing is to be explained. */
  readonly reason: string | undefined;
  readonly facts: readonly Fact[];
  /** Undefined where nothing is to be recorded. */
  readonly recording: RecordingView | undefined;
  /** The test button; undefined where there is no bell. */
  readonly ring: { readonly busy: boolean; readonly said: Said | undefined } | undefined;
}

export interface Fact {
  readonly label: string;
  readonly text: string;
}

/** A press of the test button, with how the camera was then. */
export interface Pressed {
  readonly press: Press;
  readonly state: CameraStatus['state']['kind'] | undefined;
}

export function cameraView(camera: CameraStatus, pressed: Pressed | undefined, times: Times): CameraView {
  const { id, name, type, state, modes } = camera;
  const isDoorbell = type === 'doorbell';
  return {
    ...{ id, name, isDoorbell },
    state: { tone: TONES[state.kind], text: `${STATES[state.kind]} since ${times.minute(state.since)}` },
    reason: state.kind === 'off' ? whyOff(modes) : state.reason,
    facts: factsOf(camera, times),
    recording: camera.recording === null ? undefined : recordingView(camera.recording, times),
    ring: isDoorbell
      ? { busy: pressed?.press.kind === 'asking', said: pressed && sayPress(pressed.press, pressed.state) }
      : undefined,
  };
}

const STATES = { connecting: 'Connecting', online: 'Connected', offline: 'Offline', off: 'Off' } as const;
const TONES = { connecting: 'waiting', online: 'good', offline: 'bad', off: 'off' } as const;

function whyOff(modes: CameraStatus['modes']): string | undefined {
  if (modes['privacy'] === true) return 'Switched off by its switch “Privacy” in HomeKit.';
  return modes['active'] === false ? 'Switched off in the Home app.' : undefined;
}

function factsOf(camera: CameraStatus, times: Times): Fact[] {
  const { type, modes, onvif, recording, lastEvent } = camera;
  const facts: readonly (readonly [label: string, text: string | undefined])[] = [
    ['Watch', watchOf(camera)],
    ['Chime', type === 'doorbell' ? chimeOf(modes) : undefined],
    ['ONVIF', onvif === null ? undefined : onvifOf(onvif, times)],
    ['Recording', recording === null ? 'Not wanted by the settings' : undefined],
    ['Last event', lastEvent === null ? 'none yet' : eventOf(lastEvent, times)],
  ];
  return facts.flatMap(([label, text]) => (text === undefined ? [] : [{ label, text }]));
}

const MODES: Readonly<Record<string, string>> = { always: 'Always', keyframes: 'By keyframes' };

const DOUBTED = 'It takes more to be an event around this time of day, as some were called wrong.';

function watchOf({ detection, modes, state }: CameraStatus): string {
  const { enabled, active, doubt, watch } = detection;
  if (!enabled) return 'Not wanted by the settings';
  if (modes['detection'] === false) return 'Paused by its switch “Detection” in HomeKit';
  if (state.kind !== 'online') return state.kind === 'off' ? 'Not while it is off' : 'Not until it is connected';
  if (watch === null) return 'Not now';
  const mode = Object.hasOwn(MODES, watch.mode) ? MODES[watch.mode] : watch.mode;
  return [`${mode}${active ? '' : ', but not now'}.`, watch.why, ...(doubt > 0 ? [DOUBTED] : [])].join(' ');
}

const chimeOf = (modes: CameraStatus['modes']): string =>
  modes['chime'] === false ? 'Off: rings are kept, and nobody hears them' : 'On';

function onvifOf({ state, device, tampered }: NonNullable<CameraStatus['onvif']>, times: Times): string {
  const { kind, since, reason } = state;
  return [
    ...(device === undefined ? [] : [device]),
    `${kind}${since === undefined ? '' : ` since ${times.minute(since)}`}${reason === undefined ? '' : `: ${reason}`}`,
    ...(tampered ? ['says that it is covered, moved or out of focus'] : []),
  ].join(', ');
}

const eventOf = ({ start, category, rings }: NonNullable<CameraStatus['lastEvent']>, times: Times): string =>
  `${times.second(start)}, ${category}${rings.length === 0 ? '' : ', rang'}`;
