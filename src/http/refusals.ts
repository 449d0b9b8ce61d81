import type { Log } from '../camera/log.js';
import { Refusals } from '../camera/reports/refusals.js';

/** What was refused of who calls over HTTP, by address. */
export const callRefusals = (log: Pick<Log, 'warn'>): Refusals =>
  new Refusals(
    log,
    (address, reason) =>
      `HTTP: a call from ${address} is not heeded: ${reason}. More of them are counted, and not told.`,
  );
