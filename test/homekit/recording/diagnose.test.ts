import { closeReason } from '../../../src/homekit/recording/close-reason.js';
import { RecordingDiagnosis, recordingChain, sayChain } from '../../../src/homekit/recording/diagnose.js';
import { SELECTION } from './selections.js';

it.each([
  [0, 'normal'],
  [1, 'not allowed'],
  [2, 'busy'],
  [3, 'cancelled'],
  [4, 'unsupported'],
  [5, 'unexpected failure'],
  [6, 'timeout'],
  [7, 'bad data'],
  [8, 'protocol error'],
  [9, 'invalid configuration'],
  [10, 'reason 10'],
  [-1, 'reason -1'],
  [undefined, 'connection lost'],
])('close reason %s is called %s', (reason, name) => {
  expect(closeReason(reason)).toBe(name);
});

const diagnosis = () => {
  const said: string[] = [];
  const hints: string[] = [];
  const chain = new RecordingDiagnosis({
    ...{ motionLinked: true, wallclock: () => 1_700_000_000_000 },
    debug: (text) => said.push(text),
    hint: (text) => hints.push(text),
  });
  return { chain, said, hints };
};

it('knows each link, and says them in order', () => {
  const { chain, said } = diagnosis();
  expect(recordingChain(chain.facts).map(({ holds }) => holds)).toEqual([true, false, false, false, false, false]);
  chain.selected(SELECTION);
  chain.activated(true);
  chain.moved();
  chain.opened();
  chain.closed(closeReason(6));
  expect(recordingChain(chain.facts).every(({ holds }) => holds)).toBe(true);
  expect(said.at(-1)).toBe(sayChain(recordingChain(chain.facts)));
  expect(said.at(-1)).toBe(
    'motion sensor: linked → configuration: 1920×1080 at 30, 4 s before, fragments of 4 s, AAC at 32 kHz → active: yes → ' +
      'last motion: 2023-11-14T22:13:20.000Z → last open: 2023-11-14T22:13:20.000Z → ' +
      'last close: 2023-11-14T22:13:20.000Z, timeout',
  );
});

it.each([
  ['never, where nobody has switched it on', false, true, 30, 0],
  ['not after nine motions', true, true, 9, 0],
  ['once after ten', true, true, 40, 1],
  ['once, where the hub never said how', true, false, 40, 1],
])('hints: %s', (_, active, selected, motions, expected) => {
  const { chain, hints } = diagnosis();
  if (selected) chain.selected(SELECTION);
  chain.activated(active);
  for (let nth = 0; nth < motions; nth++) chain.moved();
  expect(hints).toHaveLength(expected);
  if (expected > 0) expect(hints[0]).toMatch(selected ? /home hub did not ask/ : /never said how/);
});

it('a recording in between makes the count begin anew', () => {
  const { chain, hints } = diagnosis();
  chain.activated(true);
  for (let nth = 0; nth < 30; nth++) {
    if (nth % 9 === 0) chain.opened();
    chain.moved();
  }
  expect(hints).toEqual([]);
});
