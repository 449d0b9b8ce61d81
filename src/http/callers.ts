import { Allowance } from '../camera/reports/allowance.js';

/** Wrong tokens from one address, and from all. */
const GUESSES = { burst: 10, perSecond: 0.2 };
const GUESSES_OF_ALL = { burst: 100, perSecond: 2 };
/** Of more addresses the oldest is forgotten. */
const MOST_CALLERS = 256;
/** Calls for one camera, whoever they are from. */
const CALLS = { burst: 20, perSecond: 5 };
/** Who calls the same within so long, ms, has said it: some call again until they have an answer. */
const AGAIN = 1000;

/** Who calls, by address, and how often. All times are monotonic milliseconds. */
export class Callers {
  /** By address. */
  readonly #guesses = new Map<string, Allowance>();
  readonly #guessesOfAll: Allowance;
  /** Addresses that have called with the right token. */
  readonly #known = new Map<string, true>();
  /** By camera. */
  readonly #calls = new Map<string, Allowance>();
  /** When it was said last, by address, and what was said of which camera. */
  readonly #said = new Map<string, number>();

  constructor(now: number) {
    this.#guessesOfAll = new Allowance(GUESSES_OF_ALL, now);
  }

  /**
   * Whether its token is looked at: who has guessed too often does not learn whether the next guess is right. While too
   * many guess, those are heard who knew it before.
   */
  mayTry(address: string, now: number): boolean {
    if (this.#guesses.get(address)?.has(now) === false) return false;
    return this.#known.has(address) || this.#guessesOfAll.has(now);
  }

  /** Its token is wrong. */
  hasGuessed(address: string, now: number): void {
    const guesses = this.#guesses.get(address) ?? new Allowance(GUESSES, now);
    remember(this.#guesses, address, guesses);
    guesses.take(now);
    this.#guessesOfAll.take(now);
  }

  /** Its token is right. @param camera one that there is @returns whether there were not too many calls for this camera */
  mayCall(address: string, camera: string, now: number): boolean {
    remember(this.#known, address, true);
    let allowance = this.#calls.get(camera);
    if (allowance === undefined) this.#calls.set(camera, (allowance = new Allowance(CALLS, now)));
    return allowance.take(now);
  }

  /** Whether it has just said the same. @param what with its camera */
  saysAgain(address: string, what: string, now: number): boolean {
    const before = this.#said.get(`${address} ${what}`);
    return before !== undefined && now - before < AGAIN;
  }

  /** It was heard. */
  hasSaid(address: string, what: string, now: number): void {
    remember(this.#said, `${address} ${what}`, now);
  }
}

/** As the newest. */
function remember<T>(all: Map<string, T>, key: string, value: T): void {
  all.delete(key);
  all.set(key, value);
  const [oldest] = all.keys();
  if (all.size > MOST_CALLERS && oldest !== undefined) all.delete(oldest);
}
