import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CameraStatus,
  type Request,
  RequestError,
  type RingResult,
  type Status,
} from '../../src/control/messages.js';
import { openControl } from '../../src/control/server.js';
import { NOON } from '../events/events.js';
import { lookout } from './run.js';

let storage: string;
let life: AbortController;
let asked: Request[];
let answer: RingResult | Status | RequestError;

beforeEach(async () => {
  storage = mkdtempSync(join(tmpdir(), 'lookout-cli-'));
  life = new AbortController();
  asked = [];
  await openControl({
    folder: join(storage, 'lookout'),
    handle: (request) => {
      asked.push(request);
      return answer instanceof RequestError ? Promise.reject(answer) : Promise.resolve(answer);
    },
    log: { warn: () => undefined, debug: () => undefined },
    signal: life.signal,
  });
});
afterEach(() => {
  life.abort();
  rmSync(storage, { recursive: true });
});
const hub = (...args: string[]) => lookout(...args, '--storage', storage);

const EVENT = '0mmplt1c012ab3c';

describe('lookout ring', () => {
  it.each<[RingResult, code: number, sentence: string]>([
    [{ verdict: 'rings', chime: true, event: EVENT }, 0, `door rings. Its event is ${EVENT}.`],
    [
      { verdict: 'rings', chime: false, event: EVENT },
      1,
      `door does not ring, for its chime is switched off. Its event is ${EVENT}.`,
    ],
    [
      { verdict: 'too-soon', chime: true, event: null },
      1,
      'door has rung just now; the button rings not again so soon.',
    ],
    [
      { verdict: 'agrees', chime: true, event: EVENT },
      1,
      'door has rung just now, for somebody else; it rings once for both.',
    ],
  ])('%j', async (result, code, sentence) => {
    answer = result;
    expect(await hub('ring', 'door')).toEqual({ code, out: [sentence], err: '' });
    expect(asked).toEqual([{ request: 'ring', camera: 'door' }]);
  });

  it('says what is in its way', async () => {
    answer = new RequestError('unknown-camera', 'There is no camera “\u001b[31m”.');
    expect(await hub('ring', 'x')).toEqual({ code: 1, out: [], err: 'lookout: There is no camera “?[31m”.' });
    life.abort();
    expect((await hub('ring', 'door')).err).toMatch(/^lookout: Lookout does not run with .* Start Homebridge/);
  });

  it.each([
    [[], 'Which camera?'],
    [['a', 'b'], '“b” is one word too many.'],
  ])('takes one camera, not %j', async (args, sentence) => {
    expect(await hub('ring', ...args)).toMatchObject({ code: 2, err: expect.stringContaining(sentence) as string });
  });
});

describe('lookout status', () => {
  const door: CameraStatus = {
    id: 'door',
    name: 'Door',
    type: 'doorbell',
    state: { kind: 'online', since: NOON },
    modes: { active: true, privacy: false, detection: false, chime: false },
    detection: {
      enabled: true,
      active: true,
      doubt: 0.5,
      watch: { mode: 'keyframes', stream: 'sub', why: 'It has a short GOP.' },
    },
    onvif: {
      state: { kind: 'connected', since: NOON },
      device: 'Acme X1',
      offers: ['events', 'night vision'],
      lastEvent: { claim: 'person', at: NOON },
      tampered: true,
    },
    recording: [
      { name: 'motion sensor', holds: true, text: 'linked' },
      { name: 'configuration', holds: false, text: 'none selected' },
    ],
    lastEvent: { id: EVENT, start: NOON, end: NOON + 9000, category: 'person', rings: [NOON + 2000] },
  };
  const yard: CameraStatus = {
    ...{ id: 'yard', name: '\u001b[31mYard', type: 'camera', modes: { active: true, chime: true }, lastEvent: null },
    state: { kind: 'offline', since: NOON, reason: 'it does not answer' },
    detection: { enabled: false, active: false, doubt: 0, watch: null },
    recording: null,
    onvif: {
      state: { kind: 'trouble', since: NOON, reason: 'no login.' },
      offers: [],
      lastEvent: null,
      tampered: false,
    },
  };

  it('tells a person', async () => {
    answer = {
      ...{ version: '1.2.3', cameras: [door, yard], refused: { malformed: 3, replayed: 0, flood: 12 } },
      refusedOverHttp: { malformed: 0, unauthorised: 2 },
    };
    const { code, out } = await hub('status');
    expect(code).toBe(1);
    expect(out.map((line) => line.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:00/g, 'NOON'))).toEqual([
      'Lookout 1.2.3, 2 cameras',
      'Refused over MQTT: 3 malformed, 12 flood',
      'Refused over HTTP: 2 unauthorised',
      '',
      'Door (door, doorbell)',
      '  State      online since NOON',
      '  Switched   detection paused, chime off',
      '  Detection  active; it takes more to be an event around this time of day, as some were called wrong',
      '  Watch      keyframes. It has a short GOP.',
      '  ONVIF      connected since NOON; Acme X1; offers events, night vision; last said: person at NOON; says that it is covered, moved or out of focus',
      '  Recording  waits for “configuration”. motion sensor: linked → configuration: none selected',
      `  Last event NOON, person, rang, ${EVENT}`,
      '',
      '?[31mYard (yard)',
      '  State      offline since NOON: it does not answer',
      '  Detection  not wanted by the settings',
      '  ONVIF      trouble since NOON: no login',
      '  Recording  not wanted by the settings',
      '  Last event none',
    ]);
  });

  it('tells a program, and that all is well', async () => {
    answer = { version: '1.2.3', cameras: [door], refused: null, refusedOverHttp: null };
    const { code, out } = await hub('status', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out.join())).toMatchObject({
      version: '1.2.3',
      cameras: [
        {
          id: 'door',
          state: { kind: 'online', since: '2026-03-01T12:00:00.000Z' },
          onvif: {
            state: { kind: 'connected', since: '2026-03-01T12:00:00.000Z' },
            lastEvent: { claim: 'person', at: '2026-03-01T12:00:00.000Z' },
          },
          lastEvent: { rings: ['2026-03-01T12:00:02.000Z'] },
        },
      ],
    });
  });

  it('takes no camera', async () => {
    expect(await hub('status', 'door')).toMatchObject({ code: 2 });
  });
});

it('says where it looked', async () => {
  expect((await lookout('status')).err).toMatch(/no folder \/nonexistent\/\.homebridge\/lookout/);
});
