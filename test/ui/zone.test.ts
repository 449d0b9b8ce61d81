import fc from 'fast-check';
import { zonesSchema } from '../../src/settings/camera-schema.js';
import { newName, settingsOf, type Zone, zonesOf } from '../../ui/zone.js';
import { sayFault, sayNoPicture, sayPast } from '../../ui/zone-words.js';

const polygon = [
  [0, 0],
  [1, 0],
  [1, 1],
];
const porch = { name: 'Porch', polygon, purpose: 'notice' };

const zone = (raw: object): Zone => {
  const [made] = zonesOf([raw]);
  if (made === undefined) throw new Error('no zone');
  return made;
};

describe('zones of the settings', () => {
  it.each<[string, unknown, Partial<Zone>[]]>([
    ['none', undefined, []],
    ['no list', 'zones', []],
    ['what is no zone', [null, 7, [], 'x'], []],
    ['a zone', [porch], [{ name: 'Porch', purpose: 'notice', sensor: 'none' }]],
    ['an empty one', [{}], [{ name: '', polygon: [], purpose: 'notice', sensor: 'none', share: undefined }]],
    ['blank ones of Homebridge’s form', [{ purpose: 'notice' }], []],
    ['too few corners', [{ ...porch, polygon: polygon.slice(1) }], [{ polygon: [] }]],
    ['a corner that is outside', [{ ...porch, polygon: [...polygon, [0, 1.1]] }], [{ polygon: [] }]],
    ['a corner that is none', [{ ...porch, polygon: [...polygon, [0]] }], [{ polygon: [] }]],
    ['a sensor that is on', [{ ...porch, sensor: true }], [{ sensor: 'motion' }]],
    ['a sensor of its own kind', [{ ...porch, sensor: 'occupancy' }], [{ sensor: 'occupancy' }]],
    ['a share', [{ ...porch, share: 0.5 }], [{ share: 0.5 }]],
    [
      'what nobody knows',
      [{ ...porch, purpose: 'x', sensor: 'y', share: 'z' }],
      [{ purpose: 'notice', sensor: 'none' }],
    ],
  ])('%s', (_, raw, expected) => {
    expect(zonesOf(raw)).toMatchObject(expected);
    expect(zonesOf(raw)).toHaveLength(expected.length);
  });

  it('are what they were when nothing is changed', () => {
    const zones = [
      { ...porch, share: 0.4, sensor: 'motion', categories: ['person'] },
      { ...porch, name: 'Street', purpose: 'ignore' },
      { ...porch, polygon: 'as it is' },
    ];
    expect(zonesOf(zones).map(settingsOf)).toEqual(zones);
  });

  it.each<[string, Zone, object]>([
    ['a name without its spaces', { ...zone(porch), name: ' Door ' }, { ...porch, name: 'Door' }],
    ['no share any more', { ...zone({ ...porch, share: 0.4 }), share: undefined }, porch],
    ['no sensor any more', { ...zone({ ...porch, sensor: true }), sensor: 'none' }, porch],
    [
      'a sensor that nothing would switch on',
      { ...zone({ ...porch, sensor: 'motion' }), purpose: 'mask' },
      { ...porch, purpose: 'mask' },
    ],
    [
      'the share of a mask, which is not asked for',
      { ...zone({ ...porch, purpose: 'mask', share: 0.4 }), share: 9 },
      { ...porch, purpose: 'mask', share: 0.4 },
    ],
  ])('%s', (_, drawn, expected) => {
    expect(settingsOf(drawn)).toEqual(expected);
  });

  it('are never read and written as others, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.object(), fc.anything())), (raw) => {
        for (const one of zonesOf(raw)) expect(zonesOf([settingsOf(one)])[0]?.polygon).toEqual(one.polygon);
      }),
    );
  });

  it('can be set as they are drawn', () => {
    const drawn = { ...zone(porch), sensor: 'motion', share: 0.01 } as const;
    expect(zonesSchema.safeParse([settingsOf(drawn)]).success).toBe(true);
  });
});

it.each([
  [[], 'Zone 1'],
  [['zone 1', ' Zone 2 ', 'Porch'], 'Zone 3'],
])('names a new one', (names, expected) => {
  expect(newName(names.map((name) => ({ name })))).toBe(expected);
});

describe('words', () => {
  it.each([
    [{ zone: 0, field: 'name', expected: 'a name' }, '“Porch”: The name should be a name.'],
    [{ zone: 1, field: 'polygon', expected: 'a list' }, 'Zone number 2: The corners should be a list.'],
    [{ zone: 9, field: '', expected: 'an object' }, 'Zone number 10: it should be an object.'],
    [{ zone: 0, field: 'toString', expected: 'less' }, '“Porch”: it should be less.'],
  ])('of a fault', (fault, expected) => {
    expect(sayFault(fault, [{ name: 'Porch' }, { name: ' ' }])).toBe(expected);
  });

  it.each([
    [0, 0, 'notice', 'Of this camera no events are kept yet.'],
    [1, 1, 'notice', 'Of the one event that is kept, 1 would have had it.'],
    [2, 9, 'ignore', 'Of 9 events that are kept, 2 lay in it: nobody would have been alerted of them.'],
    [2, 9, 'mask', 'Of 9 events that are kept, 2 lay in it: nothing like them would be seen any more.'],
  ] as const)('of what passed: %i of %i, %s', (events, of, purpose, expected) => {
    expect(sayPast({ events, of }, purpose)).toBe(expected);
  });

  it.each([
    ['off', 'The camera is off: the zones are drawn on gray.'],
    ['online', 'There is no picture yet: the zones are drawn on gray.'],
    ['offline', 'The camera is not connected: the zones are drawn on gray.'],
    ['connecting', 'The camera is not connected: the zones are drawn on gray.'],
  ] as const)('of no picture: %s', (kind, expected) => {
    expect(sayNoPicture({ jpeg: null, state: { kind, since: 0 } })?.text).toBe(expected);
    expect(sayNoPicture({ jpeg: '', state: { kind, since: 0 } })).toBeUndefined();
  });
});
