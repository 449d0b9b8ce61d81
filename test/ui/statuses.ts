import type { CameraStatus, Status } from '../../src/control/messages.js';
import { timesOf } from '../../ui/times.js';

export const NOON = Date.UTC(2026, 5, 1, 12);
export const times = timesOf(() => NOON, 'en-GB', 'UTC');

export const camera = (known: Partial<CameraStatus> = {}): CameraStatus => ({
  id: 'door',
  name: 'Door',
  type: 'camera',
  state: { kind: 'online', since: NOON - 60_000 },
  modes: { active: true, privacy: false, detection: true, chime: true },
  detection: { enabled: true, active: true, doubt: 0, watch: { mode: 'always', stream: 'main', why: 'It is small.' } },
  onvif: null,
  recording: null,
  lastEvent: null,
  ...known,
});

export const status = (cameras: CameraStatus[], known: Partial<Status> = {}): Status => ({
  ...{ version: '1.2.3', cameras, refused: null, refusedOverHttp: null },
  ...known,
});
