import fc from 'fast-check';
import { MotionState, type EventPhase, type SensedEvent } from '../../src/homekit/motion-state.js';
import { FakeClock } from '../media/rtp/fake-clock.js';

/** A step at so many seconds: news of an event, with its last motion so many seconds before, or a change of watching. */
type Step =
  | readonly [at: number, phase: EventPhase, event?: Partial<SensedEvent> & { readonly ago?: number }]
  | readonly [at: number, watching: boolean];

/** Plays the steps and lets five more minutes pass; gives what was said of each place, in seconds: `12 porch on`. */
function play(steps: readonly Step[], hold = 10): string[] {
  const clock = new FakeClock();
  const began = clock.now();
  const said: string[] = [];
  const shown = new Map([
    ['camera', false],
    ['porch', false],
    ['yard', false],
  ]);
  const state = new MotionState({
    zones: ['porch', 'yard'],
    hold: hold * 1000,
    clock,
    after: clock.after,
    signal: new AbortController().signal,
    changed: () => {
      for (const [place, before] of shown) {
        const now = place === 'camera' ? state.isOn : state.isOnIn(place);
        if (now !== before) said.push(`${(clock.now() - began) / 1000} ${place} ${now ? 'on' : 'off'}`);
        shown.set(place, now);
      }
    },
  });
  for (const [at, step, { ago = 0, ...event } = {}] of steps) {
    clock.advance(began + at * 1000 - clock.now());
    if (typeof step === 'boolean') state.watch(step);
    else state.hear(step, { id: 'a', zones: [], heldBack: undefined, end: clock.wallclock() - ago * 1000, ...event });
  }
  clock.advance(600_000);
  expect(clock.pending).toBe(0);
  return said;
}

const PRECEDING = { heldBack: 'preceding-event' } as const;
const IGNORED = { heldBack: 'ignored-zone' } as const;
const QUIET = { heldBack: 'quiet-hours' } as const;

