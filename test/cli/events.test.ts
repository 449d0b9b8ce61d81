import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/events/sqlite/open.js';
import { event, NOON, rectangle } from '../events/events.js';
import { lookout } from './run.js';

const HOUR = 3_600_000;
let storage: string;
const old = event({ start: NOON - 48 * HOUR, camera: 'street', category: 'vehicle', zones: ['Kerb'] });
const left = event({
  start: NOON,
  mask: rectangle(0, 0, 6, 6),
  heldBack: 'quiet-hours',
  protected: true,
  rings: [NOON + 2000],
});
const odd = event({
  start: NOON + HOUR,
  mask: rectangle(40, 20, 6, 6),
  category: 'known',
  label: '=HYPERLINK("x","y")',
  zones: ['A "b", c', '\u001b[31mred'],
  feedback: { verdict: 'right', category: undefined, note: undefined, at: NOON + 2 * HOUR },
  media: {
    picture: { bytes: 40_000, at: NOON + HOUR },
    preview: [{ number: 1, bytes: 900, at: NOON + HOUR + 2000 }],
    clip: { bytes: 3 * 2 ** 20, at: NOON, duration: 19_000 },
  },
});

beforeAll(async () => {
  storage = mkdtempSync(join(tmpdir(), 'lookout-cli-'));
  const store = await openSqliteStore({ folder: join(storage, 'lookout'), role: 'owner' });
  await store.put(old, left, odd);
  await store.putNonEvent({ camera: 'street', at: NOON, reason: 'sway' });
  await store.putNonEvent({ camera: 'street', at: NOON, reason: 'sway' });
  await store.putNonEvent({ camera: 'yard', at: NOON, reason: 'insect' });
  await store.close();
});
afterAll(() => {
  rmSync(storage, { recursive: true });
});

const events = (...args: string[]) => lookout('events', ...args, '--storage', storage);
const ids = async (...args: string[]) =>
  (await events(...args, '--json')).out.map((line) => (JSON.parse(line) as { id: string }).id);

it('lists, the newest first', async () => {
  const { code, out, err } = await events();
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out[0]).toMatch(/^START +CAMERA +CATEGORY +LASTS +IMP +ZONES +NOTE +ID$/);
  expect(out.slice(1).map((line) => line.slice(-15))).toEqual([odd.id, left.id, old.id]);
  expect(out[2]).toMatch(
    / front-door +person +9\.0 s +63 +Porch +rang \d\d:\d\d:02; held back: quiet-hours; protected +/,
  );
  expect(out.join('\n')).not.toContain('\u001b');
});

it.each([
  [[], [odd, left, old]],
  [['--camera', 'street'], [old]],
  [
    ['--camera', 'street', '--camera', 'front-door', '--limit', '2'],
    [odd, left],
  ],
  [['--since', '90m'], [odd]],
  [
    ['--until', '90m'],
    [left, old],
  ],
  [
    ['--category', 'vehicle', '--category', 'person'],
    [left, old],
  ],
  [['--zone', 'Kerb'], [old]],
  [['--text', 'HYPERLINK'], [odd]],
  [['--held-back'], [left]],
  [['--alerted', '--since', '3h'], [odd]],
  [['--protected'], [left]],
  [['--rang'], [left]],
  [['--importance', '63'], []],
  [['--source', 'mqtt'], []],
  [['--area', '0,0 0.2,0 0.2,0.2 0,0.2'], [left]],
  [['--area', '0,0 1,0 1,1 0,1', '--share', '1', '--camera', 'street'], [old]],
])('lists by %j', async (args, expected) => {
  expect(await ids(...args)).toEqual(expected.map(({ id }) => id));
  expect((await events(...args, '--count')).out).toEqual([String(args.includes('--limit') ? 3 : expected.length)]);
});

it('gives JSON that says everything', async () => {
  const { out } = await events('--json', '--limit', '1');
  const { mask, tracks, ...rest } = JSON.parse(out[0] ?? '') as Record<string, unknown>;
  expect(Buffer.from(mask as string, 'base64').equals(odd.mask)).toBe(true);
  expect(tracks).toHaveLength(2);
  expect(rest).toMatchObject({
    id: odd.id,
    start: '2026-03-01T13:00:00.000Z',
    end: '2026-03-01T13:00:09.000Z',
    zones: odd.zones,
    label: odd.label,
    importance: odd.importance,
    media: {
      picture: { bytes: 40_000, at: '2026-03-01T13:00:00.000Z' },
      preview: [{ number: 1, bytes: 900, at: '2026-03-01T13:00:02.000Z' }],
      clip: { bytes: 3 * 2 ** 20, at: '2026-03-01T12:00:00.000Z', duration: 19_000 },
    },
    feedback: { verdict: 'right', at: '2026-03-01T14:00:00.000Z' },
  });
});

