import type { DetectedEvent } from '../detection/types.js';
import type { EventChange, EventSource, EventState, Importance, StoredEvent } from './event.js';
import { newEventId, NO_MEDIA } from './event.js';

/** What the detector does not know of its event. */
export interface Circumstances {
  readonly camera: string;
  /** From the detector's clock, ms, to milliseconds since the epoch. */
  readonly toEpoch: (time: number) => number;
  readonly importance: Importance;
  readonly heldBack: StoredEvent['heldBack'];
  readonly source: EventSource;
  readonly agreement: readonly EventSource[];
  /** Id in the store of the event that this one goes on from. */
  readonly continues: string | undefined;
}

/** A detector's event as it is first put into the store. */
export function storedEvent(event: DetectedEvent, circumstances: Circumstances, random?: () => number): StoredEvent {
  const { camera, toEpoch, source, agreement, continues } = circumstances;
  const start = Math.round(toEpoch(event.start));
  return {
    id: newEventId(start, random),
    camera,
    start,
    detectedAt: Math.round(toEpoch(event.detectedAt)),
    ...seenSoFar(event, circumstances),
    state: 'ongoing',
    label: undefined,
    source,
    agreement,
    rings: [],
    feedback: undefined,
    protected: false,
    continues,
    media: NO_MEDIA,
  };
}

/** What an update, or the end, of a detector's event changes in the store. */
export const storedChange = (
  event: DetectedEvent,
  circumstances: Pick<Circumstances, 'toEpoch' | 'importance' | 'heldBack'>,
  state: EventState,
): EventChange => ({ ...seenSoFar(event, circumstances), state });

function seenSoFar(
  { end, category, confidence, box, mask, tracks, zones }: DetectedEvent,
  { toEpoch, importance, heldBack }: Pick<Circumstances, 'toEpoch' | 'importance' | 'heldBack'>,
) {
  return {
    end: Math.round(toEpoch(end)),
    category,
    confidence,
    box,
    mask,
    tracks: tracks.map((track) => ({ ...track, from: toEpoch(track.from), to: toEpoch(track.to) })),
    zones,
    importance,
    heldBack,
  };
}
