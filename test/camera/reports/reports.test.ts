import { Allowance } from '../../../src/camera/reports/allowance.js';
import { report, type Report, type ReportedCamera } from '../../../src/camera/reports/reports.js';
import type { Witness } from '../../../src/camera/events/witness.js';
import { ALL_ON, type Modes } from '../../../src/camera/modes/modes.js';
import type { Verdict } from '../../../src/camera/rings/verdict.js';
import { event } from '../../events/events.js';

interface Situation {
  readonly trust?: boolean;
  readonly modes?: Partial<Modes>;
  readonly known?: boolean;
  readonly verdict?: Verdict | 'no button';
}

function told(
  what: Partial<Report>,
  { trust = false, modes, known = false, verdict = 'rings' }: Situation,
  ends = false,
) {
  const calls: string[] = [];
  let witness: Witness | undefined;
  const camera: ReportedCamera = {
    settings: {
      mqtt: { trust },
      detect: {
        zones: [
          { name: 'Porch', purpose: 'notice' },
          { name: 'Street', purpose: 'ignore' },
        ],
      },
    },
    modes: { current: { ...ALL_ON.modes, ...modes } },
    rings: verdict === 'no button' ? undefined : { press: () => ({ verdict, chime: true, event: undefined }) },
    detection: {
      candidate: (at) => void calls.push(`look ${at}`),
      witness: (each) => {
        witness = each;
        return known ? event() : undefined;
      },
      unclaim: (at) => void calls.push(`over ${at}`),
    },
  };
  const whole: Report = {
    ...{ says: 'motion', over: false, confidence: undefined, box: undefined, region: undefined },
    ...what,
  };
  const outcome = report(camera, whole, { at: 5, source: 'mqtt', ends });
  return { outcome, calls, witness };
}

it.each<[what: Partial<Report>, situation: Situation, outcome: string, calls: string[]]>([
  [{}, {}, 'looked', ['look 5']],
  [{}, { known: true }, 'known', ['look 5']],
  [{}, { modes: { privacy: true } }, 'off', []],
  [{ says: 'ring' }, { modes: { active: false } }, 'off', []],
  [{ over: true }, {}, 'over', []],
  [{ over: true }, { trust: true }, 'over', ['over 5']],
  [{ says: 'ring' }, {}, 'rings', []],
  [{ says: 'ring', over: true }, {}, 'over', []],
  [{ says: 'ring' }, { verdict: 'agrees' }, 'rings', []],
  [{ says: 'ring' }, { verdict: 'too-soon' }, 'too-soon', []],
  [{ says: 'ring' }, { verdict: 'no button' }, 'no-doorbell', []],
])('%j where %j: %s', (what, situation, outcome, calls) => {
  expect(told(what, situation)).toMatchObject({ outcome, calls });
});

it('claims nothing unless it is trusted', () => {
  expect(told({ says: 'person' }, {}).witness).toEqual({ at: 5, source: 'mqtt', claim: undefined });
  const what = { says: 'person', confidence: 0.5, region: 'PORCH' } as const;
  expect(told(what, { trust: true }).witness?.claim).toEqual({
    ...{ category: 'person', confidence: 0.5, box: undefined, zones: ['Porch'], until: 10_005 },
  });
  expect(told({ region: 'Street' }, { trust: true }, true).witness?.claim).toMatchObject({ zones: [], until: 120_005 });
});

it('allows so many at once, and so many a second', () => {
  const allowance = new Allowance({ burst: 3, perSecond: 2 }, 0);
  const times = [0, 0, 0, 0, 499, 500, 500, 400, 10_000, 10_000, 10_000, 10_000];
  expect(times.map((at) => (allowance.take(at) ? 'x' : '.')).join('')).toBe('xxx..x..xxx.');
});
