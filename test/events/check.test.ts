import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Problem } from '../../src/events/check.js';
import { checkEvents } from '../../src/events/check.js';
import type { StoredEvent } from '../../src/events/event.js';
import { Media } from '../../src/events/media.js';
import type { Part } from '../../src/events/media-path.js';
import { pathOfPlace, placeOf } from '../../src/events/media-path.js';
import { openSqliteStore } from '../../src/events/sqlite/open.js';
import type { EventStore } from '../../src/events/store.js';
import { clip, jpeg, MP4_START } from './clips.js';
import { event, NOON } from './events.js';

let folder: string;
let store: EventStore;
let media: Media;
let kept: StoredEvent;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lookout-check-'));
  store = await openSqliteStore({ folder, role: 'owner' });
  media = new Media({
    folder: join(folder, 'media'),
    log: { info: () => undefined, warn: () => undefined },
    now: () => 0,
    reserves: { clips: 0, pictures: 0 },
  });
  kept = await put({});
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

async function put(change: Partial<StoredEvent>): Promise<StoredEvent> {
  const bare = event(change);
  const at = bare.start;
  const whole: StoredEvent = {
    ...bare,
    media: {
      picture: { bytes: await media.write(bare, 'picture', [jpeg(1000)]), at },
      preview: [
        { number: 1, bytes: await media.write(bare, 1, [jpeg(500)]), at },
        { number: 2, bytes: await media.write(bare, 2, [jpeg(500)]), at: at + 1 },
      ],
      clip: { bytes: await media.write(bare, 'clip', [clip(3)]), at: at - 5000, duration: 9000 },
    },
  };
  await store.put(whole);
  return whole;
}

const fileOf = (of: StoredEvent, part: Part): string => join(folder, 'media', pathOfPlace(placeOf(of, part)) ?? '');

async function check(repair: boolean, options: { before?: number; openFrom?: number } = {}) {
  const problems: Problem[] = [];
  const report = await checkEvents(store, media, {
    repair,
    before: NOON + 1e9,
    openFrom: 0,
    onProblem: (problem) => problems.push(problem),
    ...options,
  });
  return { ...report, kinds: problems.map(({ kind }) => kind), sentences: problems.map(({ sentence }) => sentence) };
}

/** Looked at, mended, and looked at again: nothing is left but what is not ours. */
async function mends(kind: string, sentence: RegExp): Promise<StoredEvent | undefined> {
  const before = await store.get(kept.id);
  expect(await check(false)).toMatchObject({ kinds: [kind], open: 1 });
  expect(await store.get(kept.id)).toEqual(before);
  expect(await check(true)).toMatchObject({ kinds: [kind], open: 0, sentences: [expect.stringMatching(sentence)] });
  expect(await check(false)).toMatchObject({ kinds: [], open: 0 });
  return await store.get(kept.id);
}

it('finds nothing where nothing is wrong', async () => {
  await put({ start: NOON + 86_400_000, camera: 'a camera/../of odd name' });
  expect(await check(true)).toMatchObject({ events: 2, files: 8, kinds: [], open: 0 });
});

describe('a file that is gone', () => {
  it.each([['picture'], ['clip'], [1]] as const)('(%s) is not asked for any more', async (part) => {
    rmSync(fileOf(kept, part));
    const after = await mends('missing', /is not there: its event does not ask for it/);
    expect(after?.media).toEqual(
      typeof part === 'string'
        ? { ...kept.media, [part]: undefined }
        : { ...kept.media, preview: kept.media.preview.slice(1) },
    );
  });
});

