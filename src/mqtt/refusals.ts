import type { Log } from '../camera/log.js';

/** Of more sources nothing is said one by one. */
const MOST_SOURCES = 50;

/**
 * `replayed`: retained, old, or heard before. `unauthorised`: the settings know no such camera, switch or button.
 * `flood`: more than is read of one topic, or of all.
 */
export const REFUSALS = ['malformed', 'oversized', 'replayed', 'unauthorised', 'flood'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** How often each was refused since the hub was started. */
export type RefusalCounts = Readonly<Record<Refusal, number>>;

/** Counts what was refused, and says it once for each source. */
export class Refusals {
  /** As the admin knows them. */
  readonly #sources = new Set<string>();
  readonly #counts: Record<Refusal, number> = { malformed: 0, oversized: 0, replayed: 0, unauthorised: 0, flood: 0 };

  /** @param changed called at each refusal */
  constructor(
    private readonly log: Pick<Log, 'warn'>,
    private readonly changed: () => void = () => undefined,
  ) {}

  get counts(): RefusalCounts {
    return { ...this.#counts };
  }

  /** Of all kinds. */
  get total(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }

  refuse(source: string, kind: Refusal, reason: string): void {
    this.#counts[kind]++;
    this.changed();
    if (this.#sources.has(source) || this.#sources.size >= MOST_SOURCES) return;
    this.#sources.add(source);
    const shown = source.replace(/\p{C}/gu, '?').slice(0, 200);
    this.log.warn(`MQTT: a message to ${shown} is not heeded: ${reason}. More of them are counted, and not told.`);
  }
}
