import fc from 'fast-check';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { newEventId } from '../../src/events/event.js';
import type { MediaLog } from '../../src/events/media.js';
import { Media } from '../../src/events/media.js';
import {
  cameraFolder,
  dayName,
  dayOfName,
  fileName,
  partOfName,
  pathOfPlace,
  placeOf,
} from '../../src/events/media-path.js';
import { openSqliteStore } from '../../src/events/sqlite/open.js';
import { clip, fragment, jpeg, MP4_START } from './clips.js';
import { event, NOON } from './events.js';
import { smallDisk } from './small-disk.js';

const said: string[] = [];
const log: MediaLog = { info: (text) => said.push(text), warn: (text) => said.push(text) };
const key = event();
let folder: string;
let media: Media;

beforeEach(() => {
  said.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'lookout-media-'));
  media = new Media({ folder, log, now: () => 0, reserves: { clips: 0, pictures: 0 } });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const filesIn = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));

describe('places', () => {
  it('are told from the event', () => {
    expect(pathOfPlace(placeOf(key, 'clip'))).toBe(`front-door/2026-03-01/${key.id}.mp4`);
    expect(pathOfPlace(placeOf(key, 12))).toBe(`front-door/2026-03-01/${key.id}.12.jpg`);
  });

  it('never leave the folder, whatever a camera is called', () => {
    const nasty = fc.constantFrom(
      '..',
      '.',
      '',
      '../../etc',
      '/etc',
      'a/b',
      'a\\b',
      'CON',
      '-rf',
      'a\0b',
      'ä',
      'x'.repeat(300),
    );
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: 'binary' })), (camera) => {
        const name = cameraFolder(camera);
        expect(name).toMatch(/^~?[a-z0-9_-]{1,64}$/);
        const path = pathOfPlace(placeOf({ ...key, camera }, 'picture')) ?? '';
        expect(join(folder, path).startsWith(folder + sep)).toBe(true);
        expect(cameraFolder(name)).toBe(name);
      }),
    );
  });

  it('keep cameras apart', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        fc.pre(a !== b);
        expect(cameraFolder(a)).not.toBe(cameraFolder(b));
      }),
    );
  });

  it('are read back from names, and nothing else is', () => {
    for (const part of ['picture', 'clip', 1, 32] as const) {
      expect(partOfName(fileName(key.id, part))).toEqual({ id: key.id, part });
    }
    for (const name of [
      'x.jpg',
      `${key.id}.33.jpg`,
      `${key.id}.0.jpg`,
      `${key.id}.1.mp4`,
      `${key.id}.JPG`,
      `.${key.id}.jpg`,
    ]) {
      expect(partOfName(name)).toBeUndefined();
    }
    expect(dayName(dayOfName('2026-03-01') ?? 0)).toBe('2026-03-01');
    for (const name of ['2026-02-30', '2026-3-1', '2026-03-01x']) expect(dayOfName(name)).toBeUndefined();
  });

  it.each([
    { ...key, id: '../../../../../x' },
    { ...key, id: '0mmplt1c0/../ab' },
  ])('refuse an id that is none', async (bad) => {
    await expect(media.write(bad, 'picture', [jpeg(10)])).rejects.toMatchObject({ fault: 'refused' });
    await expect(media.write(key, 33, [jpeg(10)])).rejects.toMatchObject({ fault: 'refused' });
    expect(filesIn(folder)).toEqual([]);
  });
});

