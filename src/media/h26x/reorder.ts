import { withoutEmulationPrevention } from './bits.js';
import type { NalCodec } from './nal.js';
import { parseSps } from './sps.js';

/**
 * An SPS that promises pictures in the order of their coming, whatever the given one says: a decoder that is fed
 * keyframes alone then shows each at once, where it would else wait for as many more as may come before it. One of H.264
 * that says nothing says so afterwards: decoders would else find out by waiting.
 * The same buffer where there is nothing to change.
 */
export function withoutReordering(codec: NalCodec, sps: Buffer): Buffer {
  const info = parseSps(codec, sps);
  if (info === undefined || info.reorderFrames === 0) return sps;
  const { unsaidAt } = info;
  if (info.reorderFrames === undefined && unsaidAt === undefined) return sps;
  const headerBytes = codec === 'h264' ? 1 : 2;
  let bits = bitsOf(withoutEmulationPrevention(sps.subarray(headerBytes)));
  if (info.reorderFrames === undefined && unsaidAt !== undefined)
    bits = `${bits.slice(0, unsaidAt.bit)}${unsaidAt.flag === 'bitstream_restriction' ? '' : VUI}${RESTRICTION}${STOP}`;
  for (const { start, end } of info.reorderCodes.toReversed()) {
    bits = `${bits.slice(0, start)}${UE_ZERO}${bits.slice(end)}`;
  }
  return Buffer.concat([sps.subarray(0, headerBytes), withEmulationPrevention(bytesOf(bits))]);
}

/** 0 as `ue(v)`. */
const UE_ZERO = '1';
const UE_16 = '000010001';

/** H.264 E.1.1: `vui_parameters_present_flag`, and nothing of what may be in it up to the restriction. */
const VUI = '100000000';
/**
 * From `bitstream_restriction_flag` on: motion vectors over the edge, the values that hold where nothing is said (E.2.1),
 * `max_num_reorder_frames` 0 and the largest buffer.
 */
const RESTRICTION = `11011010${UE_16}${UE_16}${UE_ZERO}${UE_16}`;
/** `rbsp_stop_one_bit`. */
const STOP = '1';

const bitsOf = (bytes: Buffer): string => Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');

/** The last 1 is `rbsp_stop_one_bit`; zeros fill its byte up. */
function bytesOf(bits: string): Buffer {
  const bytes = bits.slice(0, bits.lastIndexOf('1') + 1).match(/.{1,8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => parseInt(byte.padEnd(8, '0'), 2)));
}

function withEmulationPrevention(payload: Buffer): Buffer {
  const out: number[] = [];
  let zeros = 0;
  for (const byte of payload) {
    if (zeros >= 2 && byte <= 3) {
      out.push(3);
      zeros = 0;
    }
    out.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Buffer.from(out);
}
