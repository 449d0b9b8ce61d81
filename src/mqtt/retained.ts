/** Says a retained message; `done` when the broker has it, or will not take it. */
export type Say = (topic: string, payload: string | Buffer, done: (error?: Error) => void) => void;

/** As many are on their way to the broker at once. */
const MOST_ON_THEIR_WAY = 16;

interface State {
  payload: string | Buffer;
  /** The broker has not heard it yet. */
  news: boolean;
  /** An earlier payload is on its way. */
  under: boolean;
}

/**
 * The last word on each topic. Of what changes faster than the broker takes it, only the last is said: what waits is
 * never more than the topics that there are.
 */
export class RetainedStates {
  readonly #say: Say;
  /** By topic. */
  readonly #states = new Map<string, State>();
  readonly #waiting = new Set<string>();
  #onTheirWay = 0;
  #open = false;

  constructor(say: Say) {
    this.#say = say;
  }

  /** @param payload empty: nothing is retained any more */
  set(topic: string, payload: string | Buffer): void {
    const state = this.#states.get(topic);
    if (state !== undefined && typeof payload === 'string' && state.payload === payload) return;
    if (state === undefined) this.#states.set(topic, { payload, news: true, under: false });
    else Object.assign(state, { payload, news: true });
    this.#waiting.add(topic);
    this.#go();
  }

  /** The broker may know nothing of what was said before. */
  sayAll(): void {
    this.#open = true;
    for (const [topic, state] of this.#states) {
      state.news = true;
      this.#waiting.add(topic);
    }
    this.#go();
  }

  #go(): void {
    if (!this.#open) return;
    for (const topic of [...this.#waiting]) {
      if (this.#onTheirWay >= MOST_ON_THEIR_WAY) return;
      const state = this.#states.get(topic);
      if (state?.under === true) continue;
      this.#waiting.delete(topic);
      if (state?.news === true) this.#send(topic, state);
    }
  }

  #send(topic: string, state: State): void {
    state.news = false;
    state.under = true;
    this.#onTheirWay++;
    this.#say(topic, state.payload, () => {
      this.#onTheirWay--;
      state.under = false;
      if (state.payload.length === 0 && !state.news) this.#states.delete(topic);
      this.#go();
    });
  }
}