describe('a file', () => {
  const pieces = Array.from({ length: 300 }, (_, i) => Buffer.alloc(10_000, i));
  const whole = Buffer.concat(pieces);

  it('comes back, whole and in part', async () => {
    expect(await media.write(key, 'clip', pieces)).toBe(whole.length);
    expect(filesIn(folder)).toEqual([`front-door/2026-03-01/${key.id}.mp4`]);
    expect((await media.read(key, 'clip')).equals(whole)).toBe(true);
    const part = [];
    for await (const piece of media.stream(key, 'clip', 299_990, 900_010)) part.push(piece);
    expect(Buffer.concat(part).equals(whole.subarray(299_990, 900_010))).toBe(true);
  });

  it('is for the hub’s user alone', async () => {
    await media.write(key, 'picture', [jpeg(10)]);
    const { mode } = await fs.stat(join(folder, pathOfPlace(placeOf(key, 'picture')) ?? ''));
    expect(mode & 0o777).toBe(0o600);
  });

  it('is there as a whole or not at all', async () => {
    let seen: string[] = [];
    const broken = async function* () {
      yield* pieces.slice(0, 20);
      seen = filesIn(folder);
      await Promise.resolve();
      throw new Error('The camera went away');
    };
    await expect(media.write(key, 'clip', broken())).rejects.toThrow('The camera went away');
    expect(seen).toEqual([`front-door/2026-03-01/${key.id}.mp4.part`]);
    expect(filesIn(folder)).toEqual([]);
  });

  it('is not made when it is aborted', async () => {
    const abort = new AbortController();
    const slow = async function* () {
      yield* pieces.slice(0, 20);
      abort.abort();
      yield* pieces.slice(20);
      await Promise.resolve();
    };
    await expect(media.write(key, 'clip', slow(), abort.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(filesIn(folder)).toEqual([]);
  });

  it('that is not there is absent', async () => {
    await expect(media.read(key, 'clip')).rejects.toMatchObject({ name: 'MediaError', fault: 'absent' });
    expect(await media.remove(placeOf(key, 'clip'))).toBe(false);
    await media.write(key, 'clip', pieces);
    expect(await media.remove(placeOf(key, 'clip'))).toBe(true);
    await media.tidy(placeOf(key, 'clip'));
    expect(existsSync(join(folder, 'front-door/2026-03-01'))).toBe(false);
  });
});

describe('the form of a file', () => {
  const length = MP4_START.length;
  it.each([
    ['a clip in fragments', 'clip', clip(3), clip(3).length],
    ['a clip that breaks off within a fragment', 'clip', clip(3).subarray(0, -1), length + 20_000],
    [
      'a clip that breaks off after half of a fragment',
      'clip',
      Buffer.concat([clip(1), fragment(200).subarray(0, 108)]),
      length + 10_000,
    ],
    ['a clip with garbage behind it', 'clip', Buffer.concat([clip(1), Buffer.alloc(50)]), length + 10_000],
    ['a clip without a fragment', 'clip', MP4_START, 0],
    ['an empty clip', 'clip', Buffer.alloc(0), 0],
    ['garbage for a clip', 'clip', Buffer.alloc(5000, 0xa5), 0],
    ['a picture', 'picture', jpeg(1000), 1000],
    ['a picture that breaks off', 'picture', jpeg(1000).subarray(0, 999), 0],
    ['an empty picture', 3, Buffer.alloc(0), 0],
  ] as const)('of %s is known', async (_, part, bytes, whole) => {
    await media.write(key, part, [bytes]);
    expect(await media.shape(placeOf(key, part))).toEqual({ bytes: bytes.length, whole });
  });

  it('never throws for what a file holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(), async (garbage, at) => {
        const bytes = clip(1);
        bytes.set(garbage.subarray(0, 100), at % 400);
        const { whole } = await new Media({ folder, log, now: () => 0, files: inMemory(bytes) }).shape(
          placeOf(key, 'clip'),
        );
        expect(whole).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});

const inMemory = (bytes: Buffer): typeof fs =>
  ({
    ...fs,
    open: () =>
      Promise.resolve({
        stat: () => Promise.resolve({ size: bytes.length }),
        read: (buffer: Buffer, offset: number, length: number, at: number) =>
          Promise.resolve({ buffer, bytesRead: bytes.copy(buffer, offset, at, at + length) }),
        close: () => Promise.resolve(),
      }),
  }) as unknown as typeof fs;

describe('a disk that fills up', () => {
  const MIB = 2 ** 20;

  it('stops clips, then pictures, never records, and says so once', async () => {
    using disk = smallDisk(8 * MIB);
    let now = 0;
    const small = new Media({
      folder: join(disk.folder, 'media'),
      log,
      now: () => now,
      files: disk.files,
      reserves: { clips: 4 * MIB, pictures: 3 * MIB },
    });
    const store = await openSqliteStore({ folder: disk.folder, role: 'owner' });
    try {
      let n = 0;
      const next = () => ({ ...key, id: newEventId(NOON + ++n) });
      const fill = async (part: 'clip' | 'picture'): Promise<number> => {
        for (let written = 0; ; written++) {
          try {
            await small.write(next(), part, [Buffer.alloc(MIB / 8)]);
          } catch (error) {
            expect(error).toMatchObject({ fault: 'no-room' });
            return written;
          }
        }
      };
      expect(await fill('clip')).toBeGreaterThan(10);
      expect(small.room).toBe('pictures');
      expect(await fill('picture')).toBeGreaterThan(3);
      expect(small.room).toBe('records');
      await fill('clip');
      await fill('picture');
      expect(said).toEqual([
        expect.stringMatching(/nearly full: clips are not kept/),
        expect.stringMatching(/neither clips nor pictures are kept/),
      ]);
      for (let i = 0; i < 50; i++) await store.put(event({ start: NOON + i }));
      expect(await store.count()).toBe(50);

      now += 120_000;
      await fs.rm(join(disk.folder, 'media/front-door'), { recursive: true });
      await small.write(next(), 'clip', [clip(1)]);
      expect(said.slice(2)).toEqual(['The disk has room again: clips and pictures of events are kept.']);
    } finally {
      await store.close();
    }
  });

  it('without a warning ends the clip in progress, and leaves nothing of it', async () => {
    using disk = smallDisk(2 * MIB);
    const small = new Media({
      folder: join(disk.folder, 'media'),
      log,
      now: () => 0,
      files: disk.files,
      reserves: { clips: 0, pictures: 0 },
    });
    const pieces = Array.from({ length: 30 }, () => Buffer.alloc(MIB / 8));
    await expect(small.write(key, 'clip', pieces)).rejects.toMatchObject({ fault: 'no-room' });
    expect(filesIn(disk.folder)).toEqual([]);
    await small.write(key, 'picture', [jpeg(1000)]);
    expect(said).toEqual([expect.stringMatching(/clips are not kept/)]);
  });

  it('up to its last byte refuses events, and takes them again when there is room', async () => {
    using disk = smallDisk(2 * MIB);
    const store = await openSqliteStore({ folder: disk.folder, role: 'owner' });
    try {
      await store.put(event());
      const ballast = join(disk.folder, 'ballast');
      if (disk.files === fs) {
        for (let size = MIB; size >= 512; size /= 2) {
          try {
            for (;;) writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' });
          } catch {
            // Full by this size; go on by half of it.
          }
        }
        await expect(
          (async () => {
            for (let i = 1; i < 2000; i++) await store.put(event({ start: NOON + i }));
          })(),
        ).rejects.toMatchObject({ name: 'StoreError', fault: 'full' });
      }
      rmSync(ballast, { force: true });
      await store.put(event());
      expect(await store.check()).toEqual([]);
      expect(await store.count()).toBeGreaterThanOrEqual(2);
    } finally {
      await store.close();
    }
  });
});