describe('a damaged file', () => {
  it('that cannot be shown is removed', async () => {
    writeFileSync(fileOf(kept, 'picture'), Buffer.alloc(1000, 0xa5));
    expect((await mends('damaged', /cannot be shown: it was removed/))?.media.picture).toBeUndefined();
    expect(existsSync(fileOf(kept, 'picture'))).toBe(false);
  });

  it('keeps what can be shown of it', async () => {
    truncateSync(fileOf(kept, 'clip'), clip(3).length - 5);
    const after = await mends('damaged', /what can be shown of it was kept/);
    expect(after?.media.clip).toEqual({ ...kept.media.clip, bytes: clip(2).length });
    expect(readFileSync(fileOf(kept, 'clip')).equals(clip(2))).toBe(true);
  });

  it('of random bytes in the middle of a clip loses what follows', async () => {
    const bytes = readFileSync(fileOf(kept, 'clip'));
    bytes.fill(0xee, MP4_START.length + 10_000, MP4_START.length + 10_050);
    writeFileSync(fileOf(kept, 'clip'), bytes);
    expect((await mends('damaged', /kept/))?.media.clip?.bytes).toBe(clip(1).length);
  });

  it('is not opened where it is old', async () => {
    truncateSync(fileOf(kept, 'clip'), 3);
    expect(await check(true, { openFrom: NOON + 1 })).toMatchObject({ kinds: [], open: 0 });
  });

  it('that is a folder instead is reported', async () => {
    rmSync(fileOf(kept, 'picture'));
    mkdirSync(fileOf(kept, 'picture'));
    expect(await check(true)).toMatchObject({ kinds: ['foreign', 'missing'], open: 0 });
  });
});

describe('a file that its event does not know', () => {
  beforeEach(() => store.update(kept.id, { media: { ...kept.media, clip: undefined } }));

  it('is given to it', async () => {
    const after = await mends('unowned', /its event has it now/);
    expect(after?.media.clip).toEqual({ bytes: clip(3).length, at: NOON, duration: 9000 });
  });

  it('is removed where it cannot be shown', async () => {
    writeFileSync(fileOf(kept, 'clip'), 'x');
    expect((await mends('unowned', /it was removed/))?.media.clip).toBeUndefined();
  });

  it('is kept to where it was written', async () => {
    const part = `${fileOf(kept, 'clip')}.part`;
    rmSync(fileOf(kept, 'clip'));
    writeFileSync(part, clip(3).subarray(0, -7));
    const after = await mends('unfinished', /its event has it now/);
    expect(after?.media.clip?.bytes).toBe(clip(2).length);
    expect(existsSync(part)).toBe(false);
  });
});

it('removes what was not finished where there is a whole one', async () => {
  writeFileSync(`${fileOf(kept, 'clip')}.part`, clip(1));
  expect((await mends('unfinished', /it was removed/))?.media).toEqual(kept.media);
});

describe('files without an event', () => {
  it('become one', async () => {
    await store.remove([kept.id]);
    expect(await check(true)).toMatchObject({ kinds: ['orphan', 'unowned', 'unowned', 'unowned'], open: 0 });
    expect(await check(false)).toMatchObject({ kinds: [], events: 1 });
    expect(await store.get(kept.id)).toMatchObject({
      camera: 'front-door',
      start: NOON,
      state: 'recovered',
      media: { clip: { bytes: clip(3).length }, picture: { bytes: 1000 }, preview: [{ number: 1 }, { number: 2 }] },
    });
  });

  it('become one, even of a camera whose name is lost', async () => {
    const odd = await put({ camera: '../odd' });
    await store.remove([odd.id]);
    expect((await check(true)).open).toBe(0);
    expect(await check(false)).toMatchObject({ kinds: [], events: 2 });
  });

  it('are removed where they cannot be shown', async () => {
    const lost = event();
    mkdirSync(dirname(fileOf(lost, 'clip')), { recursive: true });
    writeFileSync(fileOf(lost, 'clip'), '');
    await mends('orphan', /it was removed/);
  });
});

describe('what is not ours', () => {
  it('is told, and left alone', async () => {
    const day = dirname(fileOf(kept, 'clip'));
    const moved = fileOf({ ...kept, start: NOON + 86_400_000 }, 'picture');
    const elsewhere = fileOf({ ...kept, camera: 'other' }, 'picture');
    const files = [
      join(folder, 'media/notes.txt'),
      join(day, '.DS_Store'),
      join(folder, 'media/x y/z'),
      moved,
      elsewhere,
    ];
    for (const file of files) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, 'mine');
    }
    const report = await check(true);
    expect(report).toMatchObject({ open: 0, problems: { foreign: 5 } });
    for (const file of files) expect(statSync(file).size).toBe(4);
  });
});

it('leaves alone what may be going on', async () => {
  rmSync(fileOf(kept, 'picture'));
  writeFileSync(fileOf(event({ start: NOON + 5 }), 'picture'), 'x');
  expect(await check(true, { before: NOON })).toMatchObject({ kinds: [], events: 0 });
  await store.update(kept.id, { state: 'ongoing' });
  expect(await check(true, { before: NOON + 1 })).toMatchObject({ kinds: [], events: 0 });
});
