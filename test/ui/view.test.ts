import fc from 'fast-check';
import type { CameraStatus } from '../../src/control/messages.js';
import type { Report } from '../../src/page/messages.js';
import { cameraView } from '../../ui/camera.js';
import { recordingView } from '../../ui/recording.js';
import { timesOf } from '../../ui/times.js';
import { type PageState, pageView } from '../../ui/view.js';
import { camera, NOON, status, times } from './statuses.js';

const pageOf = (report: Report | undefined, known: Partial<PageState> = {}) =>
  pageView({ report, silent: false, configured: true, pressed: new Map(), ...known }, times);
const cardOf = (known: Partial<CameraStatus>) => cameraView(camera(known), undefined, times);
const factOf = (label: string, known: Partial<CameraStatus>): string | undefined =>
  cardOf(known).facts.find((fact) => fact.label === label)?.text;

const running = (...cameras: CameraStatus[]): Report => ({ kind: 'running', status: status(cameras) });
const trouble = (fault: Extract<Report, { kind: 'trouble' }>['fault']): Report => ({
  ...{ kind: 'trouble', fault },
  message: 'what the command line says',
});

describe('the page', () => {
  it.each<[string, PageState['report'], Partial<PageState>, string, RegExp]>([
    ['before the first report', undefined, {}, 'waiting', /^Asking/],
    ['a hub that does not run', trouble('not-running'), {}, 'bad', /^Lookout is not running\. Start Homebridge/],
    ['no camera yet', trouble('not-running'), { configured: false }, 'waiting', /^No camera is set up yet\./],
    ['another user’s hub', trouble('forbidden'), { configured: false }, 'bad', /as another user/],
    ['a hub without an answer', trouble('lost'), {}, 'warning', /gives no answer.*restart Homebridge/],
    ['a hub of another version', trouble('strange'), {}, 'bad', /not the version of this page\. Restart Homebridge/],
    ['too many who ask', trouble('busy'), {}, 'warning', /Try again/],
    ['anything else', trouble('failed'), {}, 'bad', /^what the command line says$/],
    ['no reports any longer', running(camera()), { silent: true }, 'warning', /hears nothing.*open it again/],
  ])('says of %s what is in the way, and shows no camera', (_, report, known, tone, text) => {
    expect(pageOf(report, known)).toEqual({
      notice: { tone, text: expect.stringMatching(text) as string },
      summary: undefined,
      refused: undefined,
      cameras: [],
    });
  });

  it('has a card for each camera, and says nothing else where all is well', () => {
    const view = pageOf(running(camera(), camera({ id: 'yard', name: 'Yard' })));
    expect(view).toMatchObject({ notice: undefined, summary: 'Lookout 1.2.3, 2 cameras', refused: undefined });
    expect(view.cameras.map(({ id }) => id)).toEqual(['door', 'yard']);
    expect(pageOf(running(camera())).summary).toBe('Lookout 1.2.3, one camera');
  });

  it.each([
    [null, null, undefined],
    [{ topic: 0 }, { token: 0 }, undefined],
    [{ topic: 2, retained: 1 }, null, 'Refused over MQTT: 2 topic, 1 retained'],
    [{ topic: 1 }, { token: 3 }, 'Refused over MQTT: 1 topic; Refused over HTTP: 3 token'],
  ])('tells what was refused: %j, %j', (refused, refusedOverHttp, expected) => {
    const report: Report = { kind: 'running', status: status([], { refused, refusedOverHttp }) };
    expect(pageOf(report).refused).toBe(expected);
  });
});

