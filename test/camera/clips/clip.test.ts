import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClipError, recordClip, type Clip, type ClipOptions } from '../../../src/camera/clips/clip.js';
import { newEventId } from '../../../src/events/event.js';
import { placeOf } from '../../../src/events/media-path.js';
import { Media } from '../../../src/events/media.js';
import { findFfmpeg, type Ffmpeg } from '../../../src/media/ffmpeg/capabilities.js';
import { h264Encoders, type H264Encoder } from '../../../src/media/ffmpeg/encoders.js';
import type { Packet } from '../../../src/media/packet.js';
import { children, noChildren } from '../../media/ffmpeg/processes.js';
import { coded, pictures, type Coded } from '../../media/fmp4/coded.js';
import { decode, listen, probe } from '../../media/fmp4/probe.js';
import { TestFeed } from './feed.js';

/** Six seconds with a keyframe every two. */
let clip: Coded;
let ffmpeg: Ffmpeg;
let encoder: H264Encoder | undefined;
let life: AbortController;
/** The time of the first picture. */
let first: number;

beforeAll(async () => {
  [clip, ffmpeg] = await Promise.all([coded(), findFfmpeg()]);
  [encoder] = await h264Encoders(ffmpeg);
  first = pictures(clip.packets)[0]?.time ?? NaN;
}, 60_000);
beforeEach(() => {
  life = new AbortController();
});
afterEach(async () => {
  life.abort();
  await noChildren();
});

/** An encoder is waited for however busy the machine is. */
const ANY_TIME = { patience: 20_000, grace: 20_000 };

const record = (feed: TestFeed, options: Partial<ClipOptions> = {}): Clip =>
  recordClip(feed, {
    ...{ from: first, until: () => undefined, signal: life.signal, coders: { ffmpeg, encoder } },
    ...{ ...ANY_TIME, ...options },
  });

async function read({ pieces }: Clip): Promise<Buffer[]> {
  const read: Buffer[] = [];
  for await (const piece of pieces) read.push(Buffer.from(piece));
  return read;
}

const before = (time: number, packets = clip.packets): Packet[] =>
  packets.filter((packet) => packet.time < first + time);
const since = (time: number, packets = clip.packets): Packet[] =>
  packets.filter((packet) => packet.time >= first + time);

/** What a player would show. */
async function shown(pieces: readonly Buffer[]): Promise<{ count: number; seconds: number }> {
  const file = Buffer.concat(pieces);
  const { pictures: count, complaints } = await decode(file);
  expect(complaints).toBe('');
  const { packets } = await probe(file);
  const ends = packets.filter(({ kind }) => kind === 'video').map(({ time, duration }) => time + duration);
  return { count: count.length, seconds: Math.max(...ends) };
}

/** How long a fragment's pictures last by their durations (`trun` without composition offsets; ffprobe makes its own). */
function pictureTicks(piece: Buffer): number {
  const trun = piece.indexOf('trun') + 4;
  const durations = Array.from({ length: piece.readUInt32BE(trun + 4) }, (_, at) => trun + 12 + at * 12);
  return durations.reduce((sum, at) => sum + piece.readUInt32BE(at), 0);
}

it('begins in memory, and ends exactly', async () => {
  const feed = new TestFeed(clip.formats);
  feed.send(before(3000));
  const event: { end?: number } = {};
  const recorded = record(feed, { from: first + 2500, until: () => event.end });
  const reading = read(recorded);
  event.end = first + 4510;
  feed.send(since(3000));
  expect(await recorded.ended).toEqual({ ending: 'complete', start: first + 2000, duration: 2510 });
  const pieces = await reading;
  expect(pieces).toHaveLength(3);
  expect((await shown(pieces)).count).toBe(51);
  expect(pieces.slice(1).reduce((sum, piece) => sum + pictureTicks(piece), 0)).toBe(225_900);
  const sound = await listen(Buffer.concat(pieces));
  expect(sound.complaints).toBe('');
  expect(Math.abs(sound.seconds - 2.51)).toBeLessThan(0.05);
  expect(feed.listeners.size).toBe(0);
});

