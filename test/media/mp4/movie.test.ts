import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readMovie } from '../../../src/media/mp4/movie.js';

/** The index of a real file, and how large that is. */
let moov: Buffer;
let size: number;

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'lookout-movie-'));
  const file = join(folder, 'a.mp4');
  const scene = ['-f', 'lavfi', '-i', 'testsrc2=size=64x64:rate=10:duration=2', '-f', 'lavfi', '-i', 'sine=duration=2'];
  execFileSync('ffmpeg', ['-v', 'error', ...scene, '-c:v', 'libx264', '-g', '5', '-c:a', 'aac', file]);
  const bytes = readFileSync(file);
  size = bytes.length;
  const at = bytes.indexOf('moov', 0, 'latin1');
  moov = bytes.subarray(at + 4, at - 4 + bytes.readUInt32BE(at - 4));
  rmSync(folder, { recursive: true });
});

it('reads an index', () => {
  const movie = readMovie(moov, size);
  expect(movie?.video).toMatchObject({ codec: 'h264', width: 64, height: 64 });
  expect(movie?.samples.filter(({ keyframe }) => keyframe)).toHaveLength(4);
  expect(movie?.samples.map(({ time }) => Math.round(time)).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 20 }, (_, nth) => nth * 100),
  );
});

it('gives samples of the file only, or nothing, whatever bytes come', () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 6 });
  fc.assert(
    fc.property(changes, fc.option(fc.nat()), (bytes, cut) => {
      const changed = Buffer.from(moov);
      for (const [at, value] of bytes) changed[at % changed.length] = value;
      const movie = readMovie(cut === null ? changed : changed.subarray(0, cut % changed.length), size);
      for (const { offset, bytes: length, time } of movie?.samples ?? []) {
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset + length).toBeLessThanOrEqual(size);
        expect(Number.isFinite(time)).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => readMovie(Buffer.from(bytes), 1000) === undefined),
  );
});
