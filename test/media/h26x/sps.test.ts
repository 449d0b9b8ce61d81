import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { isSlice, isSps, splitAnnexB, type NalCodec } from '../../../src/media/h26x/nal.js';
import { parseSps, sliceType } from '../../../src/media/h26x/sps.js';

/** Encodes a generated picture; gives the Annex B stream. */
function encode(codec: NalCodec, size: string, options: readonly string[], frames = 3): Buffer {
  const encoder = codec === 'h264' ? ['-c:v', 'libx264'] : ['-c:v', 'libx265', '-x265-params', 'log-level=none'];
  return execFileSync(
    'ffmpeg',
    [
      ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=rate=25', '-s', size, '-frames:v', String(frames)],
      [...encoder, '-preset', 'ultrafast', '-threads', '1', ...options, '-f', codec, 'pipe:1'],
    ].flat(),
  );
}

interface Probed {
  width: number;
  height: number;
  profile: string;
  level: number;
  pix_fmt: string;
  r_frame_rate: string;
  field_order?: string;
}

function probe(codec: NalCodec, stream: Buffer): Probed {
  const found = execFileSync('ffprobe', ['-v', 'error', '-f', codec, '-show_streams', '-of', 'json', '-i', 'pipe:0'], {
    input: stream,
  });
  const { streams } = JSON.parse(found.toString()) as { streams: [Probed] };
  return streams[0];
}

const spsOf = (codec: NalCodec, stream: Buffer): Buffer =>
  splitAnnexB(stream).find((unit) => isSps(codec, unit)) ?? Buffer.alloc(0);

/** ffprobe's profile names → ours. */
const PROFILES: Record<string, string> = {
  'Constrained Baseline': 'baseline',
  Baseline: 'baseline',
  Main: 'main',
  High: 'high',
  'High 10': 'high10',
  'High 10 Intra': 'high10',
  'High 4:2:2': 'high422',
  'High 4:2:2 Intra': 'high422',
  'High 4:4:4 Predictive': 'high444',
  'Main 10': 'main10',
  'Main Still Picture': 'mainstillpicture',
  Rext: 'rext',
};

const h264: [name: string, size: string, options: string[]][] = [
  ['baseline', '320x240', ['-profile:v', 'baseline', '-pix_fmt', 'yuv420p']],
  ['main, cropped right and bottom', '1366x770', ['-preset', 'veryfast', '-profile:v', 'main', '-pix_fmt', 'yuv420p']],
  ['high, cropped bottom', '1920x1080', ['-preset', 'veryfast', '-profile:v', 'high', '-pix_fmt', 'yuv420p']],
  ['4K at level 5.1', '3840x2160', ['-pix_fmt', 'yuv420p', '-level', '5.1']],
  ['tall', '480x640', ['-pix_fmt', 'yuv420p', '-level', '3.1']],
  ['tiny', '18x34', ['-pix_fmt', 'yuv420p']],
  ['high 10', '640x362', ['-preset', 'veryfast', '-pix_fmt', 'yuv420p10le']],
  ['high 4:2:2', '642x362', ['-preset', 'veryfast', '-pix_fmt', 'yuv422p']],
  ['high 4:4:4', '641x361', ['-preset', 'veryfast', '-pix_fmt', 'yuv444p']],
  ['gray', '640x360', ['-preset', 'veryfast', '-pix_fmt', 'gray']],
  ['interlaced', '720x576', ['-flags', '+ilme+ildct', '-x264-params', 'tff=1', '-pix_fmt', 'yuv420p']],
  ['interlaced, cropped', '720x572', ['-flags', '+ilme+ildct', '-x264-params', 'tff=1', '-pix_fmt', 'yuv420p']],
  [
    'with HRD',
    '640x360',
    ['-pix_fmt', 'yuv420p', '-x264-params', 'nal-hrd=cbr:bitrate=900:vbv-maxrate=900:vbv-bufsize=500'],
  ],
  ['with a scaling list', '640x360', ['-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-x264-params', 'cqm=jvt']],
  ['with a pixel aspect', '704x576', ['-pix_fmt', 'yuv420p', '-vf', 'setsar=16/11', '-color_primaries', 'bt709']],
];

