import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newEventId } from '../../src/events/event.js';
import { openSqliteStore } from '../../src/events/sqlite/open.js';
import { jpeg } from '../events/clips.js';
import { event, NOON } from '../events/events.js';
import { lookout } from './run.js';

const ROOT = join(import.meta.dirname, '../..');
let storage: string;
let folder: string;

beforeEach(async () => {
  storage = mkdtempSync(join(tmpdir(), 'lookout-cli-'));
  folder = join(storage, 'lookout');
  const store = await openSqliteStore({ folder, role: 'owner' });
  await store.put(event({ media: { picture: { bytes: 9, at: NOON }, preview: [], clip: undefined } }));
  await store.close();
});
afterEach(() => {
  rmSync(storage, { recursive: true });
});
const check = (...args: string[]) => lookout('check', ...args, '-U', storage);

it('tells, mends, and is content', async () => {
  const day = join(folder, 'media/front-door/2026-03-01');
  mkdirSync(day, { recursive: true });
  writeFileSync(join(day, `${newEventId(NOON)}.jpg`), jpeg(2000));
  writeFileSync(join(folder, 'media/notes.txt'), 'mine');

  const before = await check();
  expect(before).toMatchObject({ code: 1, err: '' });
  expect(before.out).toEqual([
    'notes.txt is none of Lookout’s files; it is left alone.',
    expect.stringMatching(/\.jpg is not there\.$/),
    expect.stringMatching(/\.jpg belongs to no event\.$/),
    '1 events and 1 files were looked at: 2 problems. Stop Lookout and run: lookout check --repair',
  ]);
  const mended = await check('--repair', '--json');
  expect(mended.code).toBe(0);
  expect(mended.out.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { kind: 'foreign' },
    { kind: 'missing', mended: true },
    { kind: 'orphan', mended: true },
    { events: 1, files: 1, problems: { missing: 1, orphan: 1 }, open: 0, mended: [] },
  ]);
  expect((await check()).out.at(-1)).toBe('2 events and 1 files were looked at: all is well.');
});

it('mends a damaged database, and says what it did', async () => {
  writeFileSync(join(folder, 'events.sqlite'), 'garbage '.repeat(1000));
  const before = await check();
  expect(before.code).toBe(1);
  expect(before.err).toMatch(/is damaged.* lookout check --repair$/);
  const mended = await check('--repair');
  expect(mended.code).toBe(0);
  expect(mended.out[0]).toMatch(/^The file with the events was damaged .* is kept as events-damaged-/);
  expect(readdirSync(folder)).toContain('events.sqlite');
});

it('does not mend under a running hub, but looks', async () => {
  const hub = await openSqliteStore({ folder, role: 'owner' });
  try {
    const { code, err } = await check('--repair');
    expect(code).toBe(1);
    expect(err).toMatch(/Lookout is running .* Stop it first/);
    expect((await check()).code).toBe(1);
  } finally {
    await hub.close();
  }
});

it('takes no operands', async () => {
  expect(await check('all')).toMatchObject({ code: 2, err: expect.stringContaining('“all”') as string });
});

describe('as a program', () => {
  const NODE = ['--experimental-transform-types', '--disable-warning=ExperimentalWarning'];
  const TYPES = ['--import', join(ROOT, 'scripts/typescript.mjs')];

  it('runs through a link, and gives its exit code', () => {
    const link = join(storage, 'lookout.ts');
    symlinkSync(join(ROOT, 'src/cli/main.ts'), link);
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [...NODE, ...TYPES, link, ...args], { encoding: 'utf8', cwd: storage });
    const checked = run('check', '-U', storage);
    expect(checked).toMatchObject({ status: 1, stderr: '' });
    expect(checked.stdout).toContain('1 problems');
    expect(run('nonsense').status).toBe(2);
    expect(run('--help').stdout).toContain('lookout events');
  });

  it('says so when what it says cannot be written, as to a full disk', () => {
    const full = openSync('/dev/full', 'w');
    try {
      const args = [...NODE, ...TYPES, join(ROOT, 'src/cli/main.ts'), 'events', '--csv', '-U', storage];
      const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', full, 'pipe'] });
      expect(stderr.toString()).toBe('lookout: What was to be said could not be written, or not all of it (ENOSPC).\n');
      expect(status).toBe(1);
    } finally {
      closeSync(full);
    }
  });

  it('ends when its reader has seen enough', async () => {
    const store = await openSqliteStore({ folder, role: 'owner' });
    // Names of one and the same moment may meet.
    const from = (first: number) => Array.from({ length: 1000 }, (_, i) => event({ start: first + i }));
    for (let i = 0; i < 5; i++) await store.put(...from(NOON + i * 1000));
    await store.close();
    const args = [...NODE, ...TYPES, join(ROOT, 'src/cli/main.ts'), 'events', '--json', '-U', storage];
    const program = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const errors: Buffer[] = [];
    program.stderr.on('data', (data: Buffer) => errors.push(data));
    const exited = once(program, 'exit');
    await once(program.stdout, 'data');
    program.stdout.destroy();
    await exited;
    expect(Buffer.concat(errors).toString()).toBe('');
  });
});
