import type { Log } from '../log.js';

/** Of more sources nothing is said one by one. */
const MOST_SOURCES = 50;

/**
 * `replayed`: retained, old, or heard before. `unauthorised`: who asks does not know the token, or the settings know no
 * such camera, switch or button. `flood`: more than is read of one source, or of all.
 */
export const REFUSALS = ['malformed', 'oversized', 'replayed', 'unauthorised', 'flood'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** How often each was refused since the hub was started. */
export type RefusalCounts = Readonly<Record<Refusal, number>>;

/** Counts what was refused, and says it once for each source. */
export class Refusals {
  /** What was said of. */
  readonly #told = new Set<string>();
  readonly #counts: Record<Refusal, number> = { malformed: 0, oversized: 0, replayed: 0, unauthorised: 0, flood: 0 };
  readonly #listeners = new Set<() => void>();

  /**
   * @param say what the admin is told, once for each source; both are without control characters, and the source is
   * cut to 200 characters
   */
  constructor(
    private readonly log: Pick<Log, 'warn'>,
    private readonly say: (source: string, reason: string) => string,
  ) {}

  get counts(): RefusalCounts {
    return { ...this.#counts };
  }

  /** Of all kinds. */
  get total(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }

  /** Told at each refusal. @returns ends the subscription */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * @param source as the admin knows it
   * @param cause one source may have several, each of which is said once
   */
  refuse(source: string, kind: Refusal, reason: string, cause = ''): void {
    this.#counts[kind]++;
    for (const listener of [...this.#listeners]) listener();
    const key = `${cause} ${source}`;
    if (this.#told.has(key) || this.#told.size >= MOST_SOURCES) return;
    this.#told.add(key);
    const last = this.#told.size === MOST_SOURCES ? ' Of more sources nothing is told.' : '';
    this.log.warn(this.say(printable(source).slice(0, 200), printable(reason)) + last);
  }
}

const printable = (text: string): string => text.replace(/\p{C}/gu, '?');
