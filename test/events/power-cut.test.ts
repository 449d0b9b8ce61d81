import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { Archive, mediaFolder } from '../../src/events/archive.js';
import { checkEvents } from '../../src/events/check.js';
import { clip } from './clips.js';

const ROOT = join(import.meta.dirname, '../..');
const CUTS = 52;

/**
 * Starts a writer and kills it. Returns the ids that it had said to be safe.
 *
 * @param after so many events, or before it is ready to write any
 * @param delay from then on, ms
 */
async function cut(folder: string, after: number | 'start', delay: number): Promise<string[]> {
  const writer = spawn(
    process.execPath,
    [
      ...['--experimental-transform-types', '--disable-warning=ExperimentalWarning'],
      ...['--import', join(ROOT, 'scripts/typescript.mjs'), join(ROOT, 'test/events/writer.ts'), folder],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines: string[] = [];
  const written = Promise.withResolvers<undefined>();
  const reader = createInterface(writer.stdout).on('line', (line) => {
    if (line !== 'ready') lines.push(line);
    if (lines.length === after) written.resolve(undefined);
  });
  const [exited, closed] = [once(writer, 'exit'), once(reader, 'close')];
  if (after !== 'start') await Promise.race([written.promise, exited]);
  await setTimeout(delay);
  writer.kill('SIGKILL');
  await exited;
  await closed;
  return lines;
}

it(`loses at most the event in progress, whenever the power is cut (${CUTS} times)`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lookout-power-'));
  const said: string[] = [];
  const counts = { safe: 0, interrupted: 0, mended: 0 };
  try {
    for (let n = 0; n < CUTS; n++) {
      // Every fourth time, before it has begun: while it opens, mends and checks what the last cut left.
      const fromStart = n % 4 === 0;
      const safe = await cut(folder, fromStart ? 'start' : n % 4, Math.random() * (fromStart ? 900 : 200));
      const archive = await Archive.open({
        folder,
        now: Date.now,
        log: { info: () => undefined, warn: (sentence) => said.push(sentence) },
        limits: { days: { clips: 9, pictures: 9, records: 9 }, bytes: 1e12, free: 0 },
        reserves: { clips: 0, pictures: 0 },
      });
      try {
        const atStart = await archive.checked;
        expect(atStart?.open).toBe(0);
        counts.mended += Object.keys(atStart?.problems ?? {}).length;

        const options = { repair: false, before: Date.now() + 1, openFrom: 0 };
        const problems: string[] = [];
        await checkEvents(archive.store, archive.media, {
          ...options,
          onProblem: ({ sentence }) => problems.push(sentence),
        });
        expect(problems).toEqual([]);

        // Retention was at work, too: of all but the last it may have taken the clip.
        for (const [i, id] of safe.entries()) {
          const event = await archive.store.get(id);
          expect(event?.state).toBe('ended');
          if (event === undefined || i < safe.length - 20) continue;
          expect(event.media).toMatchObject({ picture: { bytes: 3000 }, preview: [{ bytes: 500 }] });
          expect((await archive.media.read(event, 'clip')).equals(clip(3))).toBe(true);
        }
        const { events } = await archive.store.list({}, { limit: 500 });
        const interrupted = events.filter(({ state }) => state === 'interrupted').length;
        expect(events.filter(({ state }) => state !== 'ended' && state !== 'interrupted')).toEqual([]);
        expect(interrupted).toBeLessThanOrEqual(n + 1);
        counts.safe += safe.length;
        counts.interrupted = interrupted;
      } finally {
        await archive.close();
      }
    }
    // Cuts came at moments that matter, and none of them needed more than the start's own mending.
    expect(counts.safe).toBeGreaterThan(CUTS);
    expect(counts.interrupted).toBeGreaterThan(3);
    expect(counts.mended).toBeGreaterThan(3);
    expect(said.filter((sentence) => !sentence.includes('going on when Lookout was stopped'))).toEqual([]);
    expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toEqual([]);
    expect(readdirSync(mediaFolder(folder))).toEqual(['front-door']);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 300_000);
