import { shapeOf } from '../../../src/events/media-shape.js';
import { Fragmenter, FragmentError, hasSameParameters, isCarried } from '../../../src/media/fmp4/fragmenter.js';
import {
  isAccessUnitDelimiter,
  isNalCodec,
  isParameterSet,
  splitAnnexB,
  toAnnexB,
} from '../../../src/media/h26x/nal.js';
import type { AudioFormat, Packet, VideoFormat } from '../../../src/media/packet.js';
import { coded, gops, pictures, type Coded } from './coded.js';
import { decode, listen, probe } from './probe.js';

/** A whole clip, a fragment for each so many GOPs. */
function mux({ formats, packets }: Coded, gopsEach = 1): Buffer[] {
  const fragmenter = new Fragmenter(formats);
  const all = gops(packets);
  const ends = all.map((_, at) => all[at + 1]?.[0]?.time ?? lastEnd(packets));
  const pieces = [fragmenter.init];
  for (let at = 0; at < all.length; at += gopsEach) {
    const last = Math.min(at + gopsEach, all.length) - 1;
    const piece = fragmenter.fragment(all.slice(at, last + 1).flat(), ends[last] ?? 0);
    if (piece !== undefined) pieces.push(piece);
  }
  return pieces;
}

const lastEnd = (packets: readonly Packet[]): number => {
  const times = pictures(packets).map(({ time }) => time);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  return last + (last - first) / (times.length - 1);
};

/** The pictures of a clip as Annex B. */
const elementary = ({ packets }: Coded): Buffer => Buffer.concat(pictures(packets).map(({ units }) => toAnnexB(units)));

const TICK = 1.01 / 90_000;