it('gives each GOP as soon as it is whole and its sound has come', async () => {
  const feed = new TestFeed(clip.formats);
  const recorded = record(feed);
  const pieces = recorded.pieces[Symbol.asyncIterator]();
  feed.send(before(2100));
  expect((await pieces.next()).done).toBe(false);
  const whole = Buffer.from(((await pieces.next()) as IteratorYieldResult<Uint8Array>).value);
  expect(whole.toString('latin1', 4, 8)).toBe('moof');
  feed.send(since(2100, before(4100)));
  expect((await pieces.next()).done).toBe(false);
  await pieces.return?.();
  expect((await recorded.ended).ending).toBe('aborted');
  expect(feed.listeners.size).toBe(0);
});

it('ends in memory where the event is over already', async () => {
  const feed = new TestFeed(clip.formats);
  feed.send(clip.packets);
  const recorded = record(feed, { from: first + 2000, until: () => first + 3000 });
  expect((await shown(await read(recorded))).count).toBe(20);
  expect(await recorded.ended).toEqual({ ending: 'complete', start: first + 2000, duration: 1000 });
});

it('begins with the oldest picture where memory does not reach back, and waits for one where it is empty', async () => {
  const feed = new TestFeed(clip.formats);
  const early = record(feed, { from: first - 60_000, until: () => first + 1000 });
  feed.send(since(1, before(1000)));
  feed.send(before(3000));
  expect(await early.ended).toEqual({ ending: 'complete', start: first, duration: 1000 });
  expect((await shown(await read(early))).count).toBe(20);
});

it('shows B-frames up to the end', async () => {
  const reordered = await coded({ bFrames: 3, profile: 'high' });
  const [start = NaN] = pictures(reordered.packets).map(({ time }) => time);
  const feed = new TestFeed(reordered.formats);
  const recorded = record(feed, { from: start, until: () => start + 3000 });
  feed.send(reordered.packets);
  const { count, seconds } = await shown(await read(recorded));
  expect(count).toBeGreaterThanOrEqual(60);
  expect(count).toBeLessThanOrEqual(62);
  expect(seconds).toBeGreaterThan(2.99);
  expect(seconds).toBeLessThan(3.11);
});