describe('the motion sensor', () => {
  it.each<[name: string, steps: readonly Step[], said: readonly string[], hold?: number]>([
    [
      'stays on until so long after the last motion',
      [
        [0, 'start'],
        [2, 'update'],
        [9, 'end', { ago: 4 }],
      ],
      ['0 camera on', '15 camera off'],
    ],
    [
      'goes off with the end where that comes later',
      [
        [0, 'start'],
        [9, 'end', { ago: 4 }],
      ],
      ['0 camera on', '9 camera off'],
      3,
    ],
    [
      'goes off with the end without a hold',
      [
        [0, 'start'],
        [9, 'end'],
      ],
      ['0 camera on', '9 camera off'],
      0,
    ],
    [
      'is on through a pause that is shorter than the hold',
      [
        [0, 'start'],
        [5, 'end'],
        [14, 'start', { id: 'b' }],
        [20, 'end', { id: 'b' }],
      ],
      ['0 camera on', '30 camera off'],
    ],
    [
      'goes on and off with each of two events',
      [
        [0, 'start'],
        [5, 'end'],
        [15, 'start', { id: 'b' }],
        [20, 'end', { id: 'b' }],
      ],
      ['0 camera on', '15 camera off', '15 camera on', '30 camera off'],
    ],
    [
      'waits for the last of two at once',
      [
        [0, 'start'],
        [1, 'start', { id: 'b' }],
        [5, 'end'],
        [40, 'end', { id: 'b' }],
      ],
      ['0 camera on', '50 camera off'],
    ],
    [
      'waits for the later motion, whichever is told first',
      [
        [0, 'start'],
        [1, 'start', { id: 'b' }],
        [20, 'end'],
        [21, 'end', { id: 'b', ago: 15 }],
      ],
      ['0 camera on', '30 camera off'],
    ],
    ['hears of an event first when that has ended', [[5, 'end', { ago: 4 }]], ['5 camera on', '11 camera off']],
    ['hears of an event too late', [[5, 'end', { ago: 10 }]], []],

    [
      'is kept on by an event that follows',
      [
        [0, 'start'],
        [5, 'end'],
        [14, 'start', { id: 'b', ...PRECEDING }],
        [60, 'update', { id: 'b', ...PRECEDING }],
        [70, 'end', { id: 'b', ...PRECEDING }],
      ],
      ['0 camera on', '80 camera off'],
    ],
    [
      'is not switched on by one that follows',
      [
        [0, 'start'],
        [5, 'end'],
        [16, 'start', { id: 'b', ...PRECEDING }],
        [20, 'update', { id: 'b', ...PRECEDING }],
        [22, 'end', { id: 'b', ...PRECEDING }],
      ],
      ['0 camera on', '15 camera off'],
    ],
    [
      'goes on with what a long event was cut into',
      [
        [0, 'start'],
        [120, 'end'],
        [120, 'start', { id: 'b', ...PRECEDING }],
        [240, 'end', { id: 'b', ...PRECEDING }],
      ],
      ['0 camera on', '250 camera off'],
    ],
    [
      'is kept on by one that follows from when another alerts',
      [
        [0, 'start', PRECEDING],
        [2, 'start', { id: 'b' }],
        [3, 'end', { id: 'b' }],
        [5, 'update', PRECEDING],
        [30, 'end', PRECEDING],
      ],
      ['2 camera on', '40 camera off'],
    ],

    [
      'does not heed quiet hours',
      [
        [0, 'start', QUIET],
        [2, 'update', QUIET],
        [4, 'end', QUIET],
      ],
      [],
    ],
    [
      'does not heed a zone to be ignored',
      [
        [0, 'start', IGNORED],
        [4, 'end', IGNORED],
      ],
      [],
    ],
    [
      'is not kept on by either',
      [
        [0, 'start'],
        [5, 'end'],
        [7, 'start', { id: 'b', ...QUIET }],
        [8, 'start', { id: 'c', ...IGNORED }],
        [9, 'end', { id: 'b', ...QUIET }],
        [40, 'end', { id: 'c', ...IGNORED }],
      ],
      ['0 camera on', '15 camera off'],
    ],
    [
      'goes on when a zone to be ignored is left',
      [
        [0, 'start', IGNORED],
        [6, 'update'],
        [8, 'end', IGNORED],
      ],
      ['6 camera on', '16 camera off'],
    ],
    [
      'goes on when that is known at the end only',
      [
        [0, 'start', IGNORED],
        [6, 'end', { ago: 4 }],
      ],
      ['6 camera on', '12 camera off'],
    ],

    [
      'goes off at once with the camera',
      [
        [0, 'start'],
        [4, false],
      ],
      ['0 camera on', '4 camera off'],
    ],
    [
      'goes off at once while it holds',
      [
        [0, 'start'],
        [4, 'end'],
        [6, false],
      ],
      ['0 camera on', '6 camera off'],
    ],
    [
      'hears nothing meanwhile',
      [
        [0, 'start'],
        [4, false],
        [5, 'end'],
        [5, 'start', { id: 'b' }],
        [6, true],
      ],
      ['0 camera on', '4 camera off'],
    ],
    [
      'goes on anew afterwards',
      [
        [0, 'start'],
        [4, false],
        [6, true],
        [7, 'start', { id: 'b', ...PRECEDING }],
        [8, 'start', { id: 'c' }],
        [9, 'end', { id: 'c' }],
      ],
      ['0 camera on', '4 camera off', '8 camera on', '19 camera off'],
    ],
    [
      'is not told twice that it is watched',
      [
        [0, 'start'],
        [1, true],
        [4, 'end'],
      ],
      ['0 camera on', '14 camera off'],
    ],

    [
      'gives up an event that is not heard of',
      [
        [0, 'start'],
        [20, 'update'],
      ],
      ['0 camera on', '170 camera off'],
    ],
    [
      'holds after that as well',
      [
        [0, 'start'],
        [20, 'update'],
      ],
      ['0 camera on', '320 camera off'],
      300,
    ],
    [
      'hears of it again after all',
      [
        [0, 'start'],
        [160, 'update'],
        [161, 'end'],
      ],
      ['0 camera on', '150 camera off', '160 camera on', '171 camera off'],
    ],
    [
      'gives up one while another goes on',
      [
        [0, 'start'],
        [100, 'start', { id: 'b' }],
        [200, 'update', { id: 'b' }],
        [210, 'end', { id: 'b' }],
      ],
      ['0 camera on', '220 camera off'],
    ],

    [
      'takes a last motion in the future for now',
      [
        [0, 'start', { ago: -3600 }],
        [5, 'end', { ago: -3600 }],
      ],
      ['0 camera on', '15 camera off'],
    ],
    [
      'takes one long ago as it is',
      [
        [0, 'start', { ago: 3600 }],
        [5, 'end', { ago: 3600 }],
      ],
      ['0 camera on', '5 camera off'],
    ],
  ])('%s', (_, steps, said, hold = 10) => {
    expect(play(steps, hold)).toEqual(said);
  });
});

