import { box, fullBox, u32, u64 } from './box.js';
import type { Run } from './timing.js';

/** What one track has in a fragment. */
export interface TrackRun extends Run {
  readonly track: number;
  /** A sample's bytes, in parts. */
  readonly data: readonly (readonly Buffer[])[];
  /** Which of them can be decoded by themselves. */
  readonly sync: readonly boolean[];
}

/** `moof` and `mdat` (ISO 14496-12, 8.8.4): offsets of data count from the beginning of the `moof`. */
export function fragmentOf(sequence: number, tracks: readonly TrackRun[]): Buffer {
  const runs = tracks.map((run) => ({ ...run, sizes: run.data.map(lengthOf) }));
  const moof = (head: number): Buffer => {
    let at = head;
    const trafs = runs.map((run) => {
      const offset = at;
      at += run.sizes.reduce((sum, size) => sum + size, 0);
      return traf(run, offset);
    });
    return box('moof', fullBox('mfhd', 0, 0, u32(sequence)), ...trafs);
  };
  const head = moof(0).length + MDAT_HEAD;
  const bytes = runs.reduce((sum, { sizes }) => sum + sizes.reduce((all, size) => all + size, 0), 0);
  const mdat = Buffer.concat([u32(MDAT_HEAD + bytes), Buffer.from('mdat')]);
  return Buffer.concat([moof(head), mdat, ...tracks.flatMap(({ data }) => data.flat())], head + bytes);
}

const MDAT_HEAD = 8;

const lengthOf = (parts: readonly Buffer[]): number => parts.reduce((sum, { length }) => sum + length, 0);

const DEFAULT_BASE_IS_MOOF = 0x02_0000;
/** In `trun`: an offset of the data; a duration, size, flags and (where one is not 0) composition offset a sample. */
const TRUN = { offset: 0x1, duration: 0x100, size: 0x200, flags: 0x400, composition: 0x800 } as const;
/** `sample_depends_on` 2: on none. */
const SYNC = 0x0200_0000;
/** `sample_depends_on` 1, `sample_is_non_sync_sample`. */
const NON_SYNC = 0x0101_0000;

function traf({ track, start, samples, sizes, sync }: TrackRun & { sizes: readonly number[] }, offset: number): Buffer {
  const reordered = samples.some((sample) => sample.offset !== 0);
  const rows = samples.flatMap((sample, at) => [
    ...[sample.duration, sizes[at] ?? 0, sync[at] === true ? SYNC : NON_SYNC],
    ...(reordered ? [sample.offset >>> 0] : []),
  ]);
  const flags = TRUN.offset | TRUN.duration | TRUN.size | TRUN.flags | (reordered ? TRUN.composition : 0);
  return box(
    'traf',
    fullBox('tfhd', 0, DEFAULT_BASE_IS_MOOF, u32(track)),
    fullBox('tfdt', 1, 0, u64(start)),
    fullBox('trun', 1, flags, u32(samples.length, offset, ...rows)),
  );
}
