import fc from 'fast-check';
import { Pacer } from '../../../src/media/rtp/pacer.js';
import { FakeClock } from './fake-clock.js';
import { at } from './receiver.js';

interface Packet {
  readonly unit: number;
  readonly last: boolean;
}

function setUp(maxQueueBytes?: number) {
  const clock = new FakeClock();
  const end = new AbortController();
  const sent: (Packet & { at: number })[] = [];
  const start = clock.now();
  const pacer = new Pacer<Packet>({
    send: (packet) => sent.push({ ...packet, at: clock.now() - start }),
    now: clock.now,
    after: clock.after,
    signal: end.signal,
    ...(maxQueueBytes === undefined ? {} : { maxQueueBytes }),
  });
  let units = 0;
  /** An access unit of so many packets of 1200 bytes; gives its number. */
  const push = (count: number, keyframe = false): number => {
    const unit = units++;
    pacer.push({
      keyframe,
      bytes: count * 1200,
      packets: () => Array.from({ length: count }, (_, i) => ({ unit, last: i === count - 1 })),
    });
    return unit;
  };
  return { clock, end, sent, pacer, push, units: () => [...new Set(sent.map(({ unit }) => unit))] };
}

/** Packets at once, and in every tick of 2 ms. */
const BURST = 40;
const TICK = 4;

describe('Pacer', () => {
  it('sends what is small at once', () => {
    const { sent, push, clock, pacer } = setUp();
    push(BURST, true);
    expect(sent).toHaveLength(BURST);
    expect(clock.pending).toBe(0);
    expect(pacer.waitingBytes).toBe(0);
  });

  it('sends 40 packets at once, then 4 packets every 2 ms, and live frames behind them in order', () => {
    const { sent, push, clock, pacer } = setUp();
    push(200, true);
    push(2);
    expect(sent).toHaveLength(BURST);
    expect(pacer.waitingBytes).toBe(202 * 1200);
    clock.advance(2);
    expect(sent).toHaveLength(BURST + TICK);
    clock.advance(8);
    expect(sent).toHaveLength(BURST + 5 * TICK);
    push(1);
    clock.advance(100);
    expect(sent).toHaveLength(203);
    expect(sent.map(({ unit }) => unit)).toEqual([...Array<number>(200).fill(0), 1, 1, 2]);
    expect(clock.pending).toBe(0);
  });

  it('may burst again once the receiver had time to drain', () => {
    const { sent, push, clock } = setUp();
    push(BURST, true);
    clock.advance(10);
    push(BURST);
    expect(sent.length).toBe(BURST + 5 * TICK);
    clock.advance(1000);
    push(BURST);
    expect(sent.length).toBe(BURST * 3);
  });

  it('makes up for 4 ms of a tick that comes late', () => {
    const { clock, sent, push } = setUp();
    push(500, true);
    expect(sent).toHaveLength(BURST);
    clock.stall(50);
    clock.advance(0);
    expect(sent).toHaveLength(BURST + 2 * TICK);
    clock.advance(2);
    expect(sent).toHaveLength(BURST + 3 * TICK);
  });

  it('never sends more than the burst and the rate allow, over any stretch of time', () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 60 }),
      packets: fc.integer({ min: 1, max: 150 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
        const { clock, sent, push } = setUp();
        for (const { wait, packets } of steps) {
          clock.advance(wait);
          push(packets, true);
        }
        clock.advance(5000);
        expect(sent).toHaveLength(steps.reduce((sum, { packets }) => sum + packets, 0));
        for (let from = 0; from < sent.length; from += 7)
          for (let to = from; to < sent.length; to += 5) {
            const elapsed = at(sent, to).at - at(sent, from).at;
            if (to - from >= BURST + 1 + (elapsed / 2) * TICK)
              throw new Error(`${to - from + 1} packets in ${elapsed} ms`);
          }
      }),
      { numRuns: 40 },
    );
  });

  it('drops whole units up to the next keyframe when too much waits', () => {
    const { sent, push, clock, pacer, units } = setUp(120_000);
    push(BURST + 5, true); // but for five packets it leaves
    const kept = push(50);
    push(10); // would be too much
    push(1); // would fit, but cannot be decoded
    expect(pacer.dropped).toBe(2);
    clock.advance(1000);
    push(1);
    expect(pacer.dropped).toBe(3);
    const key = push(5, true);
    const next = push(1);
    clock.advance(1000);
    expect(units()).toEqual([0, kept, key, next]);
    expect(sent.filter(({ last }) => last)).toHaveLength(4);
  });

  it('lets a keyframe take the place of what waits, but ends the unit that is under way', () => {
    const { sent, push, clock, pacer, units } = setUp(120_000);
    push(BURST + 5, true);
    push(19);
    const key = push(60, true);
    expect(pacer.dropped).toBe(1);
    clock.advance(1000);
    expect(units()).toEqual([0, key]);
    expect(sent).toHaveLength(BURST + 65);
    expect(pacer.waitingBytes).toBe(0);
  });

  it('takes a keyframe that is larger than the queue', () => {
    const { sent, push, clock } = setUp(50_000);
    push(500, true);
    clock.advance(1000);
    expect(sent).toHaveLength(500);
  });

  it('cuts units up only when their turn comes', () => {
    const { clock, pacer } = setUp();
    const asked: string[] = [];
    const unit = (name: string, count: number) => ({
      keyframe: true,
      bytes: count,
      packets: () => {
        asked.push(name);
        return Array.from({ length: count }, () => ({ unit: 0, last: false }));
      },
    });
    pacer.push(unit('first', BURST - 5));
    pacer.push(unit('second', 20));
    pacer.push(unit('third', 1));
    expect(asked).toEqual(['first', 'second']);
    clock.advance(100);
    expect(asked).toEqual(['first', 'second', 'third']);
  });

  it('discards what waits, then wants a keyframe', () => {
    const { push, clock, pacer, units } = setUp();
    push(100, true);
    push(5);
    pacer.discardWaiting();
    push(1);
    push(3, true);
    clock.advance(1000);
    expect(units()).toEqual([0, 3]);
  });

  it('ends with its signal', () => {
    const { sent, push, clock, end, pacer } = setUp();
    push(200, true);
    const before = sent.length;
    end.abort();
    push(5, true);
    clock.advance(1000);
    expect(sent).toHaveLength(before);
    expect(clock.pending).toBe(0);
    expect(pacer.waitingBytes).toBe(0);
  });
});
