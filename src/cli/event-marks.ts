import { ask, ControlError } from '../control/client.js';
import { markedSchema, type Request } from '../control/messages.js';
import { feedbackOf } from '../control/requests.js';
import { CATEGORIES, isEventId } from '../events/event.js';
import { openSqliteStore } from '../events/sqlite/open.js';
import type { EventStore } from '../events/store.js';
import type { Surroundings } from './command.js';
import { oneOf, UsageError } from './command.js';

export const MARKS = ['protect', 'unprotect', 'right', 'wrong', 'unjudged'] as const;
export type Mark = (typeof MARKS)[number];

export interface MarkWish {
  readonly mark: Mark;
  readonly ids: readonly string[];
  readonly category: string | undefined;
  readonly note: string | undefined;
}

/** Tells the running hub what a person says of events; where none runs, writes it down itself. @returns the exit code */
export async function markEvents(wish: MarkWish, folder: string, { print, complain, now, signal }: Surroundings) {
  const requests = wish.ids.map((id) => requestOf(wish, id));
  let failed = false;
  for (const request of requests) {
    try {
      await asked(request, folder, now(), signal);
      await print(`${request.event}: ${SENTENCES[wish.mark]}`);
    } catch (error) {
      failed = true;
      complain(`lookout: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failed ? 1 : 0;
}

const SENTENCES: Readonly<Record<Mark, string>> = {
  protect: 'kept until you unprotect it.',
  unprotect: 'kept as long as others.',
  right: 'rightly an event.',
  wrong: 'wrongly an event.',
  unjudged: 'nothing is said of it any more.',
};

type MarkRequest = Extract<Request, { request: 'protect' | 'feedback' }>;

function requestOf({ mark, category, note }: MarkWish, event: string): MarkRequest {
  if (!isEventId(event)) throw new UsageError(`“${event}” is no event’s id.`);
  if (mark === 'protect' || mark === 'unprotect') return { request: 'protect', event, on: mark === 'protect' };
  return {
    request: 'feedback',
    event,
    verdict: mark === 'unjudged' ? null : mark,
    ...(category !== undefined && { category: oneOf('--category', CATEGORIES, category) }),
    ...(note !== undefined && { note }),
  };
}

async function asked(request: MarkRequest, folder: string, now: number, signal: AbortSignal): Promise<void> {
  try {
    await ask(request, markedSchema, { folder, signal });
  } catch (error) {
    if (!(error instanceof ControlError) || error.fault !== 'not-running') throw error;
    const store = await openSqliteStore({ folder, role: 'owner', patience: 0 });
    try {
      if (!(await written(request, store, now)))
        throw new Error(`There is no event “${request.event}”.`, { cause: error });
    } finally {
      await store.close();
    }
  }
}

const written = (request: MarkRequest, store: EventStore, now: number): Promise<boolean> =>
  request.request === 'protect'
    ? store.setProtected(request.event, request.on)
    : store.setFeedback(request.event, feedbackOf(request, now));
