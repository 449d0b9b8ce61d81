import {
  agreed,
  asDetected,
  isOfEvent,
  maskOf,
  named,
  remembered,
  vouched,
  type Claim,
  type Witness,
  withWitnesses,
} from '../../../src/camera/events/witness.js';
import { Appraiser } from '../../../src/camera/events/appraiser.js';
import { EventKeeper } from '../../../src/camera/events/keeper.js';
import { countCells, hasCell } from '../../../src/detection/mask.js';
import type { Category, EventSource, StoredEvent } from '../../../src/events/event.js';
import { NOON } from '../../events/events.js';
import { FakeClock } from '../../media/rtp/fake-clock.js';
import { finding } from './detected.js';

const witness = (at: number, source: EventSource = 'mqtt', claim?: Claim): Witness => ({ at, source, claim });
const claimed = (at: number, change: Partial<Claim> = {}): Claim => ({
  ...{ category: 'person', confidence: 0.9, box: undefined, zones: [], until: at + 10_000 },
  ...change,
});
const event = (source: EventSource, agreement: EventSource[], category: Category = 'motion') => ({
  ...{ source, agreement, category },
});

it.each<[at: number, from: number, end: number | undefined, of: boolean]>([
  [0, 10_000, undefined, true],
  [-1, 10_000, undefined, false],
  [500_000, 10_000, undefined, true],
  [30_000, 10_000, 20_000, true],
  [30_001, 10_000, 20_000, false],
])('at %d, of an event from %d to %s: %s', (at, from, end, of) => {
  expect(isOfEvent(at, { from, end })).toBe(of);
});

it.each<[source: EventSource, agreement: EventSource[], by: EventSource, now: EventSource[]]>([
  ['hub', [], 'mqtt', ['mqtt']],
  ['hub', ['mqtt'], 'mqtt', ['mqtt']],
  ['mqtt', [], 'mqtt', []],
  ['hub', ['mqtt'], 'camera', ['mqtt', 'camera']],
])('of %s, agreed by %j and now %s: %j', (source, agreement, by, now) => {
  const before = event(source, agreement);
  const after = agreed(before, by);
  expect(after.agreement).toEqual(now);
  expect(after === before).toBe(now.length === agreement.length);
});

it.each<[category: Category, by: Category | undefined, now: Category]>([
  ['motion', undefined, 'motion'],
  ['motion', 'person', 'person'],
  ['vehicle', 'person', 'vehicle'],
])('%s, which is said to be %s, is %s', (category, by, now) => {
  expect(named(category, by)).toBe(now);
  const vouchedFor = vouched(event('hub', [], category), witness(0, 'mqtt', by && claimed(0, { category: by })));
  expect(vouchedFor).toEqual(event('hub', ['mqtt'], now));
});

it('remembers witnesses for as long as they may be of an event, and not without end', () => {
  let all: readonly Witness[] = [];
  for (let at = 0; at < 60_000; at += 100) all = remembered(all, witness(at));
  expect(all).toHaveLength(20);
  expect(remembered(all, witness(80_000))).toEqual([witness(80_000)]);
  const began = withWitnesses(event('hub', []), 20_000, [witness(9_999, 'camera'), witness(10_000), witness(21_000)]);
  expect(began.agreement).toEqual(['mqtt']);
});

it('knows the cells of a box', () => {
  expect(countCells(maskOf([0, 0, 1, 1]))).toBe(64 * 36);
  expect(countCells(maskOf([0, 0, 0, 0]))).toBe(0);
  const mask = maskOf([0.5, 0.5, 1 / 64, 1 / 36]);
  expect([countCells(mask), hasCell(mask, 18 * 64 + 32)]).toEqual([1, true]);
  expect(countCells(asDetected(0, claimed(0, { box: [-1, -1, 9, 9] })).mask)).toBe(64 * 36);
});

