/** Where a coded picture lies in the file, and when it is shown. In decoding order. */
export interface Sample {
  readonly offset: number;
  readonly bytes: number;
  /** ms from the beginning of the recording. */
  readonly time: number;
  readonly keyframe: boolean;
}

export interface Movie {
  readonly video: {
    readonly codec: string;
    readonly width: number;
    readonly height: number;
    readonly extradata: Buffer;
  };
  readonly samples: readonly Sample[];
}

/** A day at 60 fps, with room to spare. */
const MOST_SAMPLES = 8_000_000;
/** A keyframe of an 8K camera at the highest rate has about 8 MB. */
const MOST_BYTES = 32 * 1024 * 1024;

/** It is broken, or of a kind that is not read here. */
class Unread extends Error {}

const CODECS: Readonly<Record<string, readonly [codec: string, configuration: string]>> = {
  avc1: ['h264', 'avcC'],
  avc3: ['h264', 'avcC'],
  hvc1: ['hevc', 'hvcC'],
  hev1: ['hevc', 'hvcC'],
};

/**
 * Reads the index (`moov`) of an MP4 or QuickTime file whose pictures are H.264 or HEVC and stand in one piece in it.
 *
 * @param moov the content of the box, without its head
 * @param fileBytes no sample lies beyond
 * @returns undefined for what is broken or of another kind (fragmented, encrypted, cut by edits): ffmpeg may read it
 */
export function readMovie(moov: Buffer, fileBytes: number): Movie | undefined {
  try {
    const boxes = childrenOf(moov);
    if (boxes.has('mvex')) return undefined;
    const scale = one(boxes, 'mvhd');
    const timescale = scale.readUInt32BE(scale.readUInt8(0) === 1 ? 20 : 12);
    const tracks = (boxes.get('trak') ?? []).map((trak) => trackOf(trak, timescale)).filter((track) => track.count > 0);
    const video = tracks.find(({ kind }) => kind === 'vide');
    if (video === undefined) return undefined;
    // What lies before an edit's beginning (an encoder's priming) is not played.
    const start = Math.min(...tracks.map(({ start }) => Math.max(0, start)));
    return { video: describe(video.table), samples: samplesOf(video, start, fileBytes) };
  } catch (error) {
    if (error instanceof Unread || isOutOfRange(error)) return undefined;
    throw error;
  }
}

/** A box that is shorter than what it says it holds. */
const isOutOfRange = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  (error.code === 'ERR_OUT_OF_RANGE' || error.code === 'ERR_BUFFER_OUT_OF_BOUNDS');

type Boxes = ReadonlyMap<string, readonly Buffer[]>;

/** ISO 14496-12, 4.2: the boxes in a box, by type. */
function childrenOf(content: Buffer): Boxes {
  const found = new Map<string, Buffer[]>();
  for (let at = 0; at + 8 <= content.length;) {
    const short = content.readUInt32BE(at);
    const head = short === 1 ? 16 : 8;
    const size = short === 1 ? Number(content.readBigUInt64BE(at + 8)) : short === 0 ? content.length - at : short;
    if (size < head || at + size > content.length) throw new Unread('a box that is larger than what holds it');
    const type = content.toString('latin1', at + 4, at + 8);
    found.set(type, [...(found.get(type) ?? []), content.subarray(at + head, at + size)]);
    at += size;
  }
  return found;
}

function one(boxes: Boxes, type: string): Buffer {
  const [box] = boxes.get(type) ?? [];
  if (box === undefined) throw new Unread(`no ${type}`);
  return box;
}

interface Track {
  readonly kind: string;
  readonly table: Boxes;
  readonly count: number;
  /** Ticks a second. */
  readonly timescale: number;
  /** Added to composition times, ms. */
  readonly shift: number;
  /** When its first sample in decoding order is shown, ms. */
  readonly start: number;
}

function trackOf(trak: Buffer, movieScale: number): Track {
  const boxes = childrenOf(trak);
  const media = childrenOf(one(boxes, 'mdia'));
  const kind = one(media, 'hdlr').toString('latin1', 8, 12);
  const header = one(media, 'mdhd');
  const timescale = header.readUInt32BE(header.readUInt8(0) === 1 ? 20 : 12);
  if (timescale === 0 || movieScale === 0) throw new Unread('no time scale');
  const table = childrenOf(one(childrenOf(one(media, 'minf')), 'stbl'));
  const shift = shiftOf(boxes.get('edts')?.[0], timescale, movieScale);
  const [first] = offsets(table, 1);
  return {
    kind,
    table,
    count: sizesIn(table).count,
    timescale,
    shift,
    start: shift + ((first ?? 0) * 1000) / timescale,
  };
}

/** ISO 14496-12, 8.6.6: a pause before the beginning, and where in the media it is. What cuts more is not read. */
function shiftOf(edits: Buffer | undefined, timescale: number, movieScale: number): number {
  if (edits === undefined) return 0;
  const list = one(childrenOf(edits), 'elst');
  const long = list.readUInt8(0) === 1;
  const [count, size] = [list.readUInt32BE(4), long ? 20 : 12];
  let pause = 0;
  for (let nth = 0; nth < count; nth++) {
    const at = 8 + nth * size;
    const duration = long ? Number(list.readBigUInt64BE(at)) : list.readUInt32BE(at);
    const from = long ? Number(list.readBigInt64BE(at + 8)) : list.readInt32BE(at + 4);
    if (from !== -1) {
      if (nth !== count - 1 || list.readInt16BE(at + size - 4) !== 1) throw new Unread('edits');
      return pause - (from * 1000) / timescale;
    }
    pause += (duration * 1000) / movieScale;
  }
  return pause;
}

