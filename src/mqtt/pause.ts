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
