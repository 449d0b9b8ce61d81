import type { Phase } from '../../../src/camera/events/appraiser.js';
import { Appraiser } from '../../../src/camera/events/appraiser.js';
import type { DetectedEvent } from '../../../src/detection/types.js';
import { POINTS } from '../../../src/detection/weigh.js';
import { detected } from './detected.js';

const ZONES = [
  { name: 'Porch', purpose: 'notice' },
  { name: 'Street', purpose: 'ignore' },
  { name: 'Window', purpose: 'mask' },
] as const;
const NIGHT = { from: 22 * 60, to: 6 * 60 };
const MIDDAY = 720;
const MIDNIGHT = 0;

type Step = readonly [phase: Phase, change: Partial<DetectedEvent>, minute?: number | undefined];

/** Phases of an event, each 1 s long, with what it has at its start and at its end. */
const whole = (id: number, start: number, zones: readonly string[], after = zones, minute = MIDDAY): Step[] => [
  ['start', { id, start, end: start, zones }, minute],
  ['end', { id, start, end: start + 1000, zones: after }, minute],
];

const outcomes = (steps: readonly Step[]) => {
  const appraiser = new Appraiser({ zones: ZONES, window: 10_000, quiet: [NIGHT] });
  return steps.map(([phase, change, minute = MIDDAY]) => {
    const { heldBack, alert } = appraiser.appraise(phase, detected(change), minute);
    return alert ? 'alert' : (heldBack ?? 'told');
  });
};

describe('who is alerted', () => {
  it.each<readonly [string, readonly Step[], readonly string[]]>([
    ['an event alone', whole(1, 0, ['Porch']), ['alert', 'told']],
    ['outside of all zones', whole(1, 0, []), ['alert', 'told']],
    ['in quiet hours', whole(1, 0, [], [], MIDNIGHT), ['quiet-hours', 'quiet-hours']],
    [
      'what is decided at the start stays when quiet hours end',
      [
        ['start', { id: 1 }, MIDNIGHT],
        ['update', { id: 1 }, MIDDAY],
      ],
      ['quiet-hours', 'quiet-hours'],
    ],
    [
      'soon after another',
      [...whole(1, 0, []), ...whole(2, 10_900, [])],
      ['alert', 'told', 'preceding-event', 'preceding-event'],
    ],
    ['not so soon after another', [...whole(1, 0, []), ...whole(2, 11_000, [])], ['alert', 'told', 'alert', 'told']],
    [
      'soon after one that was held back itself',
      [...whole(1, 0, []), ...whole(2, 9000, []), ...whole(3, 18_000, []), ...whole(4, 29_000, [])],
      ['alert', 'told', ...Array<string>(4).fill('preceding-event'), 'alert', 'told'],
    ],
    [
      'soon after an ignored one',
      [...whole(1, 0, ['Street']), ...whole(2, 5000, [])],
      ['ignored-zone', 'ignored-zone', 'preceding-event', 'preceding-event'],
    ],
    [
      'goes on from another, however late that was seen to end',
      [...whole(1, 0, []), ...whole(2, 100_000, []).map(([p, e, m]): Step => [p, { ...e, continues: 1 }, m])],
      ['alert', 'told', 'preceding-event', 'preceding-event'],
    ],
    ['in a zone that is to be ignored', whole(1, 0, ['Street']), ['ignored-zone', 'ignored-zone']],
    ['in both kinds of zones', whole(1, 0, ['Street', 'Porch']), ['ignored-zone', 'ignored-zone']],
    [
      'leaves the zone that is to be ignored: once, from then on',
      [
        ['start', { id: 1, zones: ['Street'] }],
        ['update', { id: 1, zones: ['Street'] }],
        ['update', { id: 1, zones: ['Porch'] }],
        ['update', { id: 1, zones: ['Street'] }],
        ['update', { id: 1, zones: [] }],
        ['end', { id: 1, zones: ['Street'] }],
      ],
      ['ignored-zone', 'ignored-zone', 'alert', 'told', 'told', 'told'],
    ],
    ['leaves it as it ends', whole(1, 0, ['Street'], []), ['ignored-zone', 'alert']],
    ['leaves it in quiet hours', whole(1, 0, ['Street'], [], MIDNIGHT), ['ignored-zone', 'quiet-hours']],
    [
      'leaves it, soon after one of which somebody was told',
      [...whole(1, 0, []), ...whole(2, 5000, ['Street'], [])],
      ['alert', 'told', 'ignored-zone', 'preceding-event'],
    ],
    [
      'leaves it, soon after one that was ignored',
      [...whole(1, 0, ['Street']), ...whole(2, 5000, ['Street'], [])],
      ['ignored-zone', 'ignored-zone', 'ignored-zone', 'alert'],
    ],
    [
      'leaves it after a cut',
      [
        ...whole(1, 0, ['Street']),
        ...whole(2, 1000, ['Street'], []).map(([p, e]): Step => [p, { ...e, continues: 1 }]),
      ],
      ['ignored-zone', 'ignored-zone', 'ignored-zone', 'alert'],
    ],
    [
      'leaves it at a cut',
      [...whole(1, 0, ['Street']), ...whole(2, 1000, []).map(([p, e]): Step => [p, { ...e, continues: 1 }])],
      ['ignored-zone', 'ignored-zone', 'alert', 'told'],
    ],
    [
      'goes into it later',
      [
        ['start', { id: 1, zones: [] }],
        ['update', { id: 1, zones: ['Street'] }],
      ],
      ['alert', 'told'],
    ],
    ['was not heard of before its end', [['end', { id: 9 }]], ['alert']],
  ])('%s', (_, steps, expected) => {
    expect(outcomes(steps)).toEqual(expected);
  });

  it('still knows what ended before the detector began anew, and no ids of it', () => {
    const appraiser = new Appraiser({ zones: ZONES, window: 10_000, quiet: [] });
    const say = (phase: Phase, change: Partial<DetectedEvent>) =>
      appraiser.appraise(phase, detected(change), MIDDAY).heldBack;
    say('start', { id: 1, start: 0, zones: ['Street'] });
    say('end', { id: 1, start: 0, end: 1000, zones: ['Street'] });
    say('start', { id: 2, start: 60_000 });
    appraiser.restart();
    expect(say('start', { id: 2, start: 5000, continues: 1 })).toBe('preceding-event');
  });
});

