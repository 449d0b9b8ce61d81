/** What there is room for: everything, pictures and records, or records only. */
export type Room = 'clips' | 'pictures' | 'records';

export interface Reserves {
  /** Clips are written while more than this is free, bytes … */
  readonly clips: number;
  /** … and pictures while more than this is. The rest is for records, and for whoever else writes to the disk. */
  readonly pictures: number;
}

export const DEFAULT_RESERVES: Reserves = { clips: 512 * 2 ** 20, pictures: 64 * 2 ** 20 };

export interface RoomState {
  readonly room: Room;
  /** When a write failed last for want of space, ms. */
  readonly failedAt: number | undefined;
}

export const ROOMY: RoomState = { room: 'clips', failedAt: undefined };

/** Where the free space says nothing (quotas), it is tried again after this long, ms. */
const RETRY = 60_000;
/** So much more than the reserve has to be free before what was stopped begins again. */
const MARGIN = 1.25;

const ORDER: readonly Room[] = ['records', 'pictures', 'clips'];
const rank = (room: Room): number => ORDER.indexOf(room);

/** What to do about the bytes that are free; undefined where that is not known. */
export function roomFor(before: RoomState, free: number | undefined, reserves: Reserves, now: number): RoomState {
  if (before.failedAt !== undefined && now - before.failedAt < RETRY) return before;
  const enough = (room: 'clips' | 'pictures'): boolean => {
    const margin = rank(before.room) < rank(room) ? MARGIN : 1;
    return free === undefined || free > reserves[room] * margin;
  };
  const room = enough('clips') ? 'clips' : enough('pictures') ? 'pictures' : 'records';
  return { room, failedAt: undefined };
}

/** After a write failed for want of space: that kind stops, and what matters less. */
export const afterFailure = (before: RoomState, kind: 'clips' | 'pictures', now: number): RoomState => {
  const room: Room = kind === 'clips' ? 'pictures' : 'records';
  return { room: rank(room) < rank(before.room) ? room : before.room, failedAt: now };
};

/** Whether something of this kind may be written. */
export const hasRoom = ({ room }: RoomState, kind: 'clips' | 'pictures'): boolean => rank(room) >= rank(kind);

/** What the admin is told when the room changes. */
export function sentenceOf(before: Room, after: Room): { readonly bad: boolean; readonly text: string } | undefined {
  if (before === after) return undefined;
  switch (after) {
    case 'clips':
      return { bad: false, text: 'The disk has room again: clips and pictures of events are kept.' };
    case 'pictures':
      return {
        bad: rank(before) > rank(after),
        text: 'The disk is nearly full: clips are not kept until there is room. Pictures are, and detection goes on.',
      };
    case 'records':
      return {
        bad: true,
        text: 'The disk is full: neither clips nor pictures are kept until there is room. Detection goes on.',
      };
  }
}
