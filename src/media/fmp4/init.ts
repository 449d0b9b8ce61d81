import { box, fullBox, u16, u32 } from './box.js';
import type { AudioEntry, VideoEntry } from './sample-entry.js';

/** Ticks a second of pictures, and their track. */
export const VIDEO = { timescale: 90_000, track: 1 } as const;
export const AUDIO = { track: 2 } as const;

/** What comes before all fragments: `ftyp` and `moov`, without a length: it is not known. */
export function initSegment(video: VideoEntry, audio: AudioEntry | undefined): Buffer {
  const own = video.codec === 'h264' ? 'avc1' : 'hvc1';
  // iso5 has default-base-moof, iso6 tfdt and signed composition offsets.
  const brands = ['iso5', 'iso6', 'mp42', own].map((brand) => Buffer.from(brand));
  const picture = track({
    ...{ id: VIDEO.track, timescale: VIDEO.timescale, handler: 'vide', volume: 0, entry: video.box },
    ...{ width: video.width, height: video.height, header: fullBox('vmhd', 0, 1, u16(0, 0, 0, 0)) },
  });
  const sound = audio && {
    ...{ id: AUDIO.track, timescale: audio.timescale, handler: 'soun', volume: 0x0100, entry: audio.box },
    ...{ width: 0, height: 0, header: fullBox('smhd', 0, 0, u16(0, 0)) },
  };
  return Buffer.concat([
    box('ftyp', Buffer.from('iso5'), u32(512), ...brands),
    box(
      'moov',
      movieHeader(sound === undefined ? 2 : 3),
      picture,
      ...(sound === undefined ? [] : [track(sound)]),
      box('mvex', trackExtends(VIDEO.track), ...(sound === undefined ? [] : [trackExtends(AUDIO.track)])),
    ),
  ]);
}

/** 16.16 and 2.30. */
const UNITY_MATRIX = u32(0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000);

/** Version 0: created and modified at no known time, 1000 ticks a second, rate 1, volume 1. */
const movieHeader = (nextTrack: number): Buffer =>
  fullBox(
    ...(['mvhd', 0, 0, u32(0, 0, 1000, 0, 0x0001_0000), u16(0x0100, 0), u32(0, 0), UNITY_MATRIX] as const),
    ...[Buffer.alloc(24), u32(nextTrack)],
  );

interface Track {
  readonly id: number;
  readonly timescale: number;
  readonly handler: string;
  /** 8.8. */
  readonly volume: number;
  readonly width: number;
  readonly height: number;
  /** The media's own header. */
  readonly header: Buffer;
  /** The sample entry. */
  readonly entry: Buffer;
}

function track({ id, timescale, handler, volume, width, height, header, entry }: Track): Buffer {
  const place = u32(0, 0, id, 0, 0, 0, 0);
  // Enabled, in the movie, in its preview.
  const head = fullBox('tkhd', 0, 7, place, u16(0, 0, volume, 0), UNITY_MATRIX, u16(width, 0, height, 0));
  const language = u16(0x55c4, 0); // "und"
  const name = Buffer.from('Lookout\0');
  const tables = box(
    'stbl',
    ...[fullBox('stsd', 0, 0, u32(1), entry), fullBox('stts', 0, 0, u32(0)), fullBox('stsc', 0, 0, u32(0))],
    ...[fullBox('stsz', 0, 0, u32(0, 0)), fullBox('stco', 0, 0, u32(0))],
  );
  const here = box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, 1)));
  const media = box(
    'mdia',
    fullBox('mdhd', 0, 0, u32(0, 0, timescale, 0), language),
    fullBox('hdlr', 0, 0, u32(0), Buffer.from(handler), u32(0, 0, 0), name),
    box('minf', header, here, tables),
  );
  return box('trak', head, media);
}

/** The one sample entry; every fragment says the rest itself. */
const trackExtends = (id: number): Buffer => fullBox('trex', 0, 0, u32(id, 1, 0, 0, 0));