describe('a camera’s card', () => {
  const since = NOON - 60_000;

  it.each<[Partial<CameraStatus>, string, string, string | undefined]>([
    [{ state: { kind: 'online', since } }, 'good', 'Connected since 11:59', undefined],
    [{ state: { kind: 'connecting', since } }, 'waiting', 'Connecting since 11:59', undefined],
    [{ state: { kind: 'offline', since, reason: 'It is gone.' } }, 'bad', 'Offline since 11:59', 'It is gone.'],
    [{ state: { kind: 'off', since } }, 'off', 'Off since 11:59', undefined],
    [
      { state: { kind: 'off', since }, modes: { active: false } },
      'off',
      'Off since 11:59',
      'Switched off in the Home app.',
    ],
    [
      { state: { kind: 'off', since }, modes: { active: false, privacy: true } },
      ...(['off', 'Off since 11:59', 'Switched off by its switch “Privacy” in HomeKit.'] as const),
    ],
    [{ state: { kind: 'offline', since: NOON - 86_400_000 } }, 'bad', 'Offline since 31 May 2026, 12:00', undefined],
  ])('says how it is: %j', (known, tone, text, reason) => {
    expect(cardOf(known)).toMatchObject({ state: { tone, text }, reason });
  });

  const watch = (mode: string) => ({ mode, stream: 'main', why: 'Why.' });
  it.each<[string, Partial<CameraStatus>, string | undefined]>([
    ['Watch', {}, 'Always. It is small.'],
    [
      'Watch',
      { detection: { enabled: true, active: true, doubt: 0, watch: watch('keyframes') } },
      'By keyframes. Why.',
    ],
    ['Watch', { detection: { enabled: true, active: true, doubt: 0, watch: watch('toString') } }, 'toString. Why.'],
    [
      'Watch',
      { detection: { enabled: true, active: false, doubt: 0, watch: watch('always') } },
      'Always, but not now. Why.',
    ],
    [
      'Watch',
      { detection: { enabled: true, active: true, doubt: 0.5, watch: watch('always') } },
      'Always. Why. It takes more to be an event around this time of day, as some were called wrong.',
    ],
    ['Watch', { detection: { enabled: true, active: false, doubt: 0, watch: null } }, 'Not now'],
    ['Watch', { detection: { enabled: false, active: false, doubt: 0, watch: null } }, 'Not wanted by the settings'],
    ['Watch', { modes: { detection: false } }, 'Paused by its switch “Detection” in HomeKit'],
    ['Watch', { state: { kind: 'off', since } }, 'Not while it is off'],
    ['Watch', { state: { kind: 'offline', since } }, 'Not until it is connected'],
    ['Watch', { state: { kind: 'connecting', since } }, 'Not until it is connected'],
    ['Chime', {}, undefined],
    ['Chime', { type: 'doorbell' }, 'On'],
    ['Chime', { type: 'doorbell', modes: { chime: false } }, 'Off: rings are kept, and nobody hears them'],
    ['ONVIF', {}, undefined],
    ['ONVIF', { onvif: { state: { kind: 'off' }, offers: [], lastEvent: null, tampered: false } }, 'off'],
    [
      'ONVIF',
      {
        onvif: {
          state: { kind: 'trouble', since, reason: 'No login.' },
          ...{ device: 'Maker X1', offers: ['motion'], lastEvent: null, tampered: true },
        },
      },
      'Maker X1, trouble since 11:59: No login., says that it is covered, moved or out of focus',
    ],
    ['Last event', {}, 'none yet'],
    [
      'Last event',
      { lastEvent: { id: 'x', start: since, end: NOON, category: 'motion', rings: [since] } },
      '11:59:00, motion, rang',
    ],
  ])('tells of its %s: %j', (label, known, expected) => {
    expect(factOf(label, known)).toBe(expected);
  });

  it('has a test button for a doorbell alone', () => {
    expect(cardOf({}).ring).toBeUndefined();
    expect(cardOf({ type: 'doorbell' }).ring).toEqual({ busy: false, said: undefined });
    const pressed = { press: { kind: 'asking' }, state: 'online' } as const;
    expect(cameraView(camera({ type: 'doorbell' }), pressed, times).ring).toEqual({
      busy: true,
      said: { tone: 'waiting', text: 'Ringing …' },
    });
  });

  it('has names as they are, whatever they look like, and never fails', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.double(), (name, mode, time) => {
        const status = camera({
          name,
          state: { kind: 'offline', since: time, reason: name },
          detection: { enabled: true, active: true, doubt: 0, watch: { mode, stream: name, why: name } },
          recording: [{ name, holds: false, text: name }],
          modes: { [mode]: true },
        });
        const view = pageOf(running(status)).cameras[0];
        expect([view?.name, view?.reason]).toEqual([name, name]);
      }),
    );
  });
});

describe('the chain of a recording', () => {
  const chain = (...holding: boolean[]) =>
    ['motion sensor', 'configuration', 'active', 'last motion', 'last open', 'last close'].map((name, place) => ({
      name,
      holds: holding[place] ?? false,
      text: name === 'last motion' ? '2026-06-01T11:59:03.123Z' : 'text',
    }));

  it('names the first link that is missing, and what to do', () => {
    expect(recordingView(chain(true, false, true), times)).toMatchObject({
      summary: 'Waits for “configuration”',
      holds: false,
      remedy: expect.stringContaining('Stream & Allow Recording') as string,
    });
    expect(recordingView(chain(true, true), times).remedy).toContain('off in the Home app');
    expect(recordingView(chain(true, true, true), times).remedy).toContain('Nothing has moved');
    expect(recordingView(chain(true, true, true, true), times).remedy).toContain('No home hub has asked');
    expect(recordingView(chain(true, true, true, true, true), times).remedy).toContain('goes on');
  });

  it('has every link, with times of the clock on the wall', () => {
    const view = recordingView(chain(true, true, true, true, true, true), times);
    expect(view).toMatchObject({ summary: 'Works', holds: true, remedy: undefined });
    expect(view.links.map(({ text }) => text)).toEqual(['text', 'text', 'text', '11:59:03', 'text', 'text']);
  });

  it('knows no remedy for a link that it does not know', () => {
    const link = { name: 'constructor', holds: false, text: 'x' };
    expect(recordingView([link], times)).toMatchObject({ summary: 'Waits for “constructor”', remedy: undefined });
  });

  it('is not there where nothing is wanted', () => {
    expect(cardOf({}).recording).toBeUndefined();
    expect(factOf('Recording', {})).toBe('Not wanted by the settings');
    expect(cardOf({ recording: chain(true) }).recording?.links).toHaveLength(6);
    expect(factOf('Recording', { recording: chain(true) })).toBeUndefined();
  });
});

it('tells times with the day where that is not today', () => {
  const { minute, second } = timesOf(() => NOON, 'en-GB', 'UTC');
  expect([minute(NOON), second(NOON)]).toEqual(['12:00', '12:00:00']);
  expect(second(NOON + 86_400_000)).toBe('2 Jun 2026, 12:00:00');
  expect([minute(Number.NaN), minute(1e300)]).toEqual(['?', '?']);
});
