import { emptyMask } from '../detection/mask.js';
import type { EventMedia, StoredEvent } from './event.js';
import { NO_MEDIA, timeOfId } from './event.js';
import type { Media } from './media.js';
import type { Part, Place } from './media-path.js';
import type { Shape } from './media-shape.js';
import type { EventStore, Holding } from './store.js';

type Times = Pick<StoredEvent, 'start' | 'end'>;

/** Brings events and files together again. Every method says in a few words what it did. */
export class Mender {
  readonly #store: EventStore;
  readonly #media: Media;

  constructor(store: EventStore, media: Media) {
    this.#store = store;
    this.#media = media;
  }

  /** The event does without the file from now on. */
  async forget(id: string, part: Part): Promise<void> {
    await this.#change(id, (media) => without(media, part));
  }

  /** Keeps of an event's file what can be shown. */
  async mendFile(event: Holding, place: Place, shape: Shape): Promise<string> {
    if (shape.whole === 0) {
      await this.#media.remove(place);
      await this.forget(event.id, place.part);
      return 'it was removed';
    }
    if (shape.whole < shape.bytes) await this.#media.recover(place, shape.whole);
    await this.#change(event.id, (media) => withFile(media, place.part, shape.whole, event));
    return 'what can be shown of it was kept';
  }

  /** Gives an event a file that it did not know of, if it has no other and the file can be shown. */
  async adopt(event: StoredEvent, place: Place): Promise<string> {
    const whole = hasFile(event.media, place.part) ? 0 : await this.#keep(place);
    if (whole === 0) {
      await this.#media.remove(place);
      return 'it was removed';
    }
    await this.#change(event.id, (before) => withFile(before, place.part, whole, event));
    return 'its event has it now';
  }

  /** Makes an event of what a file's place tells, where its record was lost. */
  async recreate(place: Place): Promise<string> {
    const whole = await this.#keep(place);
    if (whole === 0) {
      await this.#media.remove(place);
      return 'it was removed';
    }
    const event = recovered(place);
    await this.#store.put({ ...event, media: withFile(event.media, place.part, whole, event) });
    return 'an event was made of it';
  }

  /** Cuts a file to what can be shown of it, and puts it in its place. Returns how much that is; at 0 nothing was done. */
  async #keep(place: Place): Promise<number> {
    const { whole, bytes } = await this.#media.shape(place);
    if (whole > 0 && (whole < bytes || place.unfinished)) await this.#media.recover(place, whole);
    return whole;
  }

  async #change(id: string, change: (media: EventMedia) => EventMedia): Promise<void> {
    const event = await this.#store.get(id);
    if (event !== undefined) await this.#store.update(id, { media: change(event.media) });
  }
}

function without(media: EventMedia, part: Part): EventMedia {
  if (part === 'picture') return { ...media, picture: undefined };
  if (part === 'clip') return { ...media, clip: undefined };
  return { ...media, preview: media.preview.filter(({ number }) => number !== part) };
}

const hasFile = (media: EventMedia, part: Part): boolean =>
  typeof part === 'string' ? media[part] !== undefined : media.preview.some(({ number }) => number === part);

/** What is known of its time stays; where nothing is, the event's own times stand in. */
function withFile(media: EventMedia, part: Part, bytes: number, { start, end }: Times): EventMedia {
  if (part === 'picture') return { ...media, picture: { at: start, ...media.picture, bytes } };
  if (part === 'clip') return { ...media, clip: { at: start, duration: end - start, ...media.clip, bytes } };
  const frame = media.preview.find(({ number }) => number === part) ?? { number: part, at: start };
  const others = media.preview.filter(({ number }) => number !== part);
  return { ...media, preview: [...others, { ...frame, bytes }].sort((a, b) => a.number - b.number) };
}

/** The id tells the time, the folder the camera; nothing else is known. */
function recovered({ id, folder }: Place): StoredEvent {
  const start = timeOfId(id);
  return {
    id,
    camera: folder,
    start,
    detectedAt: start,
    end: start,
    state: 'recovered',
    category: 'motion',
    label: undefined,
    confidence: 0,
    box: [0, 0, 0, 0],
    mask: emptyMask(),
    tracks: [],
    zones: [],
    importance: { total: 0, factors: {} },
    heldBack: undefined,
    source: 'hub',
    agreement: [],
    rings: [],
    feedback: undefined,
    protected: false,
    continues: undefined,
    media: NO_MEDIA,
  };
}
