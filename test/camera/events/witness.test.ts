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
  ...{ by: 'button', category: 'person', confidence: 0.9, box: undefined, zones: [], until: at + 10_000 },
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
    keeper.unclaim(20_000, 'button');
    clock.advance(0);
    expect(heard.at(-1)).toBe('end person mqtt+');
    keeper.unclaim(21_000, 'button');
    expect(heard).toHaveLength(2);
  });

  /** What is said: by whom, and until when; or that it is over. */
  type Said = readonly [at: number, by: string, until: number | 'over'];
  it.each<[what: string, said: readonly Said[], ended: number]>([
    [
      'the camera does not end what MQTT claims',
      [
        [0, 'mqtt', 60],
        [1, 'camera', 90],
        [20, 'camera', 'over'],
      ],
      60,
    ],
    [
      'MQTT does not end what the camera claims',
      [
        [0, 'camera', 90],
        [1, 'mqtt', 60],
        [20, 'mqtt', 'over'],
      ],
      90,
    ],
    [
      'the last who says so ends it',
      [
        [0, 'a', 90],
        [1, 'b', 90],
        [20, 'a', 'over'],
        [30, 'b', 'over'],
      ],
      30,
    ],
    [
      'who claims nothing ends nothing',
      [
        [0, 'a', 40],
        [20, 'b', 'over'],
      ],
      40,
    ],
    [
      'who says it anew ends all of it',
      [
        [0, 'a', 40],
        [20, 'a', 90],
        [30, 'a', 'over'],
      ],
      30,
    ],
    [
      'a shorter word does not cut a longer one',
      [
        [0, 'a', 90],
        [20, 'a', 30],
      ],
      90,
    ],
    [
      'what is over at once lasts a moment',
      [
        [0, 'a', 90],
        [1, 'a', 'over'],
      ],
      6,
    ],
    [
      'one of whom nothing more is heard',
      [
        [0, 'a', 90],
        [1, 'b', 30],
        [20, 'a', 'over'],
      ],
      30,
    ],
  ])('%s', (_, said, ended) => {
    let now = 0;
    for (const [at, by, until] of said) {
      clock.advance(at * 1000 - now);
      now = at * 1000;
      if (until === 'over') keeper.unclaim(now, by);
      else keeper.witness(witness(now, 'mqtt', claimed(now, { by, until: until * 1000 })));
    }
    clock.advance(ended * 1000 - now - 1);
    expect(last?.state).toBe('ongoing');
    clock.advance(1);
    expect(last?.state).toBe('ended');
    expect(heard.filter((line) => line.startsWith('start'))).toHaveLength(1);
  });

  it('hears that a claim is over while the hub sees the same', () => {
    keeper.witness(witness(0, 'mqtt', claimed(0, { until: 120_000 })));
    clock.advance(4000);
    keeper.hear(finding('start', { start: 2000, end: 4000 }));
    clock.advance(4000);
    keeper.unclaim(8000, 'button');
    clock.advance(1000);
    keeper.hear(finding('end', { start: 2000, end: 9000 }));
    expect(last?.state).toBe('ended');
  });

  it('keeps a bounded number of claims', () => {
    for (let nth = 0; nth < 1000; nth++)
      keeper.witness(witness(nth, 'mqtt', claimed(nth, { by: String(nth), until: 60_000 + nth })));
    for (let nth = 1000 - 64; nth < 1000; nth++) keeper.unclaim(20_000, String(nth));
    clock.advance(20_000);
    expect(last?.state).toBe('ended');
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
