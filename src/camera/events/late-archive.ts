import type { Archive } from '../../events/archive.js';
import { MediaError, type Media } from '../../events/media.js';
import type { EventStore } from '../../events/store.js';
import type { WritableStore } from './writes.js';

/** What a camera's detection needs of the store. */
export type DetectionStore = WritableStore & Pick<EventStore, 'list'>;

/**
 * A store that is still being opened: who asks and what is written wait for it. Where it cannot be opened, the one is
 * told of nothing, and the other is dropped.
 */
export function lateStore(archive: Promise<Pick<Archive, 'store'> | undefined>): DetectionStore {
  return {
    list: async (...args) => (await archive)?.store.list(...args) ?? { events: [], next: undefined },
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
