import { Ear } from '../../../src/camera/onvif/ear.js';
import type { OnvifEvent } from '../../../src/onvif/device.js';

const MINUTES = 60_000;

type State = OnvifEvent['state'];

/** What is said of the view, minute by minute, and whether it counts as tampered with then. */
type Row = readonly [what: string, said: Readonly<Record<number, State>>, minutes: number[], tampered: boolean[]];

it.each<Row>([
  ['a moment ends by itself', { 0: 'happens' }, [0, 9, 10], [true, true, false]],
  ['each moment begins anew', { 0: 'happens', 5: 'happens' }, [10, 14, 15], [true, true, false]],
  ['a state of which no end was ever told ends by itself', { 0: 'begins' }, [0, 9, 10], [true, true, false]],
  ['a state lasts where ends are told', { 0: 'ends', 1: 'begins' }, [0, 1, 600], [false, true, true]],
  ['a moment does not, even then', { 0: 'ends', 1: 'happens' }, [1, 10, 11], [true, true, false]],
  ['a moment does not end a state', { 0: 'ends', 1: 'begins', 2: 'happens' }, [600], [true]],
  ['what is over is over', { 0: 'happens', 1: 'ends' }, [0, 1], [true, false]],
])('%s', (_, said, minutes, tampered) => {
  let now = 0;
  const log: string[] = [];
  const ear = new Ear({
    ...{ camera: { name: 'Yard' }, hear: () => undefined, now: () => now, wallclock: () => now },
    log: { info: (text) => void log.push(text), warn: (text) => void log.push(text) },
  });
  const seen = new Map<number, boolean>();
  for (let minute = 0; minute <= Math.max(...minutes); minute++) {
    now = minute * MINUTES;
    const state = said[minute];
    if (state !== undefined) ear.hear({ claim: 'tamper', state, at: undefined, rule: undefined });
    seen.set(minute, ear.tampered);
  }
  expect(minutes.map((minute) => seen.get(minute))).toEqual(tampered);
  expect(log.filter((line) => line.includes('covered'))).toHaveLength(1);
});
