import { setImmediate as turn } from 'node:timers/promises';
import { Spells } from '../../../src/camera/modes/spells.js';

/** Work in the test's hands: each spell ends when the test lets it. */
function spells() {
  const life = new AbortController();
  const begun: { readonly signal: AbortSignal; readonly end: () => void; readonly fail: (error: Error) => void }[] = [];
  const faults: unknown[] = [];
  const all = new Spells({
    work: (signal) =>
      new Promise<void>((resolve, reject) => {
        begun.push({ signal, end: resolve, fail: reject });
      }),
    onFault: (error) => faults.push(error),
    signal: life.signal,
  });
  return { all, begun, faults, life };
}

describe('Spells', () => {
  it('begin once, and have been told to end when that returns', async () => {
    const { all, begun } = spells();
    expect(all.signal.aborted).toBe(true);
    all.begin();
    all.begin();
    const { signal } = all;
    expect(signal.aborted).toBe(false);
    await turn();
    expect(begun).toHaveLength(1);
    all.end();
    expect([signal.aborted, begun[0]?.signal.aborted, all.signal.aborted]).toEqual([true, true, true]);
  });

  it('wait for the end of the one before, and leave out what was over before it began', async () => {
    const { all, begun } = spells();
    all.begin();
    await turn();
    for (let nth = 0; nth < 3; nth++) {
      all.end();
      all.begin();
    }
    await turn();
    expect(begun).toHaveLength(1);
    begun[0]?.end();
    await turn();
    expect(begun).toHaveLength(2);
    expect(begun[1]?.signal.aborted).toBe(false);
  });

  it('begin again after one that failed', async () => {
    const { all, begun, faults } = spells();
    all.begin();
    await turn();
    const fault = new Error('it broke');
    begun[0]?.fail(fault);
    await all.ended();
    expect(faults).toEqual([fault]);
    all.end();
    all.begin();
    await turn();
    expect(begun).toHaveLength(2);
  });

  it('are over for good at the end of life', async () => {
    const { all, begun, life } = spells();
    all.begin();
    await turn();
    life.abort();
    expect(begun[0]?.signal.aborted).toBe(true);
    all.begin();
    begun[0]?.end();
    await all.ended();
    expect(begun).toHaveLength(1);
  });
});
