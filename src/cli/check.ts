import { mediaFolder } from '../events/archive.js';
import type { CheckReport } from '../events/check.js';
import { checkEvents } from '../events/check.js';
import { Media } from '../events/media.js';
import { openSqliteStore } from '../events/sqlite/open.js';
import { StoreError } from '../events/store.js';
import type { Command } from './command.js';
import { readArguments, UsageError } from './command.js';
import { plain } from './event-format.js';
import { findFolder, STORAGE_HELP, STORAGE_OPTION } from './storage.js';

const HELP = `lookout check [--repair] [--quick] [--json]

Sees whether every event has its files and every file its event, whether the files can be shown, and whether the
database is sound. Exit code 1 says that something is not well (any more).

  --repair            mends what is not; Lookout must not be running (it mends by itself when it starts)
  --quick             looks at the names of files only, not into them
  --json              one JSON object for each problem, and one for the sum
${STORAGE_HELP}`;

/** While the hub may be running, what began in the last minutes may not be complete yet, ms. */
const GOING_ON = 10 * 60_000;

export const command: Command = {
  help: HELP,
  async run(args, { print, complain, env, now, signal }) {
    const { values, positionals } = readArguments(args, {
      ...STORAGE_OPTION,
      repair: { type: 'boolean' },
      quick: { type: 'boolean' },
      json: { type: 'boolean' },
    });
    if (positionals[0] !== undefined) throw new UsageError(`“${positionals[0]}” is one word too many.`);
    const { repair = false, quick = false, json = false } = values;
    const folder = findFolder(values.storage, env);
    const store = await openSqliteStore({ folder, role: repair ? 'owner' : 'reader', patience: 0 }).catch(explained);
    try {
      if (!json) for (const sentence of store.mended) await print(plain(sentence));
      const log = { info: complain, warn: complain };
      const report = await checkEvents(store, new Media({ folder: mediaFolder(folder), log, now }), {
        repair,
        before: repair ? now() : now() - GOING_ON,
        openFrom: quick ? Infinity : 0,
        onProblem: (problem) => void print(json ? JSON.stringify(problem) : plain(problem.sentence)),
        signal,
      });
      await print(json ? JSON.stringify({ ...report, mended: store.mended }) : summary(report, repair));
      return report.open === 0 ? 0 : 1;
    } finally {
      await store.close();
    }
  },
};

/** What the store says of a damaged file, with what can be done about it here. */
function explained(error: unknown): never {
  if (error instanceof StoreError && error.fault === 'corrupt') {
    throw new Error(`${error.message} Or mend it now, while Lookout is stopped: lookout check --repair`, {
      cause: error,
    });
  }
  throw error;
}

function summary({ events, files, problems, open }: CheckReport, repair: boolean): string {
  const found = Object.entries(problems).reduce((sum, [kind, count]) => sum + (kind === 'foreign' ? 0 : count), 0);
  const looked = `${events} events and ${files} files were looked at`;
  if (found === 0) return `${looked}: all is well.`;
  if (!repair) return `${looked}: ${found} problems. Stop Lookout and run: lookout check --repair`;
  return open === 0 ? `${looked}: ${found} problems were mended.` : `${looked}: ${found} problems, ${open} remain.`;
}
