/** Who speaks through a camera's loudspeaker, which has room for one. */
export interface Speaking {
  readonly kind: 'viewer' | 'file';
  /** Hub time of the last sound, ms. */
  readonly heardAt: number;
}

/** Who has been silent for this long has finished, ms. */
const PAUSE = 1_000;

/** Whether somebody may speak in the place of who speaks now: a viewer does not wait for a file's end. */
export function mayTakeOver(holder: Speaking | undefined, kind: Speaking['kind'], now: number): boolean {
  if (holder === undefined || (holder.kind === 'file' && kind === 'viewer')) return true;
  return now - holder.heardAt >= PAUSE;
}