describe("a zone's sensor", () => {
  const PORCH = { zones: ['porch'] };

  it.each<[name: string, steps: readonly Step[], said: readonly string[]]>([
    [
      'is on for events that have the zone',
      [
        [0, 'start'],
        [3, 'end'],
        [4, 'start', { id: 'b', ...PORCH }],
        [6, 'end', { id: 'b', ...PORCH }],
      ],
      ['0 camera on', '4 porch on', '16 camera off', '16 porch off'],
    ],
    [
      'goes on when an event comes there',
      [
        [0, 'start'],
        [3, 'update', { zones: ['yard'] }],
        [5, 'update', { zones: ['yard', 'porch'] }],
        [9, 'end', { zones: ['yard', 'porch'] }],
      ],
      ['0 camera on', '3 yard on', '5 porch on', '19 camera off', '19 porch off', '19 yard off'],
    ],
    [
      'holds from when an event no longer has the zone',
      [
        [0, 'start', PORCH],
        [3, 'update'],
        [20, 'end'],
      ],
      ['0 camera on', '0 porch on', '10 porch off', '30 camera off'],
    ],
    [
      'is off for a zone that has no sensor',
      [
        [0, 'start', { zones: ['street'] }],
        [1, 'end', { zones: ['street'] }],
      ],
      ['0 camera on', '11 camera off'],
    ],
    [
      'is off in quiet hours',
      [
        [0, 'start', { ...PORCH, ...QUIET }],
        [1, 'end', { ...PORCH, ...QUIET }],
      ],
      [],
    ],
    [
      'goes on for what follows while the camera’s is on',
      [
        [0, 'start', { zones: ['yard'] }],
        [5, 'end', { zones: ['yard'] }],
        [12, 'start', { id: 'b', ...PORCH, ...PRECEDING }],
        [13, 'end', { id: 'b', ...PORCH, ...PRECEDING }],
      ],
      ['0 camera on', '0 yard on', '12 porch on', '15 yard off', '23 camera off', '23 porch off'],
    ],
    [
      'does not go on for what follows when all is off',
      [
        [0, 'start', { zones: ['yard'] }],
        [1, 'end', { zones: ['yard'] }],
        [12, 'start', { id: 'b', ...PORCH, ...PRECEDING }],
      ],
      ['0 camera on', '0 yard on', '11 camera off', '11 yard off'],
    ],
    [
      'goes off at once with the camera',
      [
        [0, 'start', PORCH],
        [4, false],
      ],
      ['0 camera on', '0 porch on', '4 camera off', '4 porch off'],
    ],
    [
      'gives up with the camera’s',
      [[0, 'start', PORCH]],
      ['0 camera on', '0 porch on', '150 camera off', '150 porch off'],
    ],
  ])('%s', (_, steps, said) => {
    expect(play(steps)).toEqual(said);
  });
});

describe('whatever is heard', () => {
  const heldBack = fc.constantFrom<SensedEvent['heldBack']>(
    undefined,
    'preceding-event',
    'quiet-hours',
    'ignored-zone',
  );
  const news = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    zones: fc.subarray(['porch', 'yard', 'street']),
    heldBack,
    ago: fc.integer({ min: -20, max: 20 }),
  });
  const step = fc.tuple(
    fc.integer({ min: 0, max: 30 }),
    fc.oneof(fc.boolean(), fc.constantFrom<EventPhase>('start', 'update', 'end')),
    news,
  );

  it('goes off in the end, zones no later than the camera, on and off by turns', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.integer({ min: 0, max: 300 }), (gaps, hold) => {
        let at = 0;
        const steps = gaps.map(([gap, what, event]): Step => {
          at += gap;
          return typeof what === 'boolean' ? [at, what] : [at, what, event];
        });
        const said = play(steps, hold);
        const on = new Set<string>();
        for (const line of said) {
          const [, place = '', now] = line.split(' ');
          expect(on.has(place)).toBe(now === 'off');
          if (now === 'on') on.add(place);
          else on.delete(place);
          if (place !== 'camera' && now === 'on') expect(on).toContain('camera');
        }
        expect(on.size).toBe(0);
        if (steps.every(([, , event]) => event === undefined || event.heldBack !== undefined)) expect(said).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

it('has no timer once its owner has ended', () => {
  const clock = new FakeClock();
  const life = new AbortController();
  const state = new MotionState({
    zones: [],
    hold: 10_000,
    clock,
    after: clock.after,
    changed: () => undefined,
    signal: life.signal,
  });
  state.hear('start', { id: 'a', zones: [], heldBack: undefined, end: clock.wallclock() });
  expect(clock.pending).toBe(1);
  life.abort();
  expect(clock.pending).toBe(0);
  state.hear('end', { id: 'a', zones: [], heldBack: undefined, end: clock.wallclock() });
  expect(clock.pending).toBe(0);
});