describe('a keeper', () => {
  let clock: FakeClock;
  let heard: string[];
  let last: StoredEvent | undefined;
  let keeper: EventKeeper;

  beforeEach(() => {
    clock = new FakeClock();
    heard = [];
    const began = clock.now();
    keeper = new EventKeeper({
      camera: { id: 'door', name: 'Door' },
      archive: undefined,
      appraiser: new Appraiser({ zones: [], window: 10_000, quiet: [] }),
      toEpoch: (time) => NOON + time,
      media: undefined,
      log: { info: () => undefined, warn: () => undefined },
      now: () => clock.now() - began,
      after: clock.after,
    });
    keeper.subscribe({
      event: (phase, stored, alert) => {
        last = stored;
        heard.push(`${phase} ${stored.category} ${stored.source}+${stored.agreement.join()}${alert ? ' alert' : ''}`);
      },
    });
  });
  afterEach(() => keeper.close());

  it('keeps that others saw the same, before and after', () => {
    expect(keeper.witness(witness(0))).toBeUndefined();
    keeper.hear(finding('start', { start: 1000, end: 2000 }));
    const seen = keeper.witness(witness(3000, 'camera'));
    keeper.witness(witness(3100, 'camera'));
    keeper.hear(finding('end', { start: 1000, end: 5000 }));
    expect(keeper.witness(witness(6000, 'homekit'))).toMatchObject({
      id: seen?.id,
      agreement: ['mqtt', 'camera', 'homekit'],
    });
    expect(keeper.witness(witness(60_000, 'homekit'))).toBeUndefined();
    expect(heard).toEqual([
      'start motion hub+mqtt alert',
      'update motion hub+mqtt,camera',
      'end motion hub+mqtt,camera',
    ]);
  });

  it('believes whom it is told to, until they are silent', () => {
    keeper.witness(witness(0, 'mqtt', claimed(0, { zones: ['Porch'] })));
    clock.advance(8000);
    keeper.witness(witness(8000, 'mqtt', claimed(8000)));
    clock.advance(9999);
    expect(heard).toHaveLength(2);
    clock.advance(1);
    expect(heard).toEqual(['start person mqtt+ alert', 'update person mqtt+', 'end person mqtt+']);
    expect(last).toMatchObject({ state: 'ended', start: NOON, end: NOON + 8000, zones: ['Porch'], confidence: 0.9 });
  });

  it('is told that it is over', () => {
    keeper.witness(witness(0, 'mqtt', claimed(0, { until: 300_000 })));
    clock.advance(20_000);
    keeper.unclaim(20_000);
    clock.advance(0);
    expect(heard.at(-1)).toBe('end person mqtt+');
    keeper.unclaim(21_000);
    expect(heard).toHaveLength(2);
  });

  it('makes one event of what is claimed and then seen, and alerts once', () => {
    const { id } = keeper.witness(witness(0, 'mqtt', claimed(0))) ?? {};
    clock.advance(4000);
    keeper.hear(finding('start', { start: 2000, end: 4000 }));
    clock.advance(4000);
    keeper.hear(finding('end', { start: 2000, end: 8000 }));
    clock.advance(2000);
    expect(heard).toEqual([
      'start person mqtt+ alert',
      'update person mqtt+hub',
      'update person mqtt+hub',
      'end person mqtt+hub',
    ]);
    expect(last).toMatchObject({ id, state: 'ended', start: NOON, end: NOON + 8000 });
    expect(last?.tracks).toHaveLength(1);
  });

  it('lets a trusted one name what the hub sees', () => {
    keeper.hear(finding('start', { start: 1000, end: 2000 }));
    keeper.witness(witness(2500, 'camera', claimed(2500)));
    keeper.hear(finding('update', { start: 1000, end: 4000 }));
    keeper.hear(finding('end', { start: 1000, end: 5000 }));
    expect(heard).toEqual([
      'start motion hub+ alert',
      'update person hub+camera',
      'update person hub+camera',
      'end person hub+camera',
    ]);
  });

  it('alerts anew when a claim follows long after another, and not when it follows soon', () => {
    for (const at of [0, 8000, 60_000]) {
      keeper.witness(witness(at, 'mqtt', claimed(at, { until: at + 1000 })));
      keeper.interrupt();
      clock.advance(60_000);
    }
    expect(heard.filter((line) => line.startsWith('start'))).toHaveLength(3);
    expect(heard.filter((line) => line.endsWith('alert'))).toHaveLength(2);
  });
});
