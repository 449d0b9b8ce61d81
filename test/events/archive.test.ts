import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Archive } from '../../src/events/archive.js';
import { limitsOf } from '../../src/events/retention.js';
import { clip, jpeg } from './clips.js';
import { event, NOON } from './events.js';

const DAY = 86_400_000;
let folder: string;
const said: string[] = [];

beforeEach(() => {
  said.length = 0;
  folder = join(mkdtempSync(join(tmpdir(), 'lookout-archive-')), 'lookout');
});
afterEach(() => {
  rmSync(join(folder, '..'), { recursive: true });
});

const open = (now: number) =>
  Archive.open({
    folder,
    limits: limitsOf({ keepDays: 14, maxGiB: 1 }, 0),
    log: { info: (text) => said.push(text), warn: (text) => said.push(text) },
    now: () => now,
    reserves: { clips: 0, pictures: 0 },
  });

it('mends what a power cut left, says so, and leaves what begins since alone', async () => {
  const cut = event({ state: 'ongoing' });
  {
    await using archive = await open(NOON);
    await archive.store.put(cut);
    await archive.media.write(cut, 'picture', [jpeg(900)]);
  }
  const day = join(folder, 'media/front-door/2026-03-01');
  mkdirSync(day, { recursive: true });
  writeFileSync(join(day, `${cut.id}.mp4.part`), clip(2));

  const now = NOON + 60_000;
  await using archive = await open(now);
  const fresh = event({ start: now });
  await archive.media.write(fresh, 'clip', [clip(1)]);
  expect(await archive.checked).toMatchObject({ open: 0, problems: { unowned: 1, unfinished: 1 } });
  expect(said).toEqual([
    expect.stringMatching(/^One event was going on/),
    expect.stringMatching(
      /did not agree, and do now as far as possible: 1 unfinished, 1 unowned\.|1 unowned, 1 unfinished\./,
    ),
  ]);
  expect(await archive.store.get(cut.id)).toMatchObject({
    state: 'interrupted',
    media: { picture: { bytes: 900 }, clip: { bytes: clip(2).length } },
  });
  expect(await archive.store.get(fresh.id)).toBeUndefined();
  expect(await archive.media.read(fresh, 'clip')).toHaveLength(clip(1).length);
});

it('removes what is too old when it is opened', async () => {
  {
    await using archive = await open(NOON);
    await archive.store.put(event(), event({ start: NOON + 10 * DAY }));
  }
  await using archive = await open(NOON + 15 * DAY);
  while ((await archive.store.count()) === 2) await archive.checked;
  expect(await archive.store.count()).toBe(1);
});

it('closes at once, whatever it is about', async () => {
  const archive = await open(NOON);
  await archive.store.put(...Array.from({ length: 3000 }, (_, i) => event({ start: NOON - i })));
  await archive.close();
  const again = await open(NOON + DAY);
  await again.close();
  await again.close();
  expect(said).toEqual([]);
});
