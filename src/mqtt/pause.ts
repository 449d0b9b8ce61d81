/**
 * Lets something be done when it is asked for, and again only after a pause: what is asked for meanwhile is done once,
 * at its end.
 *
 * @param pause ms
 */
export function withPauses(act: () => void, pause: number, signal: AbortSignal): () => void {
  let waiting = false;
  let asked = false;
  const go = (): void => {
    waiting = asked;
    if (!asked || signal.aborted) return;
    asked = false;
    setTimeout(go, pause).unref();
    act();
  };
  return () => {
    asked = true;
    if (!waiting) go();
  };
}

/** Of the first pause. */
const LONGEST = 60;

/**
 * A pause that doubles each time, up to sixty times its length.
 *
 * @param pause ms
 * @param times at least 1
 */
export const longerPause = (pause: number, times: number): number => pause * Math.min(2 ** times, LONGEST);
