import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Detection } from '../../../src/camera/detection/detection.js';
import { learnedPath } from '../../../src/camera/events/learned.js';
import type { Feed } from '../../../src/camera/feed/feed.js';
import type { AnalysisThread } from '../../../src/detection/thread.js';
import { openSqliteStore } from '../../../src/events/sqlite/open.js';
import type { EventStore } from '../../../src/events/store.js';
import { event, NOON } from '../../events/events.js';
import { poll } from '../../e2e/harness/until.js';

const MINUTE = 60_000;
const CAMERA = { id: 'front-door', name: 'Front door' };

let folder: string;
let store: EventStore;
let wallclock: number;
let doubts: number[];
let detection: Detection;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lookout-detection-'));
  store = await openSqliteStore({ folder, role: 'owner' });
  wallclock = NOON;
  doubts = [];
  const silent = (): void => undefined;
  const thread = {
    open: () => ({
      ...{ feed: silent, watchBy: silent, candidate: silent, forget: silent, close: silent },
      doubtBy: (doubt: number) => doubts.push(doubt),
    }),
  };
  const feed = {
    ...{ state: { kind: 'offline', since: 0, reason: '' }, info: undefined, formats: undefined, ring: { all: [] } },
    subscribe: () => silent,
  };
  detection = new Detection({
    camera: CAMERA,
    settings: { enabled: true, sensitivity: 50, hold: 10, alertWindow: 0, categories: [], zones: [] },
    ...{ quiet: [], sub: undefined, folder, store, visit: 0 },
    main: feed as unknown as Feed,
    thread: thread as unknown as AnalysisThread,
    ffmpeg: { path: 'ffmpeg', passthrough: [] },
    media: () => ({ begin: () => ({ update: silent, end: silent }), close: () => Promise.resolve() }),
    log: { info: silent, warn: silent, error: silent, debug: silent },
    now: () => performance.now(),
    wallclock: () => wallclock,
  });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** Looks while `what` is done, then is switched off. */
async function on(what: () => Promise<unknown>): Promise<void> {
  const life = new AbortController();
  const ended = detection.run(life.signal);
  try {
    await what();
  } finally {
    life.abort();
    await ended;
  }
  expect(detection.doubt).toBe(0);
}

const doubting = (): Promise<true> =>
  poll('doubt', () => (detection.doubt > 0.5 && doubts.at(-1) === detection.doubt ? true : undefined), 10_000, 1);

async function fiveWrong(): Promise<void> {
  for (let nth = 0; nth < 5; nth++) {
    const wrong = event({ camera: CAMERA.id, start: wallclock });
    await store.put(wrong);
    await store.setFeedback(wrong.id, { verdict: 'wrong', category: undefined, note: undefined, at: wallclock });
  }
}

describe('detection', () => {
  it('goes on to doubt what was called wrong when it is switched on again, until that is forgotten', async () => {
    await on(() => poll('that it looks', () => detection.plan, 10_000, 1));
    wallclock += MINUTE;
    await fiveWrong();
    await on(doubting);
    wallclock += MINUTE;
    await on(doubting);
    rmSync(learnedPath(folder, CAMERA.id));
    wallclock += MINUTE;
    await on(async () => {
      await poll('that it looks', () => detection.plan, 10_000, 1);
      await fiveWrong();
      await store.list();
    });
    doubts = [];
    wallclock += MINUTE;
    await on(doubting);
    // Five of the ten count.
    expect(doubts).toEqual([expect.closeTo(1, 2)]);
  });

  it('that is switched off before it has begun forgets nothing', async () => {
    await on(() => poll('that it looks', () => detection.plan, 10_000, 1));
    wallclock += MINUTE;
    await fiveWrong();
    await on(doubting);
    wallclock += MINUTE;
    await on(() => Promise.resolve());
    await on(doubting);
  });
});
