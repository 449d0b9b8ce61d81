import type { IncomingMessage } from 'node:http';
import { report, type ReportedCamera } from '../camera/reports/reports.js';
import { HeardIds, isRefused, type Told, toldOf } from '../camera/reports/told.js';
import { Callers } from './callers.js';
import { type Called, calledBy, type Denied, isDenied, TOO_MANY } from './request.js';

/** What can be called for. */
export type CalledCamera = ReportedCamera & {
  readonly id: string;
  readonly name: string;
  readonly settings: { readonly type: string };
};

export interface CallsOptions {
  readonly token: string;
  readonly cameras: readonly CalledCamera[];
  /** Monotonic milliseconds, on the clock of the feeds. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wallclock: () => number;
}

/** What who calls is told. */
export interface Answer {
  /** HTTP's. */
  readonly status: number;
  readonly said: string;
}

/** What is heard of a call and passed on to its camera, and what is not. */
export class Calls {
  readonly #options: CallsOptions;
  readonly #callers: Callers;
  readonly #ids = new HeardIds();

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#callers = new Callers(options.now());
  }

  /** @param address who calls */
  answerTo(
    { method, url, headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
    address: string,
  ): Answer | Denied {
    const { token, cameras, now } = this.#options;
    const at = now();
    if (!this.#callers.mayTry(address, at)) return TOO_MANY;
    const { authorization, 'content-length': length } = headers;
    const called = calledBy({ method, url, authorization, length }, token);
    if (isDenied(called)) {
      if (called.status === 401) this.#callers.hasGuessed(address, at);
      return called;
    }
    const camera = cameras.find(({ id }) => id.toLowerCase() === called.camera.toLowerCase());
    if (camera === undefined)
      return {
        ...{ status: 404, said: 'There is no such camera.', kind: 'unauthorised' },
        reason: `there is no camera “${called.camera}”. Correct the URL in the camera`,
      };
    return this.#callers.mayCall(address, camera.id, at) ? this.#call(camera, called, address, at) : TOO_MANY;
  }

  #call(camera: CalledCamera, { says, fields }: Called, address: string, at: number): Answer | Denied {
    const told = toldOf({ ...fields, says }, this.#options.wallclock());
    if (isRefused(told))
      return {
        ...{ status: told.kind === 'replayed' ? 409 : 400, said: `Not heeded: ${told.refused}.`, kind: told.kind },
        reason: `${told.refused}. ${told.kind === 'replayed' ? 'See its clock' : 'Correct the URL in the camera'}`,
      };
    if (told.id !== undefined && !this.#ids.isNew(`${camera.id} ${told.id}`))
      return { ...{ status: 409, said: 'It was heard before.', kind: 'replayed' }, reason: 'it was heard before' };
    const what = `${camera.id} ${says} ${told.report.over ? 'over' : ''}`;
    if (told.id === undefined && this.#callers.saysAgain(address, what, at))
      return {
        ...{ status: 200, said: 'known.', kind: 'replayed' },
        reason: 'it says the same again within a second, which counts once',
      };
    return this.#pass(camera, told, at, () => {
      this.#callers.hasSaid(address, what, at);
    });
  }

  #pass(camera: CalledCamera, { report: said, ends, of }: Told, at: number, heard: () => void): Answer | Denied {
    const outcome = report(camera, said, { at, source: 'http', ends, by: of });
    if (outcome === 'no-doorbell')
      return {
        ...{ status: 409, said: `${camera.name} is no doorbell.`, kind: 'unauthorised' },
        reason: `${camera.name} is no doorbell: its "type" is "${camera.settings.type}"`,
      };
    if (outcome === 'off') return { status: 409, said: `${camera.name} is off.` };
    heard();
    return { status: 200, said: `${outcome}.` };
  }
}