const hevc: [name: string, size: string, options: string[]][] = [
  ['main', '640x360', ['-pix_fmt', 'yuv420p']],
  ['main, cropped', '1366x770', ['-pix_fmt', 'yuv420p']],
  ['1080p', '1920x1080', ['-pix_fmt', 'yuv420p']],
  ['main 10', '640x362', ['-pix_fmt', 'yuv420p10le']],
  ['4:2:2', '642x362', ['-pix_fmt', 'yuv422p']],
  ['4:4:4', '641x361', ['-pix_fmt', 'yuv444p']],
  ['with a scaling list', '640x360', ['-pix_fmt', 'yuv420p', '-x265-params', 'log-level=none:scaling-list=default']],
  [
    'with temporal layers',
    '640x360',
    ['-pix_fmt', 'yuv420p', '-x265-params', 'log-level=none:temporal-layers=1:bframes=4:b-adapt=0'],
  ],
  [
    'with HRD',
    '640x360',
    ['-pix_fmt', 'yuv420p', '-x265-params', 'log-level=none:hrd=1:vbv-maxrate=900:vbv-bufsize=500:bitrate=900'],
  ],
];

describe('parseSps', () => {
  it.each([
    ...h264.map(([name, ...rest]) => ['h264' as const, name, ...rest] as const),
    ...hevc.map(([name, ...rest]) => ['hevc' as const, name, ...rest] as const),
  ])('reads %s %s (%s) as ffprobe does', (codec, _name, size, options) => {
    const stream = encode(codec, size, options);
    const expected = probe(codec, stream);
    const info = parseSps(codec, spsOf(codec, stream));
    const chroma = options.includes('gray') ? '400' : (/yuv[j]?(4\d\d)/.exec(expected.pix_fmt)?.[1] ?? '');
    expect(info).toMatchObject({
      width: expected.width,
      height: expected.height,
      profile: PROFILES[expected.profile],
      levelIdc: expected.level,
      bitDepth: expected.pix_fmt.includes('10') ? 10 : 8,
      chroma,
      interlaced: options.includes('+ilme+ildct'),
      fps: 25,
    });
    expect(`${info?.width ?? 0}x${info?.height ?? 0}`).toBe(size);
  });

  it.each([
    ['3.1', 'h264', ['-level', '3.1'], 'level', '3.1'],
    ['4', 'h264', ['-level', '4.0'], 'level', '4'],
    ['1b', 'h264', ['-x264-params', 'level=1b'], 'level', '1b'],
    ['5.1 of HEVC', 'hevc', ['-x265-params', 'log-level=none:level-idc=51'], 'level', '5.1'],
    ['no reordering', 'h264', ['-bf', '0'], 'reorderFrames', 0],
    ['one B-frame', 'h264', ['-preset', 'veryfast', '-bf', '1'], 'reorderFrames', 1],
    ['a pyramid of B-frames', 'h264', ['-preset', 'veryfast', '-bf', '3', '-b_strategy', '0'], 'reorderFrames', 2],
    ['no reordering', 'hevc', ['-x265-params', 'log-level=none:bframes=0'], 'reorderFrames', 0],
    ['B-frames', 'hevc', ['-x265-params', 'log-level=none:bframes=3'], 'reorderFrames', 2],
    ['29.97 fps', 'h264', ['-r', '30000/1001'], 'fps', 30000 / 1001],
    ['12.5 fps', 'hevc', ['-r', '12.5'], 'fps', 12.5],
  ] as const)('reads %s of %s', (_name, codec, options, field, value) => {
    const stream = encode(codec, '176x144', ['-pix_fmt', 'yuv420p', ...options]);
    expect(parseSps(codec, spsOf(codec, stream))).toHaveProperty(field, value);
  });

  it('keeps size and profile of an SPS whose VUI is cut short', () => {
    const sps = spsOf('h264', encode('h264', '640x360', ['-preset', 'veryfast', '-pix_fmt', 'yuv420p']));
    expect(parseSps('h264', sps)).toHaveProperty('fps', 25);
    const cut = parseSps('h264', sps.subarray(0, sps.length - 8));
    expect(cut).toMatchObject({ width: 640, height: 360, profile: 'high' });
    expect(cut).not.toHaveProperty('fps');
    expect(parseSps('h264', sps.subarray(0, 5))).toBeUndefined();
  });

  it('implies no reordering for Baseline and picture order type 2, and nothing otherwise', () => {
    // 320×240, no VUI; written by hand from 7.3.2.1.1: profile, flags, level, then Exp-Golomb fields
    const sps = (profile: number, orderType: string): Buffer =>
      bits(
        `01100111 ${profile.toString(2).padStart(8, '0')} 00000000 00011110 1 1 ${orderType} 010 0 000010100 0001111 1 1 0 0 1`,
      );
    expect(parseSps('h264', sps(66, '1 1'))).toMatchObject({ width: 320, height: 240, reorderFrames: 0 });
    expect(parseSps('h264', sps(77, '011'))).toMatchObject({ width: 320, height: 240, reorderFrames: 0 });
    expect(parseSps('h264', sps(77, '1 1'))).toMatchObject({ width: 320, height: 240 });
    expect(parseSps('h264', sps(77, '1 1'))).not.toHaveProperty('reorderFrames');
  });

  it('gives undefined or a sane answer for hostile bytes, and never throws', () => {
    const real = [
      ['h264', spsOf('h264', encode('h264', '640x360', ['-preset', 'veryfast', '-pix_fmt', 'yuv420p']))],
      ['hevc', spsOf('hevc', encode('hevc', '640x360', ['-pix_fmt', 'yuv420p']))],
    ] as const;
    const check = (codec: NalCodec, unit: Buffer): void => {
      const info = parseSps(codec, unit);
      if (info === undefined) return;
      for (const side of [info.width, info.height]) {
        expect(side).toBeGreaterThanOrEqual(1);
        expect(side).toBeLessThanOrEqual(16_896);
      }
      expect(info.fps ?? 1).toBeGreaterThan(0);
      expect(info.reorderFrames ?? 0).toBeLessThanOrEqual(16);
    };
    fc.assert(
      fc.property(
        fc.constantFrom('h264' as const, 'hevc' as const),
        fc.uint8Array({ maxLength: 200 }),
        (codec, bytes) => {
          check(codec, Buffer.concat([Buffer.from(codec === 'h264' ? [0x67] : [0x42, 1]), bytes]));
        },
      ),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...real),
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(),
        ([codec, sps], at, value, cut) => {
          const spoilt = Buffer.from(sps);
          spoilt[2 + (at % (sps.length - 2))] = value;
          check(codec, spoilt.subarray(0, 1 + (cut % sps.length)));
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('sliceType', () => {
  it.each(['h264', 'hevc'] as const)('finds the types of %s slices as ffprobe does', (codec) => {
    const options =
      codec === 'h264'
        ? ['-preset', 'veryfast', '-b_strategy', '0', '-bf', '2', '-g', '8', '-slices', '2']
        : ['-x265-params', 'log-level=none:bframes=2:b-adapt=0:keyint=8'];
    const stream = encode(codec, '320x240', ['-pix_fmt', 'yuv420p', ...options], 20);
    // `-show_frames` is in display order, the stream in decoding order: compare how many there are of each
    const shown = execFileSync(
      'ffprobe',
      ['-v', 'error', '-f', codec, '-show_entries', 'frame=pict_type', '-of', 'csv=p=0', '-i', 'pipe:0'],
      { input: stream },
    );
    const slices = splitAnnexB(stream).filter((unit) => isSlice(codec, unit));
    const types = slices.map((unit) => sliceType(codec, unit));
    const expected = (shown.toString().match(/[IPB]/g) ?? []).flatMap((type) =>
      codec === 'h264' ? [type, type] : [type],
    );
    expect([...types].sort()).toEqual(expected.sort());
    expect(types[0]).toBe('I');
    expect(new Set(types)).toEqual(new Set(['I', 'P', 'B']));
  });

  it('says nothing of units that are no slices or are cut short', () => {
    expect(sliceType('h264', Buffer.from([0x67, 0x42, 0, 30]))).toBeUndefined();
    expect(sliceType('h264', Buffer.from([0x65]))).toBeUndefined();
    expect(sliceType('hevc', Buffer.from([0x26, 1]))).toBeUndefined();
    fc.assert(
      fc.property(
        fc.constantFrom('h264' as const, 'hevc' as const),
        fc.uint8Array({ maxLength: 20 }),
        (codec, bytes) => {
          expect([undefined, 'I', 'P', 'B']).toContain(sliceType(codec, Buffer.from(bytes)));
        },
      ),
    );
  });
});

/** Bytes from a written-out row of bits, filled up with zeros. */
function bits(text: string): Buffer {
  const digits = text.replaceAll(' ', '');
  const bytes = digits.padEnd(Math.ceil(digits.length / 8) * 8, '0').match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => parseInt(byte, 2)));
}
