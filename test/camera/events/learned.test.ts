import { jest } from '@jest/globals';
import fc from 'fast-check';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { LearnedFile } from '../../../src/camera/events/learned-file.js';
import type { Learned } from '../../../src/camera/events/learned.js';
import { learnedOf, learnedPath, learnedText } from '../../../src/camera/events/learned.js';
import { UNADAPTED } from '../../../src/detection/adapt.js';
import { CELLS } from '../../../src/detection/mask.js';
import { learnPath, noPaths } from '../../../src/detection/weigh.js';
import { NOON, rectangle } from '../../events/events.js';

const MINUTE = 60_000;
const learned: Learned = {
  paths: learnPath(learnPath(noPaths(), rectangle(3, 3, 9, 9)), rectangle(5, 5, 9, 9)),
  adaptation: { day: { factor: 1.44, vain: 2.5, at: 5 * MINUTE }, night: { factor: 1, vain: 0, at: 0 } },
  since: NOON - MINUTE,
};

describe('what was learned', () => {
  it('comes back, on the clock of another run', () => {
    const text = learnedText(learned, (time) => NOON + time);
    expect(text.length).toBeLessThan(4000);
    const later = learnedOf(text, (time) => NOON + 60 * MINUTE + time, 0);
    expect(later?.adaptation).toEqual({
      day: { factor: 1.44, vain: 2.5, at: -55 * MINUTE },
      night: { factor: 1, vain: 0, at: -60 * MINUTE },
    });
    expect(later?.since).toBe(NOON - MINUTE);
    expect(later?.paths).toHaveLength(CELLS);
    for (const [cell, share] of learned.paths.entries()) expect(later?.paths[cell]).toBeCloseTo(share, 2);
  });

  it('is never from the future, wherever the clock of the wall was', () => {
    const text = learnedText(learned, (time) => NOON + time);
    expect(learnedOf(text, (time) => time, 7)?.adaptation.day.at).toBe(7);
    // A hub that boots without a clock must not remember what was forgotten.
    expect(learnedOf(text, (time) => time, 7)?.since).toBe(NOON - MINUTE);
  });

  it('is taken from an earlier version, whose users had said nothing to forget', () => {
    const older = learnedText(learned, (time) => time).replace(/,"since":\d+/, '');
    expect(older).not.toContain('since');
    expect(learnedOf(older, (time) => NOON + time, 0)?.since).toBe(0);
  });

  const sound = JSON.parse(learnedText(learned, (time) => time)) as Record<string, unknown>;
  it.each([
    ['nothing', ''],
    ['half of it', JSON.stringify(sound).slice(0, 2000)],
    ['a later version', JSON.stringify({ ...sound, version: 2 })],
    ['too few cells', JSON.stringify({ ...sound, paths: 'AAAA' })],
    ['no base64', JSON.stringify({ ...sound, paths: '?'.repeat(3072) })],
    [
      'a factor that is none',
      JSON.stringify({ ...sound, adaptation: { ...UNADAPTED, day: { factor: 1e9, vain: 0, at: 0 } } }),
    ],
    ['a time that is none', JSON.stringify(sound).replace(/"at":\d+/, '"at":1e999')],
    ['no adaptation', JSON.stringify({ ...sound, adaptation: null })],
  ])('is not taken from %s', (_, text) => {
    expect(learnedOf(text, (time) => time, 0)).toBeUndefined();
  });

  it('is never taken from garbage, and nothing throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), (text) => {
        expect(learnedOf(text, (time) => time, 0)).toBeUndefined();
      }),
    );
  });
});

describe('the file of what was learned', () => {
  let folder: string;
  let path: string;
  let time: number;
  let current: Learned | undefined;
  let resets: number;
  const said: string[] = [];
  const opened: LearnedFile[] = [];

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    folder = mkdtempSync(join(tmpdir(), 'lookout-learned-'));
    path = learnedPath(folder, 'front-door');
    time = resets = said.length = 0;
    current = undefined;
  });
  afterEach(async () => {
    current = undefined;
    for (const file of opened.splice(0)) await file.close();
    jest.useRealTimers();
    rmSync(folder, { recursive: true });
  });

  const file = (): LearnedFile => {
    const made = new LearnedFile({
      folder,
      camera: { id: 'front-door', name: 'Front door' },
      toEpoch: (at) => NOON + at,
      now: () => time,
      current: () => current,
      onReset: () => resets++,
      log: { info: (text) => said.push(text), warn: (text) => said.push(text) },
    });
    opened.push(made);
    return made;
  };
  const after = (factor: number): Learned => ({
    ...learned,
    adaptation: { ...UNADAPTED, day: { factor, vain: 0, at: 0 } },
  });
  const factorKept = (): unknown =>
    learnedOf(readFileSync(path, 'utf8'), (at) => NOON + at, time)?.adaptation.day.factor;

  async function pass(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute++) {
      time += MINUTE;
      // What the timer begins ends before the next one is set.
      jest.advanceTimersByTime(MINUTE);
      while (jest.getTimerCount() === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it('is written soon at first, then seldom, and at the end', async () => {
    const kept = file();
    expect(await kept.open()).toBeUndefined();
    await pass(1);
    expect(existsSync(path)).toBe(false);
    current = after(1.1);
    await pass(1);
    expect(factorKept()).toBe(1.1);
    current = after(1.2);
    await pass(9);
    expect(factorKept()).toBe(1.1);
    await pass(1);
    expect(factorKept()).toBe(1.2);
    current = after(1.3);
    await kept.close();
    expect(factorKept()).toBe(1.3);
    expect(readdirSync(dirname(path))).toEqual(['front-door.json']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(jest.getTimerCount()).toBe(0);
    expect((await file().open())?.adaptation.day.factor).toBe(1.3);
    expect(said).toEqual([]);
  });

  it('that was removed resets, within a minute and at the end', async () => {
    current = after(1.1);
    const kept = file();
    await kept.open();
    await pass(1);
    rmSync(path);
    await pass(1);
    expect(resets).toBe(1);
    expect(existsSync(path)).toBe(false);
    current = after(1);
    await pass(1);
    expect(factorKept()).toBe(1);
    rmSync(path);
    await kept.close();
    expect(resets).toBe(2);
    expect(existsSync(path)).toBe(false);
    expect(said[0]).toBe('Front door: what detection had learned was reset. It learns anew.');
  });

  it.each([
    [
      'garbage',
      () => {
        writeFileSync(path, '{');
      },
    ],
    [
      'far too much',
      () => {
        writeFileSync(path, ' '.repeat(70_000));
      },
    ],
    [
      'a folder in its place',
      () => {
        mkdirSync(path);
      },
    ],
  ])('with %s begins anew, said once', async (_, spoil) => {
    mkdirSync(dirname(path));
    spoil();
    current = after(1.1);
    const kept = file();
    expect(await kept.open()).toBeUndefined();
    expect(said).toEqual([expect.stringMatching(/^Front door: what detection had learned cannot be read \(.+\)/)]);
    await pass(1);
    if (!statSync(path).isDirectory()) expect(factorKept()).toBe(1.1);
  });

  it('that cannot be written is told once, and tried again', async () => {
    writeFileSync(dirname(path), 'in the way');
    current = after(1.1);
    const kept = file();
    await kept.open();
    await pass(30);
    expect(said.filter((text) => text.includes('cannot be kept'))).toHaveLength(1);
    rmSync(dirname(path));
    await pass(10);
    expect(factorKept()).toBe(1.1);
  });
});