function describe(table: Boxes): Movie['video'] {
  const descriptions = one(table, 'stsd');
  if (descriptions.readUInt32BE(4) !== 1) throw new Unread('several descriptions');
  const [[type, [entry] = []] = ['']] = childrenOf(descriptions.subarray(8));
  const [codec, configuration] = CODECS[type] ?? [];
  if (entry === undefined || codec === undefined || configuration === undefined) throw new Unread(`a codec ${type}`);
  // ISO 14496-12, 12.1.3: 78 bytes before what is particular to the codec.
  const extradata = Buffer.from(one(childrenOf(entry.subarray(78)), configuration));
  return { codec, width: entry.readUInt16BE(24), height: entry.readUInt16BE(26), extradata };
}

function sizesIn(table: Boxes): { count: number; sizeOf: (nth: number) => number } {
  const box = one(table, 'stsz');
  const [every, count] = [box.readUInt32BE(4), box.readUInt32BE(8)];
  if (count > MOST_SAMPLES || (every === 0 && box.length < 12 + 4 * count)) throw new Unread('sample sizes');
  return { count, sizeOf: every === 0 ? (nth) => box.readUInt32BE(12 + 4 * nth) : () => every };
}

/** Values that are written as runs: how many, and of what. */
function* runs(box: Buffer, read: (at: number) => number): Generator<number, undefined> {
  const count = box.readUInt32BE(4);
  for (let nth = 0; nth < count; nth++) {
    const entry = 8 + 8 * nth;
    const value = read(entry + 4);
    for (let left = box.readUInt32BE(entry); left > 0; left--) yield value;
  }
  return undefined;
}

/** Composition times in ticks, in decoding order. */
function offsets(table: Boxes, count: number): number[] {
  const durations = one(table, 'stts');
  const shifts = table.get('ctts')?.[0];
  const duration = runs(durations, (at) => durations.readUInt32BE(at));
  // Version 0 is written with negative numbers, too.
  const shift = shifts && runs(shifts, (at) => shifts.readInt32BE(at));
  const times: number[] = [];
  for (let decoded = 0; times.length < count;) {
    const composed = shift?.next();
    times.push(decoded + (composed === undefined || composed.done === true ? 0 : composed.value));
    const lasts = duration.next();
    decoded += lasts.done === true ? 0 : lasts.value;
  }
  return times;
}

function samplesOf({ table, count, timescale, shift }: Track, start: number, fileBytes: number): Sample[] {
  const { sizeOf } = sizesIn(table);
  if (count > fileBytes) throw new Unread('more samples than bytes');
  const times = offsets(table, count);
  const keys = keyframesIn(table);
  const samples: Sample[] = [];
  for (const { offset, held } of chunksIn(table)) {
    let at = offset;
    for (let left = held; left > 0 && samples.length < count; left--) {
      const nth = samples.length;
      const bytes = sizeOf(nth);
      const time = shift - start + ((times[nth] ?? 0) * 1000) / timescale;
      if (bytes > MOST_BYTES || at + bytes > fileBytes) throw new Unread('a sample beyond the end');
      if (time < -0.5) throw new Unread('pictures before the beginning');
      samples.push({ offset: at, bytes, time, keyframe: keys?.has(nth + 1) ?? true });
      at += bytes;
    }
  }
  if (samples.length < count) throw new Unread('samples in no chunk');
  return samples;
}

/** Their numbers, from 1 on; undefined where all are. */
function keyframesIn(table: Boxes): Set<number> | undefined {
  const box = table.get('stss')?.[0];
  if (box === undefined) return undefined;
  const count = box.readUInt32BE(4);
  if (box.length < 8 + 4 * count) throw new Unread('keyframes');
  return new Set(Array.from({ length: count }, (_, nth) => box.readUInt32BE(8 + 4 * nth)));
}

/** ISO 14496-12, 8.7.4: where each chunk is, and how many samples it holds. */
function* chunksIn(table: Boxes): Generator<{ offset: number; held: number }> {
  const long = table.has('co64');
  const places = one(table, long ? 'co64' : 'stco');
  const groups = one(table, 'stsc');
  const [count, groupCount] = [places.readUInt32BE(4), groups.readUInt32BE(4)];
  let group = -1;
  for (let chunk = 0; chunk < count; chunk++) {
    while (group + 1 < groupCount && groups.readUInt32BE(8 + 12 * (group + 1)) <= chunk + 1) group++;
    if (group < 0 || groups.readUInt32BE(16 + 12 * group) !== 1) throw new Unread('several descriptions');
    const offset = long ? Number(places.readBigUInt64BE(8 + 8 * chunk)) : places.readUInt32BE(8 + 4 * chunk);
    yield { offset, held: groups.readUInt32BE(12 + 12 * group) };
  }
}
