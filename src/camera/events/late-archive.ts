import type { Archive } from '../../events/archive.js';
import { MediaError, type Media } from '../../events/media.js';
import type { WritableStore } from './writes.js';

/** A store that is still being opened: what is written waits for it, and is dropped where it cannot be opened. */
export function lateStore(archive: Promise<Pick<Archive, 'store'> | undefined>): WritableStore {
  return {
    put: async (...events) => (await archive)?.store.put(...events),
    update: async (id, change) => (await (await archive)?.store.update(id, change)) ?? false,
    putNonEvent: async (nonEvent) => (await archive)?.store.putNonEvent(nonEvent),
  };
}

/** The same for files: where events are not kept there is no room for them, which has been said. */
export function lateMedia(archive: Promise<Pick<Archive, 'media'> | undefined>): Pick<Media, 'write'> {
  return {
    write: async (...args) => {
      const opened = await archive;
      if (opened === undefined) throw new MediaError('no-room', 'Events are not kept.');
      return opened.media.write(...args);
    },
  };
}
