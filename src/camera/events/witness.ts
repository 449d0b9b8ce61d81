import { addCell, COLUMNS, emptyMask, ROWS } from '../../detection/mask.js';
import type { Box, DetectedEvent, EventMask } from '../../detection/types.js';
import type { Category, EventSource, StoredEvent } from '../../events/event.js';
import { unseen } from './visit.js';

/** Somebody other than the hub says that something happens: the camera itself, or somebody in the house. */
export interface Witness {
  /** Milliseconds on the hub's monotonic clock. */
  readonly at: number;
  readonly source: EventSource;
  /** Of a witness who is trusted: it is an event even if nobody else sees it. */
  readonly claim: Claim | undefined;
}

export interface Claim {
  /** Who says so, as exactly as can be told: nobody else can say that it is over. */
  readonly by: string;
  readonly category: Category;
  /** 0 to 1. */
  readonly confidence: number;
  /** Undefined where it is not known. */
  readonly box: Box | undefined;
  /** Names of the camera's zones. */
  readonly zones: readonly string[];
  /** Without more news it is over then, ms on the hub's clock. */
  readonly until: number;
}

/** What a witness and the hub say of one moment may lie so far apart, ms: cameras tell late, keyframes are seconds apart. */
const WITHIN = 10_000;

/** So late after an event, ms, who is trusted means that one; what comes later is something new. */
const CLAIMED_WITHIN = 3000;

/** As many as a camera that tells every second says in that time, from two sources. */
const MOST_REMEMBERED = 20;

/**
 * @param event `end` is undefined while it goes on; all on one clock
 * @param late ms after its end
 */
export const isOfEvent = (
  at: number,
  { from, end }: { readonly from: number; readonly end: number | undefined },
  late = WITHIN,
): boolean => at >= from - WITHIN && (end === undefined || at <= end + late);

/** Whether a witness means an event that is known. */
export const isSameAs = ({ at, claim }: Witness, event: Parameters<typeof isOfEvent>[1]): boolean =>
  isOfEvent(at, event, claim === undefined ? WITHIN : CLAIMED_WITHIN);

/** With one more who says the same; the same object where that was known. */
export function agreed<T extends Pick<StoredEvent, 'source' | 'agreement'>>(event: T, source: EventSource): T {
  const known = source === event.source || event.agreement.includes(source);
  return known ? event : { ...event, agreement: [...event.agreement, source] };
}

/** What a witness makes of an event; the same object where it adds nothing. */
export function vouched<T extends Pick<StoredEvent, 'source' | 'agreement' | 'category'>>(
  event: T,
  witness: Witness,
): T {
  const category = named(event.category, witness.claim?.category);
  const all = agreed(event, witness.source);
  return category === event.category ? all : { ...all, category };
}

/** Plain motion is whatever somebody who is trusted knows it to be. */
export const named = (category: Category, claimed: Category | undefined): Category =>
  category === 'motion' ? (claimed ?? category) : category;

/** The witnesses of what nobody has seen yet. */
export const remembered = (before: readonly Witness[], witness: Witness): readonly Witness[] =>
  [...before.filter(({ at }) => at >= witness.at - WITHIN), witness].slice(-MOST_REMEMBERED);

/** An event that begins, with those who said so before. @param from on the witnesses' clock */
export const withWitnesses = <T extends Pick<StoredEvent, 'source' | 'agreement'>>(
  event: T,
  from: number,
  witnesses: readonly Witness[],
): T =>
  witnesses
    .filter(({ at }) => isOfEvent(at, { from, end: undefined }))
    .reduce((all, { source }) => agreed(all, source), event);

/** What a detector would say of a claim. */
export const asDetected = (at: number, { confidence, box, zones }: Claim): DetectedEvent => ({
  ...unseen(at),
  confidence,
  ...(box !== undefined && { box, mask: maskOf(box) }),
  zones,
});

/** The cells that a box touches. */
export function maskOf([left, top, width, height]: Box): EventMask {
  const mask = emptyMask();
  if (!(width > 0 && height > 0)) return mask;
  const cells = (from: number, size: number, count: number): readonly [first: number, last: number] => [
    Math.max(0, Math.floor(from * count)),
    Math.min(count, Math.ceil((from + size) * count)),
  ];
  const [firstRow, lastRow] = cells(top, height, ROWS);
  const [firstColumn, lastColumn] = cells(left, width, COLUMNS);
  for (let row = firstRow; row < lastRow; row++)
    for (let column = firstColumn; column < lastColumn; column++) addCell(mask, row * COLUMNS + column);
  return mask;
}
