import type { Log } from '../camera/log.js';
import { Refusals } from '../camera/reports/refusals.js';

/** What was refused of what came in over MQTT, by topic. */
export const messageRefusals = (log: Pick<Log, 'warn'>): Refusals =>
  new Refusals(
    log,
    (topic, reason) => `MQTT: a message to ${topic} is not heeded: ${reason}. More of them are counted, and not told.`,
  );