it('gives CSV that a spreadsheet reads and does not run', async () => {
  const { out } = await events('--csv', '--since', '90m');
  expect(out[0]).toMatch(/^id,camera,start,/);
  expect(out[1]).toContain(
    `,known,"'=HYPERLINK(""x"",""y"")",0.87,62.5,"A ""b"", c; \u001b[31mred",,hub,camera,right,,false,,0.1,`,
  );
  expect(out[1]?.endsWith(',2,40000,3145728,')).toBe(true);
  expect(out).toHaveLength(2);
  expect((await events('--csv', '--rang')).out[1]?.endsWith(',,2026-03-01T12:00:02.000Z')).toBe(true);
});

it('tells when there are more, and when there are none', async () => {
  expect(await events('--limit', '2')).toMatchObject({ code: 0, err: 'The newest 2; --limit N gives more.' });
  expect(await events('--camera', 'none')).toMatchObject({ code: 0, out: [], err: 'No events.' });
});

it('shows one', async () => {
  const { out } = await events('show', odd.id);
  const text = out.join('\n');
  expect(text).toContain('Importance  63 of 100: zone 25, category 15, unusual 12,');
  expect(text).toContain('Alert       yes');
  expect(text).toContain(`${join(storage, 'lookout/media/front-door/2026-03-01', odd.id)}.mp4 (3.0 MiB), 19.0 s`);
  expect(text).toContain('Track 2     (0.10, 0.25) to (0.41, 0.50) in 8.0 s, 2.0 % of the picture, 0.08 widths/s');
  expect(out.slice(-18)[10]).toBe(`${'·'.repeat(40)}██████${'·'.repeat(18)}`);
  expect(text).not.toContain('\u001b');
  for (const id of ['zzz', '000000000000000']) {
    expect(await events('show', id)).toEqual({ code: 1, out: [], err: `lookout: There is no event "${id}".` });
  }
});

it('tells when somebody rang', async () => {
  expect((await events('show', left.id)).out.join('\n')).toMatch(/\nRang +2026-03-0[12] \d\d:\d\d:02\n/);
  expect((await events('show', odd.id)).out.join('\n')).not.toContain('Rang');
  expect(JSON.parse((await events('--rang', '--json')).out[0] ?? '')).toMatchObject({
    rings: ['2026-03-01T12:00:02.000Z'],
  });
});

it('counts what was rejected', async () => {
  expect((await events('rejected')).out).toEqual(['COUNT  REASON', '2      sway', '1      insect']);
  expect((await events('rejected', '--camera', 'yard', '--json')).out).toEqual(['{"insect":1}']);
});

it.each([
  [['events', '--categry', 'x'], /Unknown option '--categry'\.\nTry: lookout events --help/],
  [['events', '--category', 'x'], /--category is one of motion, person, .*; not “x”/],
  [['events', '--since', 'soon'], /--since is a time like/],
  [['events', '--importance', '101'], /number from 0 to 100; not “101”/],
  [['events', '--limit', '0'], /number from 1 to/],
  [['events', '--limit', ''], /number from 1 to/],
  [['events', '--area', '0,0 1,1'], /3 to 100 corners/],
  [['events', '--area', '0,0 1 1,1'], /“1” is none/],
  [['events', '--area', '0,0 1,0 2,1'], /number from 0 to 1; not “2”/],
  [['events', '--share', '0.5'], /--share goes with --area/],
  [['events', '--json', '--csv'], /exclude each other/],
  [['events', '--held-back', '--alerted'], /exclude each other/],
  [['events', 'show'], /Which one\?/],
  [['events', 'delete', 'x'], /but not “delete”/],
  [['events', 'rejected', 'x'], /“x” is one word too many/],
  [['evnts'], /There is no command “evnts”\.\nTry: lookout --help/],
  [['constructor'], /There is no command/],
])('%j is not understood', async (args, message) => {
  const { code, out, err } = await lookout(...args);
  expect({ code, out }).toEqual({ code: 2, out: [] });
  expect(err).toMatch(message);
});

it('helps', async () => {
  expect(await lookout('--help')).toMatchObject({ code: 0, err: '' });
  expect((await lookout('events', '--help')).out.join('\n')).toContain('--held-back');
  expect((await lookout('events', 'show', '-h')).code).toBe(0);
  expect((await lookout()).code).toBe(2);
});

it('says that there is nothing, and where it looked', async () => {
  expect(await lookout('events')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/no folder \/nonexistent\/\.homebridge\/lookout .*--storage DIR/) as string,
  });
  expect((await lookout('events', '-U', '/nonexistent/nowhere')).err).toContain('/nonexistent/nowhere/lookout');
});
