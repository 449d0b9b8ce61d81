/** What {@link watchWhileVisible} needs of the world. */
export interface Watched {
  /** Asks for reports, or for no more. */
  readonly ask: (on: boolean) => Promise<unknown>;
  readonly isVisible: () => boolean;
  readonly onVisibility: (listener: () => void) => void;
  /** Calls again and again, every so many milliseconds, until what it gives is called. */
  readonly repeat: (listener: () => void, every: number) => () => void;
  /** Reports should have come. */
  readonly onSilence: () => void;
}

/** Reports come every 3 s; a hub that gives no answer is given up after 10 s. */
const PATIENCE = 15_000;

/**
 * Has reports come while the page is seen, and only then. Where none come any longer, it asks anew: Homebridge's UI
 * starts a new server for the page when it has been away.
 *
 * @returns to be called at each report
 */
export function watchWhileVisible({ ask, isVisible, onVisibility, repeat, onSilence }: Watched): () => void {
  let heard = false;
  let stop: (() => void) | undefined;
  const look = (): void => {
    if (!heard) onSilence();
    if (!heard) void ask(true).catch(() => undefined);
    heard = false;
  };
  const adapt = (): void => {
    stop?.();
    stop = undefined;
    const on = isVisible();
    heard = false;
    void ask(on).catch(() => {
      if (on) onSilence();
    });
    if (on) stop = repeat(look, PATIENCE);
  };
  onVisibility(adapt);
  adapt();
  return () => {
    heard = true;
  };
}
