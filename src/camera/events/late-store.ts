import type { Archive } from '../../events/archive.js';
import type { WritableStore } from './writes.js';

/** A store that is still being opened: what is written waits for it, and is dropped where it cannot be opened. */
export function lateStore(archive: Promise<Pick<Archive, 'store'> | undefined>): WritableStore {
  return {
    put: async (...events) => (await archive)?.store.put(...events),
    update: async (id, change) => (await (await archive)?.store.update(id, change)) ?? false,
    putNonEvent: async (nonEvent) => (await archive)?.store.putNonEvent(nonEvent),
  };
}
