import { setTimeout } from 'node:timers/promises';
import * as z from 'zod';
import { ask, ControlError } from '../control/client.js';
import { pastSchema, pictureSchema, type Request, RequestError } from '../control/messages.js';
import { requestSchema, ringSchema, statusSchema } from '../control/messages.js';
import { zonesSchema } from '../settings/camera-schema.js';
import { copyOf, isObject } from '../settings/json.js';
import { idOf } from '../settings/settings.js';
import type { JudgeAnswer, PastAnswer, Report, RingAnswer, Trouble, WatchAnswer, ZonesAnswer } from './messages.js';

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
const camera = z.string().min(1).max(64);
const ringBody = z.strictObject({ camera });
const among = z.array(z.object({ id: z.unknown().optional(), name: z.unknown().optional() })).max(256);
const zonesBody = z.strictObject({ camera, among });
const judgeBody = z.strictObject({ camera, among, zones: z.unknown() });

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
    const result = await this.ask({ request: 'ring', camera: data.camera }, ringSchema);
    return isTrouble(result) ? result : { kind: 'answered', result };
  }

  async zones(body: unknown): Promise<ZonesAnswer> {
    const { data } = zonesBody.safeParse(body);
    if (data === undefined) return malformed;
    const picture = await this.ask({ request: 'picture', camera: data.camera }, pictureSchema);
    return { kind: 'zones', place: placeOf(data), picture };
  }

  async past(body: unknown): Promise<PastAnswer> {
    const { data } = requestSchema.safeParse({ ...(isObject(body) ? body : {}), request: 'past' });
    if (data === undefined) return malformed;
    const past = await this.ask(data, pastSchema);
    return isTrouble(past) ? past : { kind: 'past', past };
  }

  judge(body: unknown): JudgeAnswer {
    const { data } = judgeBody.safeParse(body);
    if (data === undefined) return malformed;
    // What the hub reads as left out is no fault, and what it does not know it passes over.
    const { zones } = Object(copyOf({ zones: data.zones })) as { zones?: unknown };
    const { error } = zonesSchema.safeParse(zones);
    const issues = error?.issues.filter(({ code }) => code !== 'unrecognized_keys') ?? [];
    const faults = issues.map(({ path: [zone, field], message }) => ({
      zone: typeof zone === 'number' ? zone : 0,
      field: typeof field === 'string' ? field : '',
      expected: message,
    }));
    return { kind: 'judged', place: placeOf(data), faults };
  }

  private async report(signal: AbortSignal): Promise<void> {
    const { push, every = EVERY } = this.options;
    const isOver = (): boolean => signal.aborted;
    while (!isOver()) {
      const status = await this.ask({ request: 'status' }, statusSchema, signal);
      const report: Report = isTrouble(status) ? status : { kind: 'running', status };
      // That nobody asks any longer is no trouble.
      if (!isOver()) push(report);
      await setTimeout(every, undefined, { signal }).catch(() => undefined);
    }
  }

  private async ask<T extends object>(
    request: Request,
    schema: z.ZodType<T>,
    signal = this.options.signal,
  ): Promise<T | Trouble> {
    try {
      return await ask(request, schema, { folder: this.options.folder, signal });
    } catch (error) {
      return troubleOf(error);
    }
  }
}

const isTrouble = (answer: object): answer is Trouble => 'kind' in answer && answer.kind === 'trouble';

/** As the plugin gives its cameras their ids. */
function placeOf({ camera: wanted, among: cameras }: z.output<typeof zonesBody>): number | null {
  const place = cameras.findIndex(({ id, name }) => {
    // Forms write blank texts for what is left out.
    const claimed = idOf(typeof id === 'string' && id.trim() === '' ? { name } : { id, name });
    return claimed?.toLowerCase() === wanted.toLowerCase();
  });
  return place < 0 ? null : place;
}

const malformed: Trouble = { kind: 'trouble', fault: 'malformed', message: 'This is no request.' };

function troubleOf(error: unknown): Trouble {
  if (error instanceof ControlError || error instanceof RequestError)
    return { kind: 'trouble', fault: error.fault, message: error.message };
  return { kind: 'trouble', fault: 'failed', message: error instanceof Error ? error.message : String(error) };
}
