import { codedFormat, codedPicture } from '../../../src/media/ffmpeg/coded-picture.js';
import { isSps, splitAnnexB } from '../../../src/media/h26x/nal.js';
import { parseSps } from '../../../src/media/h26x/sps.js';
import type { VideoFormat, VideoPacket } from '../../../src/media/packet.js';
import { keyframesOf } from './keyframes.js';

const unit = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

const SPS = unit('67 42 c0 1e d9 00 a0 47 fe c8');
const PPS = unit('68 ce 3c 80');
const IDR = unit('65 88 84 00 11');
const SLICE = unit('41 9a 24 6c 22');
const SEI = unit('06 05 01 aa 80');
const H264: VideoFormat = {
  kind: 'video',
  codec: 'h264',
  width: 640,
  height: 360,
  parameterSets: [SPS, PPS],
  extradata: Buffer.alloc(0),
};
const [VPS5, SPS5, PPS5] = [unit('40 01 0c'), unit('42 01 01'), unit('44 01 c1')];
const [IDR5, TRAIL5, SEI5, EOS5] = [unit('26 01 af 08'), unit('02 01 d0 44'), unit('4e 01 05 80'), unit('48 01')];
const HEVC: VideoFormat = { ...H264, codec: 'hevc', parameterSets: [VPS5, SPS5, PPS5] };
const MJPEG: VideoFormat = { ...H264, codec: 'mjpeg', parameterSets: [], extradata: unit('01 02') };

const packet = (units: readonly Buffer[], keyframe: boolean): VideoPacket => ({
  kind: 'video',
  time: 1234.5,
  keyframe,
  units,
  bytes: units.reduce((sum, { length }) => sum + length, 0),
});

describe('codedPicture', () => {
  it.each<[string, VideoFormat, readonly Buffer[], boolean, readonly Buffer[]]>([
    ['a keyframe gets all parameter sets', H264, [IDR], true, [SPS, PPS, IDR]],
    ['also those of its own, which come last and count', H264, [PPS, IDR], true, [SPS, PPS, PPS, IDR]],
    ['any other picture gets none', H264, [SLICE], false, [SLICE]],
    ['but keeps its own', H264, [PPS, SLICE], false, [PPS, SLICE]],
    ['SEI is left out', H264, [SEI, SLICE, SEI], false, [SLICE]],
    ['at keyframes too', H264, [SEI, IDR], true, [SPS, PPS, IDR]],
    ['all slices stay, in order', H264, [IDR, SEI, IDR], true, [SPS, PPS, IDR, IDR]],
    ['HEVC: a keyframe counts on from nothing', HEVC, [SEI5, IDR5], true, [EOS5, VPS5, SPS5, PPS5, IDR5]],
    ['HEVC: any other picture goes on', HEVC, [TRAIL5, SEI5], false, [TRAIL5]],
  ])('%s', (_, format, units, keyframe, expected) => {
    const picture = codedPicture(format, packet(units, keyframe));
    expect(picture).toMatchObject({ time: 1234.5, keyframe });
    expect(splitAnnexB(Buffer.from(picture?.data ?? []))).toEqual(expected);
  });

  it.each<[string, VideoFormat, readonly Buffer[]]>([
    ['SEI alone', H264, [SEI]],
    ['parameter sets alone', HEVC, [VPS5, SPS5, PPS5]],
    ['nothing', H264, []],
    ['an empty frame', MJPEG, [Buffer.alloc(0)]],
  ])('is none of %s', (_, format, units) => {
    expect(codedPicture(format, packet(units, true))).toBeUndefined();
  });

  it('is no keyframe where only the camera says so', () => {
    const picture = codedPicture(H264, packet([SLICE], true));
    expect(picture?.keyframe).toBe(false);
    expect(splitAnnexB(Buffer.from(picture?.data ?? []))).toEqual([SLICE]);
  });

  it('is the whole frame where there are no units', () => {
    const jpeg = unit('ff d8 ff d9');
    expect(codedPicture(MJPEG, packet([jpeg], true))).toEqual({
      time: 1234.5,
      keyframe: true,
      data: new Uint8Array(jpeg),
    });
  });

  it.each([
    ['h264', H264, [SLICE]],
    ['hevc', HEVC, [IDR5]],
    ['mjpeg', MJPEG, [Buffer.from('jpeg')]],
  ] as const)('has memory of its own: %s', (_, format, units) => {
    const { data } = codedPicture(format, packet(units, true)) ?? { data: new Uint8Array() };
    expect(data.byteLength).toBe(data.buffer.byteLength);
    expect(units.map(({ buffer }) => buffer)).not.toContain(data.buffer);
    const copy = structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
    expect([copy.length > 0, data.length]).toEqual([true, 0]);
  });

  it.each(['h264', 'hevc'] as const)('tells a decoder of %s to hold nothing back', async (codec) => {
    const { format, keyframes } = await keyframesOf({ codec, width: 640, height: 360, bFrames: 3 });
    const [keyframe = packet([], true)] = keyframes;
    const units = splitAnnexB(Buffer.from(codedPicture(format, keyframe)?.data ?? []));
    const sps = units.filter((each) => isSps(codec, each));
    expect(sps.map((each) => parseSps(codec, each)?.reorderFrames)).toEqual([0]);
  });
});

describe('codedFormat', () => {
  it.each<[string, VideoFormat, unknown]>([
    [
      'H.264 without parameter sets, and of the size that they say',
      H264,
      { codec: 'h264', extradata: Buffer.alloc(0), width: 640, height: 128 },
    ],
    ['MJPEG with its codec data', MJPEG, { codec: 'mjpeg', extradata: unit('01 02'), width: 640, height: 360 }],
    [
      'a size that nobody knows, but none of 0',
      { ...MJPEG, width: 0, height: 0 },
      { codec: 'mjpeg', extradata: unit('01 02'), width: 16, height: 16 },
    ],
    ['nothing that NUT cannot carry', { ...MJPEG, codec: 'theora' }, undefined],
  ])('describes %s', (_, format, expected) => {
    expect(codedFormat(format)).toEqual(expected);
  });
});