describe.each<[string, Parameters<typeof coded>]>([
  ['H.264', [{}]],
  ['H.264 in High', [{ profile: 'high' }]],
  ['H.264 with B-frames', [{ bFrames: 3, profile: 'high' }]],
  ['HEVC', [{ codec: 'hevc' }]],
  ['HEVC with B-frames', [{ codec: 'hevc', bFrames: 3 }]],
  ['H.264 of 15 pictures a second', [{ fps: 15 }]],
])('%s', (name, args) => {
  let clip: Coded;
  let pieces: Buffer[];
  let file: Buffer;

  beforeAll(async () => {
    clip = await coded(...args);
    pieces = mux(clip);
    file = Buffer.concat(pieces);
  }, 60_000);

  it('is described as it is', async () => {
    const { streams } = await probe(file);
    const hevc = name.startsWith('HEVC');
    expect(streams).toEqual([
      expect.objectContaining({
        ...{ kind: 'video', codec: hevc ? 'hevc' : 'h264', tag: hevc ? 'hvc1' : 'avc1', width: 320, height: 180 },
      }),
      expect.objectContaining({ kind: 'audio', codec: 'aac', tag: 'mp4a', sampleRate: 48_000, channels: 1 }),
    ]);
  });

  it('decodes without a complaint to the same pictures', async () => {
    const { pictures: shown, complaints } = await decode(file);
    expect(complaints).toBe('');
    const source = await decode(elementary(clip), clip.formats.video.codec);
    expect(shown).toEqual(source.pictures);
    expect(shown).toHaveLength(pictures(clip.packets).length);
  });

  it('shows each picture and plays each sound at its own time', async () => {
    const { packets } = await probe(file);
    const origin = clip.packets.find((packet) => packet.kind === 'video')?.time ?? NaN;
    for (const kind of ['video', 'audio'] as const) {
      const found = packets.filter((packet) => packet.kind === kind);
      const sent = clip.packets.filter((packet) => packet.kind === kind && packet.time >= origin);
      expect(found).toHaveLength(sent.length);
      const off = found.map(({ time }, at) => Math.abs(time - ((sent[at]?.time ?? NaN) - origin) / 1000));
      expect(Math.max(...off)).toBeLessThan(kind === 'video' ? TICK : 0.002);
    }
    expect(Math.min(...packets.filter(({ kind }) => kind === 'video').map(({ time }) => time))).toBe(0);
    expect(packets.find(({ kind }) => kind === 'audio')?.time).toBeLessThan(1024 / 48_000);
  });

  it('lasts as long as its pictures, without gaps', async () => {
    const { packets } = await probe(file);
    const decoded = packets.filter(({ kind }) => kind === 'video');
    const origin = pictures(clip.packets)[0]?.time ?? NaN;
    const seconds = (lastEnd(clip.packets) - origin) / 1000;
    // Where pictures may lead the next keyframe, its time is not reckoned with.
    const tolerance = name === 'HEVC with B-frames' ? 0.05 : 0.001;
    expect(Math.abs(Math.max(...decoded.map(({ time, duration }) => time + duration)) - seconds)).toBeLessThan(
      tolerance,
    );
    const gaps = decoded.map(({ decode: start }, at) => (decoded[at + 1]?.decode ?? seconds) - start);
    if (!name.endsWith('B-frames')) expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThan(0.001);
    else expect(Math.min(...gaps)).toBeGreaterThan(0);
    const sound = await listen(file);
    expect(sound.complaints).toBe('');
    expect(Math.abs(sound.seconds - 6)).toBeLessThan(0.1);
  });

  it('begins every fragment with a keyframe, and can be cut after any', async () => {
    expect(pieces).toHaveLength(4);
    for (const count of [2, 3]) {
      const cut = Buffer.concat(pieces.slice(0, count));
      const { pictures: shown, complaints } = await decode(cut);
      expect(complaints).toBe('');
      expect(shown).toHaveLength(
        pictures(
          gops(clip.packets)
            .slice(0, count - 1)
            .flat(),
        ).length,
      );
      const { packets } = await probe(
        Buffer.concat([pieces[0] ?? Buffer.alloc(0), pieces[count - 1] ?? Buffer.alloc(0)]),
      );
      const own = packets.filter(({ kind }) => kind === 'video');
      expect(own.map(({ keyframe }) => keyframe)).toEqual(own.map((_, at) => at === 0));
    }
  });

  it('is whole up to the last fragment that is whole', async () => {
    const cut = file.subarray(0, file.length - 10);
    const readAt = (at: number, length: number): Promise<Uint8Array> => Promise.resolve(cut.subarray(at, at + length));
    const whole = pieces.slice(0, 3).reduce((sum, { length }) => sum + length, 0);
    expect(await shapeOf('clip', cut.length, readAt)).toEqual({ bytes: cut.length, whole });
  });

  it('holds pictures alone', async () => {
    const { packets } = await probe(file);
    const sizes = packets.filter(({ kind }) => kind === 'video').map(({ size }) => size);
    const { codec } = clip.formats.video;
    if (!isNalCodec(codec)) throw new Error(codec);
    const bare = pictures(clip.packets).map(({ units }) =>
      units
        .filter((unit) => !isParameterSet(codec, unit) && !isAccessUnitDelimiter(codec, unit))
        .filter((unit) => (codec === 'h264' ? ((unit[0] ?? 0) & 31) <= 5 : (unit[0] ?? 0) >> 1 < 32))
        .reduce((sum, unit) => sum + unit.length + 4, 0),
    );
    expect(sizes).toEqual(bare);
  });

  it('takes several GOPs in a fragment', async () => {
    const two = mux(clip, 2);
    expect(two).toHaveLength(3);
    const { pictures: shown, complaints } = await decode(Buffer.concat(two));
    expect(complaints).toBe('');
    expect(shown).toEqual((await decode(file)).pictures);
    expect(
      (await probe(Buffer.concat(two))).packets.filter((packet) => packet.keyframe && packet.kind === 'video'),
    ).toHaveLength(3);
  });
});

