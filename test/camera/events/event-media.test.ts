import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { Appraiser } from '../../../src/camera/events/appraiser.js';
import type { EventMediaOptions } from '../../../src/camera/events/event-media.js';
import { EventFiles } from '../../../src/camera/events/event-media.js';
import { EventKeeper } from '../../../src/camera/events/keeper.js';
import { recordClip } from '../../../src/camera/clips/clip.js';
import type { DetectedEvent } from '../../../src/detection/types.js';
import type { StoredEvent } from '../../../src/events/event.js';
import { Media, MediaError } from '../../../src/events/media.js';
import { openSqliteStore } from '../../../src/events/sqlite/open.js';
import type { EventStore } from '../../../src/events/store.js';
import { findFfmpeg, type Ffmpeg } from '../../../src/media/ffmpeg/capabilities.js';
import { DecodeError, KeyframeDecoders } from '../../../src/media/ffmpeg/keyframe-decoder.js';
import { maskFilter } from '../../../src/media/ffmpeg/mask-filter.js';
import { NOON } from '../../events/events.js';
import { frameCount } from '../../media/ffmpeg/keyframes.js';
import { clip, type Clip } from '../../media/ffmpeg/pictures.js';
import { decode } from '../../media/fmp4/probe.js';
import { detected, finding } from './detected.js';
import { PlayedFeed } from './feed.js';

/** 5 pictures a second, a keyframe every 2 s: picture n is seen at n times 200 ms. */
const STEP = 200;
let footage: Clip;
let small: Clip;
let ffmpeg: Ffmpeg;
let folder: string;
let store: EventStore;
let media: Media;
let life: AbortController;
const said: string[] = [];
const log = { info: (text: string) => said.push(text), warn: (text: string) => said.push(text) };

beforeAll(async () => {
  ffmpeg = await findFfmpeg();
  footage = await clip({ fps: 5, gop: 2, seconds: 20 });
  small = await clip({ fps: 5, gop: 2, seconds: 20, width: 640, height: 360 });
});
beforeEach(async () => {
  said.length = 0;
  life = new AbortController();
  folder = mkdtempSync(join(tmpdir(), 'lookout-event-media-'));
  store = await openSqliteStore({ folder, role: 'owner' });
  media = new Media({ folder: join(folder, 'media'), log, now: () => 0, reserves: { clips: 0, pictures: 0 } });
});
afterEach(async () => {
  life.abort();
  await store.close();
  rmSync(folder, { recursive: true });
});

interface Camera {
  readonly feed: PlayedFeed;
  readonly keeper: EventKeeper;
  readonly files: EventFiles;
  /** Waits until the record is as a check wants it. */
  readonly until: (wanted: (event: StoredEvent) => boolean) => Promise<StoredEvent>;
}

function camera(options: Partial<EventMediaOptions> = {}, sub?: PlayedFeed): Camera {
  const feed = new PlayedFeed(footage, STEP);
  const files = new EventFiles({
    camera: { name: 'Front door' },
    main: feed.ring,
    sub: sub?.ring,
    decoders: new KeyframeDecoders({ ffmpeg, signal: life.signal, patience: { warm: 5000, cold: 10_000 } }),
    mask: undefined,
    media,
    record: (wish) => recordClip(feed, { ...wish, coders: { ffmpeg, encoder: undefined }, patience: 60_000 }),
    log,
    ...options,
  });
  const keeper = new EventKeeper({
    camera: { id: 'front-door', name: 'Front door' },
    archive: { store },
    appraiser: new Appraiser({ zones: [], window: 10_000, quiet: [] }),
    toEpoch: (time) => NOON + time,
    media: files,
    log,
    // However busy the machine and its disk are.
    closeWithin: 20_000,
  });
  const until = (wanted: (event: StoredEvent) => boolean): Promise<StoredEvent> =>
    new Promise((resolve) => {
      keeper.subscribe({
        media: (event) => {
          if (wanted(event)) resolve(event);
        },
      });
    });
  return { feed, keeper, files, until };
}

/** Somebody of a size, in the middle of the picture, at a time. */
const seen = (end: number, size: number, change: Partial<DetectedEvent> = {}): Partial<DetectedEvent> => {
  const { start = 6000 } = change;
  const track = { id: 1, from: start, to: end, start: [0.5, 0.5], end: [0.5, 0.5], speed: 0, duration: 1 } as const;
  return { id: 1, start, end, tracks: [{ ...track, size }], ...change };
};

const countOf = async (event: StoredEvent, part: 'picture' | number): Promise<number> =>
  frameCount(await media.read(event, part));

