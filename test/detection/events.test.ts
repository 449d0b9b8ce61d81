import fc from 'fast-check';
import type { Moving } from '../../src/detection/events.js';
import { EventJoiner, LONGEST } from '../../src/detection/events.js';
import { addCell, emptyMask } from '../../src/detection/mask.js';
import type { DetectedEvent, EventMask, Finding } from '../../src/detection/types.js';

const cell = (x: number): EventMask => {
  const mask = emptyMask();
  addCell(mask, Math.floor(x * 60));
  return mask;
};
const both = (a: EventMask, b: EventMask): EventMask => a.map((bits, i) => bits | (b[i] ?? 0));
const moving = (id: number, born: number, x = 0.5): Moving => {
  const mask = cell(x);
  return {
    id,
    born,
    start: [0.1, 0.5],
    at: [x, 0.5],
    path: x,
    size: 0.02,
    box: [x, 0.4, 0.1, 0.2],
    mask,
    touched: mask,
    confidence: 0.9,
  };
};
const ended = (findings: readonly Finding[]): DetectedEvent[] =>
  findings.flatMap((f) => (f.type === 'event' && f.phase === 'end' ? [f.event] : []));

/** Plays frames at 5 fps; `moves` says whether something moves in a frame. What moves after a pause is another thing. */
function run(frames: number, moves: (index: number) => boolean): { all: Finding[]; events: DetectedEvent[] } {
  const joiner = new EventJoiner(() => []);
  const all: Finding[] = [];
  let id = 1;
  for (let i = 0; i < frames; i++) {
    const time = i * 200;
    if (!moves(i)) id++;
    all.push(...joiner.push(time, time, moves(i) ? [moving(id, time - 600)] : []));
  }
  all.push(...joiner.finish());
  return { all, events: ended(all) };
}

describe('joining what moves into events', () => {
  it.each([
    { what: 'one run is one event', moves: (i: number) => i >= 20 && i < 40, spans: [[3400, 7800]] },
    {
      what: 'a pause of 3 s is bridged',
      moves: (i: number) => (i >= 20 && i < 30) || (i >= 45 && i < 50),
      spans: [[3400, 9800]],
    },
    {
      what: 'a pause of 6 s is not',
      moves: (i: number) => (i >= 20 && i < 30) || (i >= 60 && i < 70),
      spans: [
        [3400, 5800],
        [11_400, 13_800],
      ],
    },
    { what: 'nothing is nothing', moves: () => false, spans: [] },
  ])('$what', ({ moves, spans }) => {
    expect(run(100, moves).events.map((e) => [e.start, e.end])).toEqual(spans);
  });

  it('says a start once, then updates, then an end, of the same event', () => {
    const { all } = run(60, (i) => i >= 5 && i < 40);
    const phases = all.map((f) => (f.type === 'event' ? `${f.phase} ${f.event.id}` : ''));
    expect(phases[0]).toBe('start 1');
    expect(phases.at(-1)).toBe('end 1');
    expect(new Set(phases.slice(1, -1))).toEqual(new Set(['update 1']));
  });

  it('cuts a long one and links the parts', () => {
    const { events } = run(1500, (i) => i >= 5);
    expect(events.map((e) => e.continues)).toEqual([undefined, 1, 2]);
    expect(events.every((e) => e.end - e.start <= LONGEST)).toBe(true);
  });

  it('is raised when a window in the past was seen, not before', () => {
    const joiner = new EventJoiner(() => []);
    const findings = joiner.push(5000, 7000, [moving(1, 4400)]);
    expect(findings[0]).toMatchObject({ phase: 'start', event: { start: 4400, detectedAt: 7000, end: 5000 } });
  });

  it.each([
    {
      what: 'has rested',
      from: 2000,
      rest: 28_000,
      to: 32_000,
      spans: [
        [1000, 2000],
        [30_000, 32_000],
      ],
    },
    {
      what: 'is cut',
      from: 120_800,
      rest: 200,
      to: 122_000,
      spans: [
        [1000, 120_800],
        [121_000, 122_000],
      ],
    },
  ])('what goes on after it $what is told from there on: its beginning, and the cells that it touches', (plan) => {
    const joiner = new EventJoiner(() => []);
    const findings: Finding[] = [];
    for (let time = 1000; time <= plan.to; time += 200) {
      const before = time <= plan.from;
      const thing = { ...moving(1, 1000, before ? 0.1 : 0.8), mask: both(cell(0.1), before ? emptyMask() : cell(0.8)) };
      const still = !before && time < plan.from + plan.rest;
      findings.push(...joiner.push(time, time, still ? [] : [thing]));
    }
    const events = ended([...findings, ...joiner.finish()]);
    expect(events.map(({ start, end }) => [start, end])).toEqual(plan.spans);
    expect(events.map(({ mask }) => mask)).toEqual([cell(0.1), cell(0.8)]);
    expect(events[1]?.tracks).toMatchObject([{ id: 1, from: events[1]?.start, start: [0.8, 0.5] }]);
  });

  it('keeps way, size and speed of a track', () => {
    const joiner = new EventJoiner((mask) => (mask[0] === 0 ? [] : ['left']));
    joiner.push(1000, 1000, [moving(7, 0, 0.2)]);
    joiner.push(3000, 3000, [moving(7, 0, 0.6)]);
    const [event] = ended(joiner.finish());
    expect(event?.tracks).toEqual([
      {
        id: 7,
        from: 0,
        to: 3000,
        start: [0.1, 0.5],
        end: [0.6, 0.5],
        size: 0.02,
        speed: expect.closeTo(0.2) as number,
        duration: 3,
      },
    ]);
    expect(event?.box.map((n) => +n.toFixed(3))).toEqual([0.2, 0.4, 0.5, 0.2]);
    expect(event?.zones).toEqual([]);
  });

  it('whatever moves: events keep apart, last 120 s at most, hold every motion, and are linked exactly where cut', () => {
    const spell = fc.record({ still: fc.nat(60), moves: fc.integer({ min: 1, max: 900 }) });
    fc.assert(
      fc.property(fc.array(spell, { maxLength: 6 }), (spells) => {
        const plan = spells.flatMap(({ still, moves }) => [
          ...Array<boolean>(still).fill(false),
          ...Array<boolean>(moves).fill(true),
        ]);
        const { events } = run(plan.length, (i) => plan[i] === true);
        events.forEach((event, nth) => {
          expect(event.end - event.start).toBeLessThanOrEqual(LONGEST);
          expect(event.detectedAt).toBeGreaterThanOrEqual(event.start);
          const before = events[nth - 1];
          if (before === undefined) expect(event.continues).toBeUndefined();
          else {
            expect(event.start).toBeGreaterThanOrEqual(before.end);
            if (event.continues !== undefined) expect(event.continues).toBe(before.id);
          }
        });
        plan.forEach((moves, i) => {
          if (moves) expect(events.some((e) => i * 200 >= e.start && i * 200 <= e.end)).toBe(true);
        });
      }),
      { numRuns: 40 },
    );
  });
});
