import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { ask, ControlError } from '../control/client.js';
import { RequestError, ringSchema, statusSchema } from '../control/messages.js';
import type { Report, RingAnswer, Trouble, WatchAnswer } from './messages.js';

export interface PageRequestsOptions {
  /** `lookout`, below Homebridge's storage folder. */
  readonly folder: string;
  readonly push: (report: Report) => void;
  readonly signal: AbortSignal;
  /** From one report to the next, ms; default 3000. */
  readonly every?: number;
}

const EVERY = 3000;

const watchBody = z.strictObject({ on: z.boolean() });
const ringBody = z.strictObject({ camera: z.string().min(1).max(64) });

/**
 * What the settings page asks for. Its server writes a line into Homebridge's log for each request, so that the page
 * does not ask again and again: it says that it watches, and is told.
 */
export class PageRequests {
  /** Aborted when nobody watches any longer. */
  private watching = new AbortController();

  constructor(private readonly options: PageRequestsOptions) {}

  /** The first report comes at once, also to somebody who watches already. */
  watch(body: unknown): WatchAnswer {
    const { data } = watchBody.safeParse(body);
    if (data === undefined) return malformed;
    this.watching.abort();
    if (data.on) {
      this.watching = new AbortController();
      void this.report(AbortSignal.any([this.watching.signal, this.options.signal]));
    }
    return { kind: 'watching', on: data.on };
  }

  async ring(body: unknown): Promise<RingAnswer> {
    const { data } = ringBody.safeParse(body);
    if (data === undefined) return malformed;
    const { folder, signal } = this.options;
    try {
      const request = { request: 'ring', camera: data.camera } as const;
      return { kind: 'answered', result: await ask(request, ringSchema, { folder, signal }) };
    } catch (error) {
      return troubleOf(error);
    }
  }

  private async report(signal: AbortSignal): Promise<void> {
    const { push, every = EVERY } = this.options;
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      const report = await this.status(signal);
      // That nobody asks any longer is no trouble.
      if (!isOver()) push(report);
      await setTimeout(every, undefined, { signal }).catch(() => undefined);
    }
  }

  private async status(signal: AbortSignal): Promise<Report> {
    try {
      const { folder } = this.options;
      return { kind: 'running', status: await ask({ request: 'status' }, statusSchema, { folder, signal }) };
    } catch (error) {
      return troubleOf(error);
    }
  }
}

const malformed: Trouble = { kind: 'trouble', fault: 'malformed', message: 'This is no request.' };

function troubleOf(error: unknown): Trouble {
  if (error instanceof ControlError || error instanceof RequestError)
    return { kind: 'trouble', fault: error.fault, message: error.message };
  return { kind: 'trouble', fault: 'failed', message: error instanceof Error ? error.message : String(error) };
}
