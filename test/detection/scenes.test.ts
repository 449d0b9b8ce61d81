import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { DisturbanceKind } from '../../bench/detection/disturb.js';
import type { DetectedEvent, Finding, Reason } from '../../src/detection/types.js';
import type { Shown, Wish } from './shown.js';

const SEEDS = [11, 23, 37, 41, 59, 67, 73, 89];

interface Outcome extends Shown {
  readonly events: DetectedEvent[];
  readonly reasons: Reason[];
}

const eventsOf = (findings: readonly Finding[]): DetectedEvent[] =>
  findings.flatMap((f) => (f.type === 'event' && f.phase === 'end' ? [f.event] : []));

let worker: Worker;
beforeAll(() => {
  const sources = new URL('../../bench/detection/sources.mjs', import.meta.url);
  worker = new Worker(new URL('shown.ts', import.meta.url), { execArgv: ['--no-warnings', '--import', sources.href] });
});
afterAll(() => worker.terminate());

async function show(lay: Wish['lay'], sensitivities: readonly number[] = []): Promise<Outcome[]> {
  worker.postMessage(SEEDS.map((seed) => ({ seed, lay, sensitivities }) satisfies Wish));
  const [shown] = (await once(worker, 'message')) as [Shown[]];
  return shown.map(({ findings, by, seen }) => ({
    findings,
    by,
    seen,
    events: eventsOf(findings),
    reasons: findings.flatMap((f) => (f.type === 'non-event' ? [f.nonEvent.reason] : [])),
  }));
}

describe('nothing but noise', () => {
  it('is nothing', async () => {
    expect((await show('nothing')).flatMap((outcome) => outcome.findings)).toEqual([]);
  });
});

describe('disturbances', () => {
  const cases: { kind: DisturbanceKind; reasons: Reason[]; silent: number }[] = [
    { kind: 'exposure', reasons: ['exposure', 'infrared-switch', 'lighting'], silent: 8 },
    { kind: 'infrared', reasons: ['infrared-switch', 'exposure', 'camera-move', 'lighting'], silent: 0 },
    { kind: 'clouds', reasons: ['lighting', 'exposure', 'infrared-switch'], silent: 8 },
    { kind: 'move', reasons: ['camera-move'], silent: 4 },
    { kind: 'shake', reasons: ['camera-shake', 'lighting'], silent: 6 },
    { kind: 'insects', reasons: ['insect', 'precipitation'], silent: 2 },
    { kind: 'snow', reasons: ['precipitation', 'insect'], silent: 2 },
    { kind: 'rain', reasons: ['precipitation', 'insect'], silent: 8 },
    { kind: 'gusts', reasons: ['sway', 'noise', 'precipitation', 'lighting'], silent: 6 },
    { kind: 'noise', reasons: ['noise'], silent: 8 },
  ];
  it.each(cases)('$kind: no event and a reason that fits, in most scenes', async ({ kind, reasons, silent }) => {
    const outcomes = await show(kind);
    expect(outcomes.filter((outcome) => outcome.events.length > 0).length).toBeLessThanOrEqual(1);
    const said = outcomes.filter((outcome) => outcome.reasons.length > 0);
    expect(outcomes.length - said.length).toBeLessThanOrEqual(silent);
    const fitting = said.filter((outcome) => outcome.reasons.some((reason) => reasons.includes(reason)));
    expect(fitting.length).toBeGreaterThanOrEqual(Math.ceil(said.length * 0.6));
  });
});

describe('things that move', () => {
  it('are events, soon and without others', async () => {
    const shown = (await show('thing')).filter((outcome) => outcome.seen.some((span) => span.end - span.start >= 1500));
    expect(shown.length).toBeGreaterThanOrEqual(5);
    const found = shown.filter(({ events, seen }) => {
      const [first] = seen;
      return events.some((event) => first !== undefined && event.detectedAt - first.start <= 3000);
    });
    expect(found.length).toBeGreaterThanOrEqual(shown.length - 1);
    for (const { events, seen } of shown)
      for (const event of events)
        expect(seen.some((span) => event.start >= span.start - 1000 && event.start <= span.end + 1000)).toBe(true);
  });

  it('are no shadows because they and the wall behind them are plain', async () => {
    const shown = await show('plain');
    const soon = shown.filter(({ events, seen: [first] }) =>
      events.some((event) => first !== undefined && event.detectedAt - first.start <= 1500),
    );
    expect(soon.length).toBeGreaterThanOrEqual(shown.length - 1);
    expect(shown.every(({ events }) => events.length === 1)).toBe(true);
  });

  it('are one event for as long as they go to and fro', async () => {
    const shown = await show('pacing');
    const whole = shown.filter(({ events, seen: [first] }) => {
      const [event, ...others] = events;
      return others.length === 0 && event !== undefined && first !== undefined && event.end >= first.end - 1000;
    });
    expect(whole.length).toBeGreaterThanOrEqual(shown.length - 1);
  });

  it('leave a track, a mask and a box of where they went', async () => {
    const [event] = (await show('thing')).flatMap((outcome) => outcome.events);
    expect(event?.tracks.length).toBeGreaterThanOrEqual(1);
    expect(event?.mask.some((byte) => byte !== 0)).toBe(true);
    const [x, y, w, h] = event?.box ?? [0, 0, 0, 0];
    expect(Math.min(x, y, w, h)).toBeGreaterThanOrEqual(0);
    expect(Math.max(x + w, y + h)).toBeLessThanOrEqual(1.0001);
  });

  it('are found again, byte for byte, when the same frames come again', async () => {
    expect(await show('thing')).toEqual(await show('thing'));
  });
});

describe('sensitivity', () => {
  const LEVELS = [0, 25, 50, 75, 100];

  it.each(['thing', 'insects', 'gusts'] as const)('more of it never finds less: %s', async (lay) => {
    const outcomes = await show(lay, LEVELS);
    const seconds = LEVELS.map(() => 0);
    for (const { by, events } of outcomes) {
      expect(eventsOf(by[2] ?? [])).toEqual(events);
      const levels = by.map(eventsOf);
      for (const [level, found] of levels.entries()) {
        seconds[level] = (seconds[level] ?? 0) + found.reduce((sum, event) => sum + event.end - event.start, 0);
        for (const event of levels[level - 1] ?? [])
          expect(found.some((e) => e.detectedAt <= event.detectedAt && e.end >= event.start)).toBe(true);
      }
    }
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
    expect(seconds[4]).toBeGreaterThan(seconds[0] ?? Infinity);
  });
});
