import { hasRung, isOfVisitor, openFor, rung, together, unseen, withRing } from '../../../src/camera/events/visit.js';
import { emptyMask } from '../../../src/detection/mask.js';
import { event, NOON, rectangle } from '../../events/events.js';

const WITHIN = 20_000;

describe('whom a press belongs to', () => {
  it.each([
    ['to what goes on', 50_000, { from: 30_000, end: undefined }, true],
    ['to what began soon after', 12_000, { from: 30_000, end: undefined }, true],
    ['not to what began long after', 9_999, { from: 30_000, end: undefined }, false],
    ['to what ended just now', 50_000, { from: 30_000, end: 49_000 }, true],
    ['to what ended at the time-out', 50_000, { from: 10_000, end: 30_000 }, true],
    ['not to what ended before that', 50_000, { from: 10_000, end: 29_999 }, false],
    ['not to what goes on for ever', 200_000, { from: 30_000, end: undefined }, false],
  ])('%s', (_, press, seen, expected) => {
    expect(hasRung(press, seen, WITHIN)).toBe(expected);
  });

  it.each([
    ['seen before the press, known after it', { start: 8_000, continues: undefined }, true],
    ['seen soon after', { start: 25_000, continues: undefined }, true],
    ['seen at the time-out', { start: 30_000, continues: undefined }, true],
    ['seen later', { start: 30_001, continues: undefined }, false],
    ['what was cut', { start: 12_000, continues: 3 }, false],
  ])('%s', (_, seen, expected) => {
    expect(isOfVisitor(seen, { from: 10_000, press: 10_000 }, WITHIN)).toBe(expected);
  });

  it('is nobody who stays for ever', () => {
    expect(isOfVisitor({ start: 150_000, continues: undefined }, { from: 10_000, press: 149_000 }, WITHIN)).toBe(false);
  });

  it.each([
    [undefined, 0],
    [100_000, 20_000],
    [95_000, 15_000],
    [80_000, 0],
    [1_000, 0],
  ])('is waited for from a ring at %s for %s ms', (press, expected) => {
    expect(openFor(press, WITHIN, 100_000)).toBe(expected);
  });
});

describe('a ring', () => {
  const of = (total: number) => ({ total, factors: { zone: total } });

  it.each([
    [of(30), { total: 70, factors: { zone: 30, ring: 40 } }],
    [of(80), { total: 100, factors: { zone: 80, ring: 20 } }],
    [of(100), { total: 100, factors: { zone: 100, ring: 0 } }],
  ])('makes more important, once', (before, after) => {
    expect(withRing(before)).toEqual(after);
    expect(withRing(after)).toEqual(after);
  });

  it('is kept with its time, in order and once, and with who says so', () => {
    const first = rung(event({ end: NOON + 9000, source: 'hub', agreement: [] }), NOON + 12_000, 'camera');
    expect(first).toMatchObject({ rings: [NOON + 12_000], end: NOON + 12_000, agreement: ['camera'] });
    const again = rung(rung(first, NOON + 2000, 'hub'), NOON + 12_000, 'camera');
    expect(again).toMatchObject({
      rings: [NOON + 2000, NOON + 12_000],
      end: NOON + 12_000,
      agreement: ['camera'],
      importance: first.importance,
    });
  });
});

it('puts together what was seen of one visitor', () => {
  const [came, went] = [
    event({ end: NOON + 9000, zones: ['Gate', 'Porch'], confidence: 0.9, box: [0.1, 0.2, 0.3, 0.4] }),
    event({ end: NOON + 30_000, zones: ['Porch', 'Yard'], box: [0.5, 0.1, 0.1, 0.2], mask: rectangle(40, 3, 6, 6) }),
  ];
  const all = together(came, went);
  expect(all).toMatchObject({ end: NOON + 30_000, zones: ['Gate', 'Porch', 'Yard'], confidence: 0.9 });
  expect(all.box.map((side) => Math.round(side * 100) / 100)).toEqual([0.1, 0.1, 0.5, 0.5]);
  expect(all.tracks).toHaveLength(4);
  expect(all.mask).toEqual(went.mask.map((byte, at) => byte | (came.mask[at] ?? 0)));
});

it('keeps what is seen later of somebody who was not seen before', () => {
  const { box, mask } = unseen(1000);
  const went = event();
  expect(together({ ...went, box, mask }, went)).toMatchObject({ box: went.box, mask: went.mask });
  expect(mask).toEqual(emptyMask());
});
