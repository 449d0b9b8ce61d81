import type { FileHandle } from 'node:fs/promises';
import { type Movie, readMovie, type Sample } from './movie.js';

/** An index of a day; it is read into memory. */
const MOST_INDEX_BYTES = 128 * 1024 * 1024;
const MOST_BOXES = 10_000;
/** Read at once. */
const STRETCH = 1024 * 1024;

/** The index of an MP4 file, wherever in it. Undefined for other files, and for what {@link readMovie} does not read. */
export async function openMovie(file: FileHandle): Promise<Movie | undefined> {
  const { size } = await file.stat();
  const head = Buffer.alloc(16);
  for (let at = 0, nth = 0; at + 8 <= size && nth < MOST_BOXES; nth++) {
    const { bytesRead } = await file.read(head, 0, 16, at);
    if (bytesRead < 8) return undefined;
    const type = head.toString('latin1', 4, 8);
    if (nth === 0 && type !== 'ftyp') return undefined;
    const short = head.readUInt32BE(0);
    const [start, bytes] = short === 1 ? [16, Number(head.readBigUInt64BE(8))] : [8, short === 0 ? size - at : short];
    if (bytes < start || at + bytes > size) return undefined;
    if (type === 'moov') {
      if (bytes > MOST_INDEX_BYTES) return undefined;
      const moov = Buffer.alloc(bytes - start);
      if ((await file.read(moov, 0, moov.length, at + start)).bytesRead < moov.length) return undefined;
      return readMovie(moov, size);
    }
    at += bytes;
  }
  return undefined;
}

/** The samples' bytes, as slices of the stretches that are read at once: whoever keeps one keeps up to 1 MiB. */
export async function* readSamples(
  file: FileHandle,
  samples: readonly Sample[],
): AsyncGenerator<readonly { readonly sample: Sample; readonly data: Buffer }[]> {
  for (let first = 0; first < samples.length;) {
    const from = samples[first]?.offset ?? 0;
    let [end, next] = [from, first];
    for (; next < samples.length; next++) {
      const { offset, bytes } = samples[next] ?? { offset: -1, bytes: 0 };
      // Sound lies between the pictures: it is read with them.
      if (offset < end || (next > first && offset + bytes - from > STRETCH)) break;
      end = offset + bytes;
    }
    const stretch = Buffer.allocUnsafe(end - from);
    const { bytesRead } = await file.read(stretch, 0, stretch.length, from);
    const whole = samples.slice(first, next).filter(({ offset, bytes }) => offset + bytes - from <= bytesRead);
    yield whole.map((sample) => {
      const at = sample.offset - from;
      return { sample, data: stretch.subarray(at, at + sample.bytes) };
    });
    if (bytesRead < stretch.length) return;
    first = next;
  }
}
