export interface SpellsOptions {
  /** Works until it is told to end; resolves when all that it owned is gone. */
  readonly work: (signal: AbortSignal) => Promise<unknown>;
  /** The work ended in a way that it should not have. */
  readonly onFault: (error: unknown) => void;
  /** Ends the spell, and all others before they begin. */
  readonly signal: AbortSignal;
}

/** Work that is begun and ended again and again. No spell begins before the one before has ended. */
export class Spells {
  readonly #options: SpellsOptions;
  #spell: AbortController | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: SpellsOptions) {
    this.#options = options;
    options.signal.addEventListener(
      'abort',
      () => {
        this.end();
      },
      { once: true },
    );
  }

  /** Ends with the spell: each has its own, and where there is none it is aborted. */
  get signal(): AbortSignal {
    return this.#spell?.signal ?? AbortSignal.abort();
  }

  begin(): void {
    const { work, onFault, signal } = this.#options;
    if (this.#spell !== undefined || signal.aborted) return;
    const spell = new AbortController();
    this.#spell = spell;
    this.#ended = this.#ended.then(async () => {
      if (spell.signal.aborted) return;
      await work(spell.signal).catch(onFault);
    });
  }

  /** When it returns, the work has been told. */
  end(): void {
    this.#spell?.abort();
    this.#spell = undefined;
  }

  /** Resolves when what was begun by now has ended. */
  ended(): Promise<void> {
    return this.#ended;
  }
}
