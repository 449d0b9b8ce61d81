import fc from 'fast-check';
import { homeKitName, switchName } from '../../src/homekit/name.js';

describe('homeKitName', () => {
  it.each([
    ['Front door', 'Front door'],
    ['Garden – Größe & <b>', 'Garden Größe & b'],
    ['  "Yard"  ', 'Yard'],
    ['玄関カメラ', '玄関カメラ'],
    ['🐶🐱', 'Camera'],
    ['Kid’s room (2)', 'Kid’s room (2'],
    ['a'.repeat(100), 'a'.repeat(64)],
  ])('%s is %s', (name, shown) => {
    expect(homeKitName(name)).toBe(shown);
  });

  it('is a name that HAP-NodeJS accepts, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (name) => {
        const shown = homeKitName(name);
        expect(shown).toMatch(/^[\p{L}\p{N}](?:[\p{L}\p{N}\p{Zs}\u2019'&!._:;()/,-]*[\p{L}\p{N}])?$/u);
        expect(shown.length).toBeLessThanOrEqual(64);
      }),
    );
  });
});

it.each([
  ['Porch', 'Privacy', 'Porch Privacy'],
  ['Back yard – gate', 'Motion Trigger', 'Back yard gate Motion Trigger'],
  ['ö'.repeat(64), 'Privacy', `${'ö'.repeat(50)} Privacy`],
  ['ö'.repeat(64), 'Motion Trigger', `${'ö'.repeat(49)} Motion Trigger`],
])('the switch of %s for %s is %s', (camera, label, shown) => {
  expect(switchName(camera, label)).toBe(shown);
  expect(shown.length).toBeLessThanOrEqual(64);
});
