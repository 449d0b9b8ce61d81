/**
 * What is said of a service that comes and goes: each trouble once until it is back, and of one that comes and goes
 * all the time no more than that.
 */
export class Troubles {
  readonly #told = new Set<string>();
  /** Connections in a row that did not last. */
  #brief = 0;

  /** Something is in its way. @returns whether to say so */
  trouble(message: string): boolean {
    const isNew = !this.#told.has(message);
    this.#told.add(message);
    return isNew;
  }

  /** It is there. @returns whether to say that it is back */
  there(): boolean {
    return this.#brief < 2 && this.#back();
  }

  /** It has been there for a while. @returns whether to say that it is back */
  steady(): boolean {
    this.#brief = 0;
    return this.#back();
  }

  /** It is gone. @param steady it had been there for a while */
  gone(steady: boolean): void {
    this.#brief = steady ? 0 : this.#brief + 1;
  }

  #back(): boolean {
    const known = this.#told.size > 0;
    this.#told.clear();
    return known;
  }
}
