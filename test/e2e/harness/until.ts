/** Thrown when something that a test waits for does not come. */
export class NotSeen extends Error {
  override readonly name = 'NotSeen';
}

/** Wakes whoever waits for a state whenever that state may have changed. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /**
   * Resolves with the first value of `look` that is not undefined; looks now and after every change.
   * Rejects with {@link NotSeen} after `timeout` milliseconds; `what` says in words what was waited for.
   */
  until<T>(what: string, look: () => T | undefined, timeout: number, detail: () => string = () => ''): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(check);
      };
      const check = (): void => {
        try {
          const value = look();
          if (value === undefined) return;
          end();
          resolve(value);
        } catch (error) {
          end();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const timer = setTimeout(() => {
        end();
        reject(new NotSeen(`not seen within ${timeout} ms: ${what}${detail()}`));
      }, timeout);
      this.#listeners.add(check);
      check();
    });
  }
}

/** Asks `look` every `interval` milliseconds, for states that announce nothing: a process table, a characteristic. */
export async function poll<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  timeout: number,
  interval = 50,
): Promise<T> {
  const end = performance.now() + timeout;
  for (;;) {
    const value = await look();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new NotSeen(`not seen within ${timeout} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}

/** Lets a stretch of real time pass in which something is observed: a bitrate has to be counted over seconds. */
export const observe = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
