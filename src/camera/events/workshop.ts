import type { EventMedia } from '../../events/event.js';
import { NO_MEDIA } from '../../events/event.js';
import type { Pieces } from '../../events/media.js';
import type { Part } from '../../events/media-path.js';
import type { CodedFrame } from './frames.js';

/** Where the files of one event are made. */
export interface Workshop {
  /** From the hub's clock to milliseconds since the epoch, as for the event's own times. */
  readonly toEpoch: (time: number) => number;
  /** The hub has more to do than it can: what is not needed is left out. */
  readonly behind: () => boolean;
  /** @returns the file's size */
  write(part: Part, pieces: Pieces): Promise<number>;
  /** One picture at a time. */
  decode(frame: CodedFrame): Promise<Buffer>;
  /** Says what fails, where that is new. @returns whether it was done */
  attempt(what: string, work: () => Promise<void>): Promise<boolean>;
  /** The event has another file from now on. */
  add(file: Partial<EventMedia>): void;
}

/** All files by now, with another. */
export function shelf(changed: (media: EventMedia) => void): Workshop['add'] {
  let files = NO_MEDIA;
  return (file) => {
    files = { ...files, ...file };
    changed(files);
  };
}
