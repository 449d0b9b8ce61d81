import type { StoreFault } from '../store.js';
import { StoreError } from '../store.js';

/** Primary result codes, https://www.sqlite.org/rescode.html */
const FAULTS: Readonly<Record<number, readonly [StoreFault, string]>> = {
  5: ['locked', 'Another program is writing to the events. Try again in a moment.'],
  6: ['locked', 'Another program is writing to the events. Try again in a moment.'],
  8: ['failed', 'The events cannot be written: the file or its folder is read-only. See who owns it.'],
  10: ['failed', 'The disk with the events could not be read or written. See whether it is well.'],
  11: ['corrupt', 'The file with the events is damaged. It is repaired when Lookout starts.'],
  13: ['full', 'The disk with the events is full. Free some space, or keep fewer days.'],
  14: ['failed', 'The file with the events cannot be opened. See who owns it and its folder.'],
  19: ['refused', 'The event does not fit those that are there.'],
  20: ['refused', 'The event does not fit those that are there.'],
  26: ['corrupt', 'The file with the events is damaged. It is repaired when Lookout starts.'],
};

/** Any error, as one of the store's. */
export function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  const cause = error instanceof Error ? error.message : String(error);
  const [fault, remedy] = FAULTS[code] ?? ['failed', 'The events could not be read or written.'];
  return new StoreError(fault, `${remedy} (${cause})`, { cause: error });
}

export const isCorrupt = (error: unknown): boolean => storeError(error).fault === 'corrupt';