describe('before its end', () => {
  it('is interrupted', async () => {
    const feed = new TestFeed(clip.formats);
    const recorded = record(feed);
    feed.send(before(3000));
    feed.interrupt();
    feed.send(since(4000));
    const { ending, duration } = await recorded.ended;
    expect([ending, Math.round(duration)]).toEqual(['interrupted', 3000]);
    expect((await shown(await read(recorded))).count).toBe(60);
  });

  it('is cut where the format changes', async () => {
    const other = await coded({ width: 640, height: 360 });
    const feed = new TestFeed(clip.formats);
    const recorded = record(feed);
    feed.send(before(3000));
    feed.change(other.formats);
    feed.send(other.packets);
    expect((await recorded.ended).ending).toBe('format-changed');
    expect((await shown(await read(recorded))).count).toBe(60);
  });

  it('is cut at a keyframe that brings other parameter sets', async () => {
    const other = await coded({ width: 640, height: 360 });
    const feed = new TestFeed(clip.formats);
    const recorded = record(feed);
    feed.send(before(2000));
    const sets = other.formats.video.parameterSets;
    feed.send(
      since(2000, before(5000)).map((packet) =>
        packet.kind === 'video' && packet.keyframe ? { ...packet, units: [...sets, ...packet.units] } : packet,
      ),
    );
    expect(await recorded.ended).toEqual({ ending: 'format-changed', start: first, duration: 2000 });
    expect((await shown(await read(recorded))).count).toBe(40);
  });

  it('does not begin in a format that is over', async () => {
    const other = await coded({ width: 640, height: 360 });
    const feed = new TestFeed(other.formats);
    feed.send(before(1900, other.packets));
    feed.change(clip.formats);
    feed.send(since(2000, before(3000)));
    const recorded = record(feed, { until: () => first + 2500 });
    expect(await recorded.ended).toEqual({ ending: 'complete', start: first + 2000, duration: 500 });
    expect((await shown(await read(recorded))).count).toBe(10);
  });

  it('goes on where the same format is told again', async () => {
    const feed = new TestFeed(clip.formats);
    const recorded = record(feed, { until: () => first + 5000 });
    feed.send(before(3000));
    const { video, audio } = clip.formats;
    feed.change({ video: { ...video, parameterSets: video.parameterSets.map((set) => Buffer.from(set)) }, audio });
    feed.send(since(3000));
    expect((await recorded.ended).ending).toBe('complete');
    expect((await shown(await read(recorded))).count).toBe(100);
  });

  it('is aborted', async () => {
    const feed = new TestFeed(clip.formats);
    const recorded = record(feed);
    const reading = read(recorded);
    feed.send(before(3000));
    life.abort();
    expect((await recorded.ended).ending).toBe('aborted');
    expect((await shown(await reading)).count).toBe(60);
    expect(feed.listeners.size).toBe(0);
  });

  it('stalls', async () => {
    const feed = new TestFeed(clip.formats);
    const recorded = record(feed, { patience: 20 });
    feed.send(before(3000));
    expect((await recorded.ended).ending).toBe('stalled');
    expect((await shown(await read(recorded))).count).toBe(60);
  });

  it('is not read as fast as it grows', async () => {
    const feed = new TestFeed(clip.formats);
    feed.send(before(3000));
    const recorded = record(feed, { waiting: 40_000 });
    feed.send(since(3000));
    const { ending, duration } = await recorded.ended;
    expect(ending).toBe('too-slow');
    expect(duration).toBeGreaterThan(3000);
    expect(duration).toBeLessThan(5900);
    const { count, seconds } = await shown(await read(recorded));
    expect(count).toBeGreaterThan(60);
    expect(seconds).toBeCloseTo(duration / 1000, 1);
    expect(feed.listeners.size).toBe(0);
  });

  it('has no picture at all', async () => {
    const feed = new TestFeed(clip.formats);
    const recorded = record(feed, { patience: 20 });
    await expect(read(recorded)).rejects.toThrow(ClipError);
    expect(await recorded.ended).toEqual({ ending: 'stalled', start: first, duration: 0 });
  });

  it('was aborted before it began', async () => {
    const feed = new TestFeed(clip.formats);
    feed.send(clip.packets);
    life.abort();
    const recorded = record(feed);
    await expect(read(recorded)).rejects.toThrow(ClipError);
    expect((await recorded.ended).ending).toBe('aborted');
  });
});

it('starts no process for what MP4 carries', async () => {
  const feed = new TestFeed(clip.formats);
  const recorded = record(feed, { until: () => first + 5000 });
  feed.send(before(4500));
  expect(await children()).toEqual([]);
  feed.send(since(4500));
  await read(recorded);
});

it('copies HEVC', async () => {
  const hevc = await coded({ codec: 'hevc' });
  const [start = NaN] = pictures(hevc.packets).map(({ time }) => time);
  const feed = new TestFeed(hevc.formats);
  const recorded = record(feed, { from: start, until: () => start + 3000 });
  feed.send(hevc.packets);
  const pieces = await read(recorded);
  expect((await shown(pieces)).count).toBeGreaterThanOrEqual(60);
  expect((await probe(Buffer.concat(pieces))).streams[0]?.tag).toBe('hvc1');
});

