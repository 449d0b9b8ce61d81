import { Allowance } from '../../../src/camera/reports/allowance.js';
import { report, type Report, type ReportedCamera, type ReportSource } from '../../../src/camera/reports/reports.js';
import type { Witness } from '../../../src/camera/events/witness.js';
import { ALL_ON, type Modes } from '../../../src/camera/modes/modes.js';
import type { Verdict } from '../../../src/camera/rings/verdict.js';
import { event } from '../../events/events.js';

interface Situation {
  readonly trust?: boolean;
  readonly modes?: Partial<Modes>;
  readonly known?: boolean;
  readonly verdict?: Verdict | 'no button';
  readonly source?: ReportSource;
}

function told(
  what: Partial<Report>,
  { trust = false, modes, known = false, verdict = 'rings', source = 'mqtt' }: Situation,
  ends = false,
) {
  const calls: string[] = [];
  let witness: Witness | undefined;
  const camera: ReportedCamera = {
    settings: {
      mqtt: { trust: trust && (source === 'mqtt' || source === 'http') },
      onvif: { trust: trust && source === 'onvif' },
      homekit: { trust: trust && source === 'homekit' },
      detect: {
        zones: [
          { name: 'Porch', purpose: 'notice' },
          { name: 'Street', purpose: 'ignore' },
        ],
      },
    },
    modes: { current: { ...ALL_ON.modes, ...modes } },
    rings:
      verdict === 'no button'
        ? undefined
        : {
            press: (press) => {
              calls.push(`${press.source} presses at ${press.at}`);
              return { verdict, chime: true, event: undefined };
            },
          },
    detection: {
      candidate: (at, by) => void calls.push(`look ${at} for ${by}`),
      witness: (each) => {
        witness = each;
        return known ? event() : undefined;
      },
      unclaim: (at, by) => void calls.push(`over ${at} for ${by}`),
    },
  };
  const whole: Report = {
    ...{ says: 'motion', over: false, confidence: undefined, box: undefined, region: undefined },
    ...what,
  };
  const outcome = report(camera, whole, { at: 5, source, ends, by: 'x' });
  return { outcome, calls, witness };
}

it.each<[what: Partial<Report>, situation: Situation, outcome: string, calls: string[]]>([
  [{}, {}, 'looked', ['look 5 for mqtt']],
  [{}, { known: true }, 'known', ['look 5 for mqtt']],
  [{}, { modes: { privacy: true } }, 'off', []],
  [{ says: 'ring' }, { modes: { active: false } }, 'off', []],
  [{ over: true }, {}, 'over', []],
  [{ over: true }, { trust: true }, 'over', ['over 5 for mqtt x']],
  [{ over: true }, { trust: true, source: 'onvif' }, 'over', ['over 5 for onvif x']],
  [{}, { source: 'http' }, 'looked', ['look 5 for http']],
  [{}, { source: 'onvif' }, 'looked', ['look 5 for onvif']],
  [{}, { source: 'homekit' }, 'looked', ['look 5 for homekit']],
  [{}, { source: 'homekit', modes: { privacy: true } }, 'off', []],
  [{ over: true }, { trust: true, source: 'homekit' }, 'over', ['over 5 for homekit x']],
  [{ says: 'ring' }, { source: 'homekit' }, 'rings', ['homekit presses at 5']],
  [{ says: 'ring' }, { source: 'http' }, 'rings', ['http presses at 5']],
  [{ says: 'ring' }, { source: 'onvif' }, 'rings', ['camera presses at 5']],
  [{ says: 'ring' }, {}, 'rings', ['mqtt presses at 5']],
  [{ says: 'ring', over: true }, {}, 'over', []],
  [{ says: 'ring' }, { verdict: 'agrees' }, 'rings', ['mqtt presses at 5']],
  [{ says: 'ring' }, { verdict: 'too-soon' }, 'too-soon', ['mqtt presses at 5']],
  [{ says: 'ring' }, { verdict: 'no button' }, 'no-doorbell', []],
])('%j where %j: %s', (what, situation, outcome, calls) => {
  expect(told(what, situation)).toMatchObject({ outcome, calls });
});

it('claims nothing unless it is trusted', () => {
  expect(told({ says: 'person' }, {}).witness).toEqual({ at: 5, source: 'mqtt', claim: undefined });
  const what = { says: 'person', confidence: 0.5, region: 'PORCH' } as const;
  expect(told(what, { trust: true }).witness?.claim).toEqual({
    ...{ by: 'mqtt x', category: 'person', confidence: 0.5, box: undefined, zones: ['Porch'], until: 10_005 },
  });
  expect(told({ region: 'Street' }, { trust: true }, true).witness?.claim).toMatchObject({ zones: [], until: 120_005 });
});

it.each<[source: ReportSource, as: string]>([
  ['mqtt', 'mqtt'],
  ['http', 'camera'],
  ['onvif', 'camera'],
  ['homekit', 'homekit'],
])('is kept of %s as what %s says, where that source is trusted', (source, as) => {
  const { witness } = told({}, { trust: true, source }, true);
  expect(witness).toMatchObject({ source: as, claim: { category: 'motion', until: 120_005 } });
});

it('allows so many at once, and so many a second', () => {
  const allowance = new Allowance({ burst: 3, perSecond: 2 }, 0);
  const times = [0, 0, 0, 0, 499, 500, 500, 400, 10_000, 10_000, 10_000, 10_000];
  expect(times.map((at) => (allowance.take(at) ? 'x' : '.')).join('')).toBe('xxx..x..xxx.');
});
