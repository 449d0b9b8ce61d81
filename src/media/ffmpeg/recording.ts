import { type FileHandle, open } from 'node:fs/promises';
import { openMovie, readSamples } from '../mp4/file.js';
import type { Movie } from '../mp4/movie.js';
import { NutReader } from '../nut/reader.js';
import type { Formats, Packet } from '../packet.js';
import { SourceError } from '../source.js';
import type { Ffmpeg } from './capabilities.js';
import { Delivery } from './delivery.js';
import { readingFailure } from './failure.js';
import { startFfmpeg } from './process.js';
import { reading, TIME_OFFSET } from './reading.js';
import { videoUnpacker } from './unpack.js';

export interface RecordedPacket {
  /** Its time is of the recording, ms from its beginning. */
  readonly packet: Packet;
  /** In force at this packet. */
  readonly formats: Formats;
}

/**
 * The packets of a file, as fast as they are taken: of MP4 with H.264 or HEVC the pictures only, read here, and of
 * everything else what ffmpeg reads of it. A process costs 0.1 CPU s, as much as 25 keyframes.
 *
 * @throws {SourceError}
 */
export async function* readRecording(
  ffmpeg: Pick<Ffmpeg, 'path' | 'rtspTimeout' | 'scriptedInput'>,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<RecordedPacket, void> {
  const file = await open(path).catch(() => undefined);
  try {
    const movie = file && (await openMovie(file).catch(() => undefined));
    if (file === undefined || movie === undefined) yield* readByFfmpeg(ffmpeg, path, signal);
    else yield* readMovieFile(file, movie, signal);
  } finally {
    await file?.close();
  }
}

async function* readMovieFile(
  file: FileHandle,
  movie: Movie,
  signal: AbortSignal,
): AsyncGenerator<RecordedPacket, void> {
  const unpacker = videoUnpacker(movie.video);
  let delivered = false;
  let formats: Formats | undefined;
  for await (const read of readSamples(file, movie.samples)) {
    for (const { sample, data } of read) {
      if (signal.aborted) return;
      const packet = unpacker.unpack({ ...sample, data });
      const { format } = unpacker;
      if (packet === undefined || format === undefined) continue;
      if (formats?.video !== format) formats = { video: format, audio: undefined };
      delivered = true;
      yield { packet, formats };
    }
  }
  if (!delivered) throw new SourceError('unsupported', 'There are no pictures in it.');
}

async function* readByFfmpeg(
  ffmpeg: Pick<Ffmpeg, 'path' | 'rtspTimeout' | 'scriptedInput'>,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<RecordedPacket, void> {
  const { args } = reading(ffmpeg, { kind: 'recording', path }, false);
  const life = new AbortController();
  const process = startFfmpeg({ path: ffmpeg.path, args, signal: AbortSignal.any([signal, life.signal]) });
  let formats: Formats | undefined;
  let read: RecordedPacket[] = [];
  const delivery = new Delivery({
    formats: (found) => {
      formats = found;
    },
    packet: (packet) => {
      if (formats !== undefined) read.push({ packet: { ...packet, time: packet.time - TIME_OFFSET * 1000 }, formats });
    },
  });
  const reader = new NutReader(delivery);
  try {
    for await (const chunk of process.stdout) {
      reader.push(chunk as Buffer);
      const taken = read;
      read = [];
      yield* taken;
    }
    const { error, stderr } = await process.exited;
    if (signal.aborted || delivery.delivered) return;
    if (stderr === '' || stderr.includes('matches no streams'))
      throw error ?? new SourceError('unsupported', 'There are no pictures in it.');
    throw readingFailure({ host: undefined, stderr, delivered: false, lasted: 0, patience: Infinity });
  } finally {
    life.abort();
    await process.exited;
  }
}
