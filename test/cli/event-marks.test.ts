import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answer } from '../../src/control/requests.js';
import { openControl } from '../../src/control/server.js';
import { openSqliteStore } from '../../src/events/sqlite/open.js';
import type { EventStore } from '../../src/events/store.js';
import { event, NOON } from '../events/events.js';
import { lookout } from './run.js';

const seen = event({ start: NOON });
let storage: string;

const open = (role: 'owner' | 'reader'): Promise<EventStore> =>
  openSqliteStore({ folder: join(storage, 'lookout'), role, patience: 0 });
const mark = (...args: string[]) => lookout('events', ...args, '--storage', storage);

async function kept() {
  const store = await open('reader');
  try {
    return await store.get(seen.id);
  } finally {
    await store.close();
  }
}

beforeEach(async () => {
  storage = mkdtempSync(join(tmpdir(), 'lookout-cli-'));
  const store = await open('owner');
  await store.put(seen);
  await store.close();
});
afterEach(() => {
  rmSync(storage, { recursive: true });
});

async function tryAll(): Promise<void> {
  expect(await mark('protect', seen.id)).toMatchObject({ code: 0, out: [`${seen.id}: kept until you unprotect it.`] });
  expect(await kept()).toMatchObject({ protected: true, feedback: undefined });
  expect((await mark('wrong', seen.id, '--category', 'animal', '--note', 'a cat')).code).toBe(0);
  expect(await kept()).toMatchObject({ feedback: { verdict: 'wrong', category: 'animal', note: 'a cat' } });
  expect((await mark('right', seen.id)).code).toBe(0);
  expect(await kept()).toMatchObject({ feedback: { verdict: 'right', category: undefined, note: undefined } });
  await mark('unprotect', seen.id);
  await mark('unjudged', seen.id);
  expect(await kept()).toMatchObject({ protected: false, feedback: undefined });
  const missing = event({ start: NOON + 1 }).id;
  expect(await mark('protect', missing, seen.id)).toMatchObject({
    code: 1,
    out: [`${seen.id}: kept until you unprotect it.`],
    err: `lookout: There is no event “${missing}”.`,
  });
}

it('marks events where no hub runs', tryAll);

it('asks the hub that runs to do it', async () => {
  const life = new AbortController();
  const store = await open('owner');
  const archive = Promise.resolve({ store });
  const hub = {
    version: '1',
    cameras: [],
    recording: () => undefined,
    refused: { overMqtt: () => undefined, overHttp: () => undefined },
    archive,
    mask: (text: string) => text,
  };
  await openControl({
    folder: join(storage, 'lookout'),
    handle: (request) => answer(hub, request),
    log: { warn: () => undefined, debug: () => undefined },
    signal: life.signal,
  });
  try {
    await tryAll();
  } finally {
    life.abort();
    await store.close();
  }
});

it.each([
  [['protect'], /Which one/],
  [['wrong', '../x'], /“\.\.\/x” is no event’s id/],
  [['wrong', seen.id, '--category', 'ghost'], /--category is one of .* not “ghost”/],
])('does not understand %j', async (args, sentence) => {
  const { code, err } = await mark(...args);
  expect(code).toBe(2);
  expect(err).toMatch(sentence);
});