it('makes AAC of other sound, in step', async () => {
  const other = await coded({}, ['-c:v', 'copy', '-bsf:v', 'h264_mp4toannexb', '-c:a', 'pcm_mulaw', '-ar', '8000']);
  const [start = NaN] = pictures(other.packets).map(({ time }) => time);
  const feed = new TestFeed(other.formats);
  const recorded = record(feed, { from: start, until: () => start + 4000 });
  feed.send(other.packets);
  const pieces = await read(recorded);
  const { ending } = await recorded.ended;
  expect(ending).toBe('complete');
  const { streams, packets } = await probe(Buffer.concat(pieces));
  expect(streams[1]).toMatchObject({ codec: 'aac', sampleRate: 16_000, channels: 1 });
  const sound = packets.filter(({ kind }) => kind === 'audio').map(({ time }) => time);
  expect(sound[0]).toBeLessThan(0.07);
  expect(sound.at(-1)).toBeGreaterThan(3.8);
  expect((await shown(pieces)).count).toBe(80);
  expect((await listen(Buffer.concat(pieces))).complaints).toBe('');
});

it.each<[string, string[], string | undefined]>([
  ['lays a mask upon it', ['-c', 'copy'], 'drawbox=x=0:y=0:w=160:h=180:t=fill:color=black'],
  ['makes H.264 of MJPEG', ['-c:a', 'copy', '-c:v', 'mjpeg', '-q:v', '4'], undefined],
])('%s', async (_, coder, mask) => {
  const other = await coded({}, coder);
  const [start = NaN] = pictures(other.packets).map(({ time }) => time);
  const feed = new TestFeed(other.formats);
  feed.send(other.packets.slice(0, 100));
  const recorded = record(feed, { from: start, until: () => start + 5000, mask });
  feed.send(other.packets.slice(100));
  const pieces = await read(recorded);
  const { ending, duration } = await recorded.ended;
  expect([ending, Math.round(duration)]).toEqual(['complete', 5000]);
  const { streams } = await probe(Buffer.concat(pieces));
  expect(streams[0]).toMatchObject({ codec: 'h264', width: 320, height: 180 });
  const { count, seconds } = await shown(pieces);
  expect(count).toBe(100);
  expect(seconds).toBeCloseTo(5, 2);
});

it('keeps what an encoder has where the camera goes away', async () => {
  const feed = new TestFeed(clip.formats);
  const recorded = record(feed, { mask: 'drawbox=t=fill' });
  feed.send(before(3000));
  feed.interrupt();
  expect((await recorded.ended).ending).toBe('interrupted');
  expect((await shown(await read(recorded))).count).toBe(60);
});

it.each<[string, () => Partial<ClipOptions>, string]>([
  ['has no encoder', () => ({ coders: { ffmpeg, encoder: undefined } }), 'no-encoder'],
  ['has a mask that ffmpeg refuses', () => ({ mask: 'nosuchfilter' }), 'encoder-failed'],
])('%s', async (_, options, expected) => {
  const feed = new TestFeed(clip.formats);
  const recorded = record(feed, { mask: 'drawbox=t=fill', ...options() });
  feed.send(before(3000));
  await expect(read(recorded)).rejects.toThrow(ClipError);
  expect((await recorded.ended).ending).toBe(expected);
});

it('becomes a file that is whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lookout-clip-'));
  try {
    const media = new Media({ folder, log: { info: () => undefined, warn: () => undefined }, now: () => 0 });
    const start = 1_700_000_000_000;
    const event = { id: newEventId(start), camera: 'door', start };
    const feed = new TestFeed(clip.formats);
    feed.send(clip.packets);
    const recorded = record(feed, { until: () => first + 5000 });
    const bytes = await media.write(event, 'clip', recorded.pieces, life.signal);
    expect(await media.shape(placeOf(event, 'clip'))).toEqual({ bytes, whole: bytes });
    expect((await shown([await media.read(event, 'clip')])).count).toBe(100);
  } finally {
    await rm(folder, { recursive: true });
  }
});
