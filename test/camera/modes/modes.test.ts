import * as fc from 'fast-check';
import {
  ALL_ON,
  isOn,
  isWatching,
  modesOf,
  modesPath,
  modesText,
  newsOf,
  reachable,
  snapshotVerdict,
  switched,
  type Modes,
  type SnapshotReason,
} from '../../../src/camera/modes/modes.js';

const modesWith = (change: Partial<Modes>): Modes => ({ ...ALL_ON.modes, ...change });

describe('a camera', () => {
  it.each<[Partial<Modes>, on: boolean, watching: boolean]>([
    [{}, true, true],
    [{ active: false }, false, false],
    [{ privacy: true }, false, false],
    [{ active: false, privacy: true }, false, false],
    [{ detection: false }, true, false],
    [{ detection: false, privacy: true }, false, false],
    [{ eventSnapshots: false, periodicSnapshots: false, indicator: false }, true, true],
  ])('with %j is on: %s, watched: %s', (change, on, watching) => {
    expect([isOn(modesWith(change)), isWatching(modesWith(change))]).toEqual([on, watching]);
  });

  it('is off since it was first switched off, by whatever', () => {
    const off = switched(ALL_ON, { active: false }, 100);
    const private_ = switched(off, { privacy: true }, 200);
    const stillPrivate = switched(private_, { active: true }, 300);
    const on = switched(stillPrivate, { privacy: false }, 400);
    expect([off, private_, stillPrivate, on].map(({ offSince }) => offSince)).toEqual([100, 100, 100, undefined]);
    expect(switched(on, { privacy: true }, 500).offSince).toBe(500);
  });

  it.each<[Partial<Modes>, privacySwitch: boolean, detectionSwitch: boolean, Partial<Modes>]>([
    [{ privacy: true, detection: false }, true, true, { privacy: true, detection: false }],
    [{ privacy: true, detection: false }, false, true, { detection: false }],
    [{ privacy: true, detection: false }, true, false, { privacy: true }],
    [{ active: false, privacy: true }, false, false, { active: false }],
  ])('with %j and the switches %s and %s is as %j', (change, privacySwitch, detectionSwitch, expected) => {
    const before = switched(ALL_ON, change, 100);
    const { modes, offSince } = reachable(before, { privacySwitch, detectionSwitch });
    expect(modes).toEqual(modesWith(expected));
    expect(offSince).toBe(isOn(modes) ? undefined : 100);
  });
});

describe('a picture', () => {
  it.each<[Partial<Modes>, SnapshotReason, ReturnType<typeof snapshotVerdict>]>([
    [{}, undefined, 'allowed'],
    [{}, 'event', 'allowed'],
    [{}, 'periodic', 'allowed'],
    [{ eventSnapshots: false }, undefined, 'reason-needed'],
    [{ eventSnapshots: false }, 'event', 'forbidden'],
    [{ eventSnapshots: false }, 'periodic', 'allowed'],
    [{ periodicSnapshots: false }, undefined, 'reason-needed'],
    [{ periodicSnapshots: false }, 'event', 'allowed'],
    [{ periodicSnapshots: false }, 'periodic', 'forbidden'],
  ])('with %j for %s is %s', (change, reason, verdict) => {
    expect(snapshotVerdict(modesWith(change), reason)).toBe(verdict);
  });
});

describe('the log', () => {
  it.each<[Partial<Modes>, Partial<Modes>, string | undefined]>([
    [{}, { active: false }, 'switched off in HomeKit. Until it is on again, nothing connects to it.'],
    [{}, { privacy: true }, 'switched off by its switch Privacy. Until it is on again, nothing connects to it.'],
    [{ active: false }, { active: false, privacy: true }, undefined],
    [{ privacy: true }, {}, 'switched on.'],
    [{}, { detection: false }, 'detection is paused by its switch.'],
    [{ detection: false }, {}, 'detection goes on.'],
    [{ active: false }, { active: false, detection: false }, undefined],
    [{}, { indicator: false, eventSnapshots: false }, undefined],
  ])('from %j to %j says %s', (before, after, news) => {
    expect(newsOf(modesWith(before), modesWith(after))).toBe(news);
  });
});

describe('the file', () => {
  const NOW = 1_800_000_000_000;
  const flags = fc.record({
    active: fc.boolean(),
    eventSnapshots: fc.boolean(),
    periodicSnapshots: fc.boolean(),
    indicator: fc.boolean(),
    privacy: fc.boolean(),
    detection: fc.boolean(),
  });

  it('has all that there is to know', () => {
    fc.assert(
      fc.property(flags, fc.integer({ min: 0, max: NOW }), (change, at) => {
        const modes = switched(ALL_ON, change, at);
        expect(modesOf(modesText(modes), NOW)).toEqual(modes);
      }),
    );
  });

  const text = modesText(switched(ALL_ON, { active: false }, 100));

  it.each<[string, string]>([
    ['nothing', ''],
    ['no JSON', text.slice(0, -3)],
    ['another thing', '[]'],
    ['another version', text.replace('"version":1', '"version":2')],
    ['a number for a switch', text.replace('"active":false', '"active":0')],
    ['a switch less', text.replace('"privacy":false,', '')],
    ['no time', text.replace('100', '1e400')],
    ['a time before all', text.replace('100', '-1')],
  ])('is of no use with %s', (_, broken) => {
    expect(broken).not.toBe(text);
    expect(modesOf(broken, NOW)).toBeUndefined();
  });

  it.each<[string, string, number | undefined]>([
    ['of the future', text.replace('100', '1900000000000'), NOW],
    ['left out', text.replace(',"offSince":100', ''), NOW],
    ['of a camera that is on', text.replace('"active":false', '"active":true'), undefined],
  ])('has a time %s', (_, odd, offSince) => {
    expect(odd).not.toBe(text);
    expect(modesOf(odd, NOW)?.offSince).toBe(offSince);
  });

  it('throws at nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (hostile) => {
        modesOf(hostile, NOW);
      }),
    );
  });

  it('stays in its folder', () => {
    expect(modesPath('/hub', 'front-door')).toBe('/hub/modes/front-door.json');
    expect(modesPath('/hub', '../../x')).toMatch(/^\/hub\/modes\/~[\da-f]{16}\.json$/);
  });
});
