import type { Log } from '../camera/log.js';

/** Of more sources nothing is said one by one. */
const MOST_SOURCES = 50;

/** Counts what was refused, and says it once for each source. */
export class Refusals {
  /** By source, as the admin knows it. */
  readonly #counts = new Map<string, number>();
  #total = 0;

  constructor(private readonly log: Pick<Log, 'warn'>) {}

  /** Of all sources. */
  get total(): number {
    return this.#total;
  }

  refuse(source: string, reason: string): void {
    this.#total++;
    const count = this.#counts.get(source);
    if (count === undefined && this.#counts.size >= MOST_SOURCES) return;
    this.#counts.set(source, (count ?? 0) + 1);
    if (count !== undefined) return;
    const shown = source.replace(/\p{C}/gu, '?').slice(0, 200);
    this.log.warn(`MQTT: a message to ${shown} is not heeded: ${reason}. More of them are counted, and not told.`);
  }
}
