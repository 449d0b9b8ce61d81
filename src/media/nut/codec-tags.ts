export type NutKind = 'video' | 'audio' | 'other';

/** Of a fourcc or of a WAVE format tag, as a number in little-endian order. */
const tagOf = (tag: string | number): number =>
  typeof tag === 'number' ? tag : Buffer.from(tag, 'latin1').readUInt32LE(0);

/** By ffmpeg's name; the first tag of each is the one that ffmpeg writes (libavformat/nut.c, riff.c and isom_tags.c). */
const VIDEO: Readonly<Record<string, readonly string[]>> = {
  h264: [
    'H264',
    'X264',
    'avc1',
    'avc2',
    'avc3',
    'avc4',
    'DAVC',
    'VSSH',
    'SMV2',
    'Q264',
    'V264',
    'GAVC',
    'UMSV',
    'tshd',
    'INMC',
  ],
  hevc: ['HEVC', 'hvc1', 'hev1', 'H265', 'dvhe', 'dvh1'],
  vvc: ['VVC1', 'vvc1', 'vvi1'],
  av1: ['AV01', 'av01'],
  vp8: ['VP80'],
  vp9: ['VP90', 'vp09'],
  mjpeg: [
    'MJPG',
    'JPEG',
    'jpeg',
    'LJPG',
    'MJLS',
    'AVRn',
    'mjpa',
    'mjpb',
    'AVDJ',
    'dmb1',
    'IJPG',
    'ACDV',
    'QIVG',
    'SLMJ',
    'CJPG',
  ],
  mpeg4: [
    'FMP4',
    'mp4v',
    'MP4V',
    'MP4S',
    'M4S2',
    'DIVX',
    'DX50',
    'XVID',
    'XviX',
    'MP41',
    '3IV2',
    'RMP4',
    'SEDG',
    'FFDS',
    'HDX4',
    'DM4V',
  ],
  h263: ['H263', 'h263', 's263', 'U263', 'X263', 'T263', 'L263', 'VX1K', 'ZyGo', 'M263'],
  mpeg2video: ['mpg2', 'MPEG', 'PIM2', 'VCR2', 'DVR ', 'MMES', 'm2v1', 'mp2v', 'hdv2', 'hdv3'],
  mpeg1video: ['mpg1', 'PIM1', 'm1v ', 'm1v1'],
};

const AUDIO: Readonly<Record<string, readonly (string | number)[]>> = {
  aac: [0x00ff, 0x1600, 0x706d, 0x4143, 0xa106, 'mp4a'],
  aac_latm: [0x1602, 'MP4L'],
  pcm_mulaw: [0x0007, 'ULAW', 'ulaw'],
  pcm_alaw: [0x0006, 'ALAW', 'alaw'],
  pcm_s16le: ['PSD\x10', 0x0001, 'sowt'],
  pcm_s16be: ['\x10DSP', 'twos'],
  pcm_u8: ['PUD\x08', 'raw '],
  pcm_s8: ['PSD\x08'],
  pcm_s24le: ['PSD\x18'],
  pcm_s24be: ['\x18DSP'],
  pcm_s32le: ['PSD\x20'],
  pcm_s32be: ['\x20DSP'],
  pcm_f32le: ['PFD\x20', 0x0003],
  opus: ['Opus'],
  vorbis: [0x566f, 'Vorb'],
  mp2: [0x0050, 'ms\x00\x50'],
  mp3: [0x0055, '.mp3'],
  ac3: [0x2000, 'ac-3'],
  eac3: ['ec-3'],
  flac: [0xf1ac, 'fLaC'],
  speex: [0xa109, 'spxn'],
  adpcm_g726: [0x0045, 0x0014, 0x0040, 0x0064],
  adpcm_g722: [0x028f, 0x0065],
  adpcm_ima_wav: [0x0011],
  adpcm_ms: [0x0002],
  amr_nb: [0x0057, 'samr'],
  amr_wb: [0x0058, 'sawb'],
  g723_1: [0x0111, 0xa100],
  g729: [0x0083],
};

function byTag(table: Readonly<Record<string, readonly (string | number)[]>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(table).flatMap(([codec, tags]) => tags.map((tag) => [tagOf(tag), codec] as const)));
}

const NAMES: Readonly<Record<NutKind, ReadonlyMap<number, string>>> = {
  video: byTag(VIDEO),
  audio: byTag(AUDIO),
  other: new Map(),
};

const UPPER_CASE_VIDEO = new Map([...NAMES.video].map(([tag, codec]) => [upperCase(tag), codec]));

/** ffmpeg's name of the codec; undefined for a tag that is not in the table. */
export function codecOfTag(kind: NutKind, tag: number): string | undefined {
  return NAMES[kind].get(tag) ?? (kind === 'video' ? UPPER_CASE_VIDEO.get(upperCase(tag)) : undefined);
}

/** The tag that ffmpeg would write; undefined for a codec that is not in the table. */
export function tagOfCodec(kind: NutKind, codec: string): number | undefined {
  const tag = kind === 'video' ? VIDEO[codec]?.[0] : kind === 'audio' ? AUDIO[codec]?.[0] : undefined;
  return tag === undefined ? undefined : tagOf(tag);
}

/** Cameras' files write a fourcc in either case, and ffmpeg reads both. */
function upperCase(tag: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(tag);
  return tagOf(bytes.toString('latin1').toUpperCase().padEnd(4).slice(0, 4));
}