describe('importance', () => {
  const importance = (zones: readonly string[], all: typeof ZONES | readonly [] = ZONES) =>
    new Appraiser({ zones: all, window: 0, quiet: [] }).appraise('start', detected({ zones }), MIDDAY).importance;

  it.each([
    ['in a zone to be noticed', importance(['Porch']), POINTS.zone],
    ['outside of them', importance([]), 0],
    ['where there is none', importance([], []), POINTS.zone / 2],
  ])('%s', (_, { factors }, zone) => {
    expect(factors.zone).toBe(zone);
  });

  it('grows with what is seen of the event', () => {
    const appraiser = new Appraiser({ zones: [], window: 0, quiet: [] });
    const small = appraiser.appraise('start', detected({ tracks: [], end: 1000 }), MIDDAY).importance;
    const large = appraiser.appraise('update', detected(), MIDNIGHT).importance;
    expect(small.factors).toMatchObject({ size: 0, speed: 0, duration: 0, hour: 0 });
    expect(large.factors.size).toBeCloseTo(POINTS.size / 2);
    expect(large.factors.speed).toBeCloseTo(POINTS.speed / 5);
    expect(large.factors.duration).toBeCloseTo((POINTS.duration * 10) / 18);
    expect(large.factors.hour).toBe(POINTS.hour);
  });

  it('falls as the way becomes a usual one, learned once for each event, and kept', () => {
    const first = new Appraiser({ zones: [], window: 0, quiet: [] });
    const unusual = (appraiser: Appraiser, phase: Phase, id: number) =>
      appraiser.appraise(phase, detected({ id }), MIDDAY).importance.factors.unusual;
    expect(unusual(first, 'start', 1)).toBe(POINTS.unusual);
    expect(unusual(first, 'update', 1)).toBe(POINTS.unusual);
    expect(unusual(first, 'end', 1)).toBe(POINTS.unusual);
    expect(unusual(first, 'start', 2)).toBeCloseTo(POINTS.unusual * 0.85);
    for (let id = 2; id < 25; id++) unusual(first, 'end', id);
    expect(unusual(first, 'start', 25)).toBe(0);
    const next = new Appraiser({ zones: [], window: 0, quiet: [], paths: first.paths });
    expect(unusual(next, 'start', 1)).toBe(0);
    next.forget();
    expect(unusual(next, 'update', 1)).toBe(POINTS.unusual);
    expect(unusual(first, 'start', 26)).toBe(0);
  });
});
