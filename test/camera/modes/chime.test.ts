import { ALL_ON, modesOf, modesText, reachable, switched } from '../../../src/camera/modes/modes.js';

const silent = switched(ALL_ON, { chime: false }, 1000);
const switches = { privacySwitch: false, detectionSwitch: false };

it('stays off over a restart, with its switch', () => {
  const kept = modesOf(modesText(silent), 2000);
  expect(kept?.modes.chime).toBe(false);
  expect(reachable(silent, { ...switches, chimeSwitch: true }).modes.chime).toBe(false);
});

it('is on where nobody can switch it', () => {
  expect(reachable(silent, { ...switches, chimeSwitch: false }).modes.chime).toBe(true);
  expect(reachable(silent, switches).modes.chime).toBe(true);
});

it('is on where an earlier Lookout kept the modes', () => {
  const before = modesText(silent).replace(',"chime":false', '');
  expect(before).not.toContain('chime');
  expect(modesOf(before, 2000)?.modes).toEqual(ALL_ON.modes);
});

it('switches off no camera', () => {
  expect(silent.offSince).toBeUndefined();
});