it('keeps the best picture, frames from beginning to end, and the clip with what was before and after', async () => {
  const { feed, keeper, until } = camera();
  feed.playTo(6600);
  const early = until(({ media: { picture } }) => picture !== undefined);
  keeper.hear(finding('start', seen(6600, 0.01)));
  const { media: first } = await early;
  expect(first).toMatchObject({ picture: { at: NOON + 6600 }, clip: undefined, preview: [] });
  expect(await countOf(await early, 'picture')).toBe(33);

  feed.playTo(9000);
  keeper.hear(finding('update', seen(9000, 0.04)));
  for (let time = 11_000; time <= 23_000; time += 2000) {
    feed.playTo(time);
    keeper.hear(finding('update', seen(time, 0.02)));
  }
  feed.playTo(25_000);
  const better = until(({ media: { picture } }) => picture?.at === NOON + 9000);
  const whole = until(({ media: { preview, clip } }) => preview.length > 0 && clip !== undefined);
  keeper.hear(finding('end', seen(24_000, 0.02)));
  expect(await countOf(await better, 'picture')).toBe(45);
  feed.playTo(30_000);
  const event = await whole;
  await keeper.close();

  const stored = await store.get(event.id);
  expect(stored).toMatchObject({ state: 'ended', media: event.media });
  const { picture, preview, clip: film } = event.media;
  expect(await media.read(event, 'picture')).toHaveLength(picture?.bytes ?? -1);
  // Keyframes of 6 s to 24 s.
  expect(preview.map(({ at }) => at - NOON)).toEqual([6, 8, 10, 12, 14, 16, 18, 20, 22, 24].map((s) => s * 1000));
  const sizes = await Promise.all(preview.map(async ({ number }) => sharp(await media.read(event, number)).metadata()));
  expect(new Set(sizes.map(({ width, height }) => `${width}x${height}`))).toEqual(new Set(['320x180']));
  expect(await countOf(event, 2)).toBe(40);
  // From the keyframe at or before 1 s, to 29 s.
  expect(film).toMatchObject({ at: NOON, duration: 29_000 });
  const bytes = await media.read(event, 'clip');
  expect(bytes).toHaveLength(film?.bytes ?? -1);
  expect((await decode(bytes)).pictures).toHaveLength(145);
  expect(said).toEqual([]);
}, 60_000);

it('makes preview frames of the smaller stream, and shows nothing that is masked', async () => {
  const sub = new PlayedFeed(small, STEP);
  const leftHalf = [
    [0, 0],
    [0, 1],
    [0.5, 1],
    [0.5, 0],
  ] as const;
  const { feed, keeper, until } = camera({ mask: maskFilter([leftHalf]), record: undefined }, sub);
  feed.playTo(7000);
  sub.playTo(7000);
  const done = until(({ media: { preview } }) => preview.length > 0);
  keeper.hear(finding('start', seen(7000, 0.01)));
  keeper.hear(finding('end', seen(7000, 0.01)));
  const event = await done;
  expect(event.media.preview).toHaveLength(1);
  for (const part of ['picture', 1] as const) {
    const corner = { left: 0, top: 0, width: 100, height: 100 };
    const cut = await sharp(await media.read(event, part))
      .extract(corner)
      .toBuffer();
    expect((await sharp(cut).stats()).channels.every(({ max }) => max < 10)).toBe(true);
  }
  await keeper.close();
}, 60_000);

it('thins out a long event, and does not film a second twice where it was cut', async () => {
  const { feed, keeper, until } = camera();
  feed.playTo(8000);
  const [one, two] = [
    until(
      ({ continues, media: { clip, preview } }) => continues === undefined && clip !== undefined && preview.length > 0,
    ),
    until(
      ({ continues, media: { clip, preview } }) => continues !== undefined && clip !== undefined && preview.length > 0,
    ),
  ];
  keeper.hear(finding('start', seen(8000, 0.01)));
  for (let time = 10_000; time <= 126_000; time += 2000) {
    feed.playTo(time);
    keeper.hear(finding('update', seen(time, 0.01)));
  }
  feed.playTo(126_400);
  keeper.hear(finding('end', seen(126_000, 0.01)));
  keeper.hear(finding('start', seen(126_200, 0.01, { id: 2, start: 126_000, continues: 1 })));
  keeper.hear(finding('end', seen(127_000, 0.01, { id: 2, start: 126_000, continues: 1 })));
  feed.playTo(140_000);
  const [first, second] = await Promise.all([one, two]);
  await keeper.close();
  expect(first.media.preview).toHaveLength(12);
  const at = first.media.preview.map((frame) => frame.at - NOON);
  expect([at[0], at.at(-1)]).toEqual([6000, 126_000]);
  for (const [nth, time] of at.entries())
    expect(Math.abs(time - 6000 - (nth * 120_000) / 11)).toBeLessThanOrEqual(60_000 / 11);
  expect(first.media.clip).toMatchObject({ at: NOON, duration: 126_000 });
  expect(second.media.clip).toMatchObject({ at: NOON + 126_000, duration: 6000 });
}, 60_000);