it('begins with a keyframe that HEVC pictures lead, without them', async () => {
  const clip = await coded({ codec: 'hevc', bFrames: 3 }, [
    ...[
      '-c:a',
      'copy',
      '-c:v',
      'libx265',
      '-x265-params',
      'log-level=none:open-gop=1:keyint=30:min-keyint=30:scenecut=0:bframes=4',
    ],
  ]);
  const all = gops(clip.packets);
  const [, second = []] = all;
  const led = pictures(second).filter(({ time }) => time < (second[0]?.time ?? NaN));
  expect(led.length).toBeGreaterThan(0);
  const whole = await decode(Buffer.concat(mux(clip)));
  expect(whole.complaints).toBe('');
  expect(whole.pictures).toHaveLength(pictures(clip.packets).length);
  const later = { ...clip, packets: all.slice(1).flat() };
  const cut = Buffer.concat(mux(later));
  const { pictures: shown, complaints } = await decode(cut);
  expect(complaints).toBe('');
  expect(shown).toEqual(whole.pictures.slice(-shown.length));
  expect(shown).toHaveLength(pictures(later.packets).length - led.length);
});

it('works without sound', async () => {
  const clip = await coded();
  const { streams } = await probe(Buffer.concat(mux({ ...clip, formats: { ...clip.formats, audio: undefined } })));
  expect(streams.map(({ kind }) => kind)).toEqual(['video']);
});

describe('what cannot be', () => {
  const VIDEO: VideoFormat = {
    ...{ kind: 'video', codec: 'h264', width: 320, height: 180, extradata: Buffer.alloc(0) },
    parameterSets: [Buffer.from('6742c01fd900a0b4', 'hex'), Buffer.from('68ce3c80', 'hex')],
  };
  let video: VideoFormat;
  beforeAll(async () => {
    ({ video } = (await coded()).formats);
  });
  const AUDIO: AudioFormat = {
    ...{ kind: 'audio', codec: 'aac', sampleRate: 48_000, channels: 1, extradata: Buffer.from('1188', 'hex') },
  };

  const faultOf = (make: () => unknown): string | undefined => {
    try {
      make();
      return undefined;
    } catch (error) {
      return error instanceof FragmentError ? error.fault : String(error);
    }
  };

  it.each<[string, VideoFormat | AudioFormat, string]>([
    ['MJPEG', { ...VIDEO, codec: 'mjpeg', parameterSets: [] }, 'codec'],
    ['no parameter sets', { ...VIDEO, parameterSets: [] }, 'parameters'],
    ['no PPS', { ...VIDEO, parameterSets: VIDEO.parameterSets.slice(0, 1) }, 'parameters'],
    ['a broken SPS', { ...VIDEO, parameterSets: [Buffer.from('67', 'hex'), Buffer.from('68ce', 'hex')] }, 'parameters'],
    ['HEVC without a VPS', { ...VIDEO, codec: 'hevc' }, 'parameters'],
    ['µ-law', { ...AUDIO, codec: 'pcm_mulaw' }, 'codec'],
    ['AAC that does not say how', { ...AUDIO, extradata: Buffer.alloc(0) }, 'parameters'],
    ['AAC-LTP', { ...AUDIO, extradata: Buffer.from('2188', 'hex') }, 'codec'],
  ])('%s', (_, format, fault) => {
    expect(isCarried(format)).toBe(false);
    const make = (): Fragmenter =>
      new Fragmenter(format.kind === 'video' ? { video: format } : { video, audio: format });
    expect(make).toThrow(FragmentError);
    expect(faultOf(make)).toBe(fault);
  });

  it('gives nothing without a keyframe', async () => {
    const { formats, packets } = await coded();
    const fragmenter = new Fragmenter(formats);
    const late = packets.filter((packet) => packet.kind === 'video' && !packet.keyframe);
    expect(fragmenter.fragment(late, 1e6)).toBeUndefined();
    expect(fragmenter.fragment([], 0)).toBeUndefined();
  });
});

it('knows a picture that brings other parameter sets', async () => {
  const [one, other] = await Promise.all([coded(), coded({ width: 640, height: 360 })]);
  const { video } = one.formats;
  for (const picture of pictures(one.packets)) expect(hasSameParameters(video, picture)).toBe(true);
  const [keyframe] = pictures(other.packets);
  if (keyframe === undefined) throw new Error('no keyframe');
  expect(
    hasSameParameters(video, { ...keyframe, units: [...other.formats.video.parameterSets, ...keyframe.units] }),
  ).toBe(false);
  expect(splitAnnexB(toAnnexB(video.parameterSets))).toHaveLength(2);
});