it('keeps what there is when the hub stops in the middle', async () => {
  const { feed, keeper, until } = camera();
  feed.playTo(6600);
  const early = until(({ media: { picture } }) => picture !== undefined);
  keeper.hear(finding('start', seen(6600, 0.01)));
  await early;
  feed.playTo(9000);
  await keeper.close();
  const [event] = (await store.list()).events;
  expect(event).toMatchObject({ state: 'interrupted', media: { clip: { at: NOON }, picture: { at: NOON + 6600 } } });
  if (event === undefined) throw new Error('no event');
  expect((await decode(await media.read(event, 'clip'))).complaints).toBe('');
  const day = join(folder, 'media/front-door/2026-03-01');
  expect(readdirSync(day).sort()).toEqual([`${event.id}.jpg`, `${event.id}.mp4`]);
}, 60_000);

describe('what fails', () => {
  const decoders = { jpeg: () => Promise.resolve(Buffer.from([0xff, 0xd8, 0xff, 0xd9])) };

  async function twice(options: Partial<EventMediaOptions>): Promise<readonly StoredEvent[]> {
    const { feed, keeper, files } = camera({ decoders, record: undefined, ...options });
    feed.playTo(6000);
    for (const id of [1, 2]) {
      keeper.hear(finding('start', seen(6000, 0.01, { id })));
      keeper.hear(finding('end', seen(6000, 0.01, { id })));
      // One after the other, so that there is no doubt about what is new.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    await files.close();
    await keeper.close();
    return (await store.list()).events;
  }

  it.each<readonly [string, Partial<EventMediaOptions>, readonly string[]]>([
    [
      'for want of room is not said again',
      { media: { write: () => Promise.reject(new MediaError('no-room', 'There is no room.')) } },
      [],
    ],
    [
      'is said once for each kind of file',
      { media: { write: () => Promise.reject(new MediaError('failed', 'See who owns it.')) } },
      [
        'Front door: the picture of an event could not be made, or not all of it. See who owns it.',
        'Front door: the preview of an event could not be made, or not all of it. See who owns it.',
      ],
    ],
    [
      'to be decoded is said',
      { decoders: { jpeg: () => Promise.reject(new DecodeError('unsupported', 'there is no decoder for av2')) } },
      [
        expect.stringMatching(/^Front door: the picture of .*there is no decoder for av2\.$/) as string,
        expect.stringMatching(/^Front door: the preview of /) as string,
      ],
    ],
    [
      'to be filmed, because the camera sends nothing, is not said',
      {
        record: (wish) =>
          recordClip(new PlayedFeed(footage, STEP), { ...wish, coders: { ffmpeg, encoder: undefined } }),
      },
      [],
    ],
  ])('%s', async (_, options, expected) => {
    const events = await twice(options);
    expect(events.map(({ state }) => state)).toEqual(['ended', 'ended']);
    expect(said).toEqual(expected);
  });

  it('to keep up with the camera leaves out what is not needed', async () => {
    const { feed, keeper, files, until } = camera({ decoders, record: undefined, behind: () => true });
    feed.playTo(6000);
    const early = until(() => true);
    keeper.hear(finding('start', seen(6000, 0.01)));
    await early;
    keeper.hear(finding('end', seen(6000, 0.09)));
    await files.close();
    await keeper.close();
    expect((await store.list()).events).toMatchObject([{ media: { picture: { at: NOON + 6000 }, preview: [] } }]);
  });

  it('decodes one picture at a time', async () => {
    let now = 0;
    let most = 0;
    const slow = async (): Promise<Buffer> => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return await decoders.jpeg();
    };
    const { feed, keeper, files } = camera({ decoders: { jpeg: slow }, record: undefined });
    feed.playTo(12_000);
    for (const id of [1, 2, 3]) {
      keeper.hear(finding('start', seen(12_000, 0.01, { id, start: 4000 })));
      keeper.hear(finding('end', seen(12_000, 0.01, { id, start: 4000 })));
    }
    await files.close();
    await keeper.close();
    expect(most).toBe(1);
  });
});

it('has no clip of a camera that sends nothing, and says nothing of it', async () => {
  const { keeper } = camera();
  keeper.hear({ type: 'event', phase: 'start', event: detected() });
  await keeper.close();
  expect((await store.list()).events).toMatchObject([{ media: { clip: undefined, picture: undefined, preview: [] } }]);
  expect(said).toEqual([]);
});
