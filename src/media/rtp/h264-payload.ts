import { isParameterSet, nalType } from '../h26x/nal.js';

/** Largest payload that HomeKit's networks are known to carry, in bytes: its advertised MTU is larger than what works. */
export const MAX_PAYLOAD_BYTES = 1200;

const STAP_A = 24;
const FU_A = 28;
const SEI = 6;

/**
 * The RTP payloads of one H.264 access unit (RFC 6184, packetization mode 1), each of at most `maxBytes` (3 or more);
 * the marker belongs on the last. Parameter sets and SEI that follow one another travel as one STAP-A where they fit,
 * every other unit alone or in FU-A fragments. Units without bytes and types that RFC 6184 takes for itself are left
 * out.
 */
export function h264Payloads(units: readonly Buffer[], maxBytes: number): Buffer[] {
  const payloads: Buffer[] = [];
  let small: Buffer[] = [];
  let smallBytes = 1;
  const flush = (): void => {
    const [only] = small;
    if (only !== undefined) payloads.push(small.length === 1 ? only : aggregate(small, smallBytes));
    small = [];
    smallBytes = 1;
  };
  for (const unit of units) {
    if (!isPlain(unit)) continue;
    if (isAggregated(unit) && 3 + unit.length <= maxBytes) {
      if (smallBytes + 2 + unit.length > maxBytes) flush();
      small.push(unit);
      smallBytes += 2 + unit.length;
      continue;
    }
    flush();
    if (unit.length <= maxBytes) payloads.push(unit);
    else fragment(unit, maxBytes, payloads);
  }
  flush();
  return payloads;
}

const isPlain = (unit: Buffer): boolean => {
  const type = nalType('h264', unit);
  return type > 0 && type < STAP_A;
};

const isAggregated = (unit: Buffer): boolean => isParameterSet('h264', unit) || nalType('h264', unit) === SEI;

/** 5.7.1; the header takes the highest importance of its units (5.3). */
function aggregate(units: readonly Buffer[], bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(bytes);
  let importance = 0;
  let at = 1;
  for (const unit of units) {
    importance = Math.max(importance, unit.readUInt8(0) & 0x60);
    at = payload.writeUInt16BE(unit.length, at);
    at += unit.copy(payload, at);
  }
  payload[0] = importance | STAP_A;
  return payload;
}

/** 5.8: the unit's own header byte is spread over the two bytes before each fragment. */
function fragment(unit: Buffer, maxBytes: number, payloads: Buffer[]): void {
  const header = unit.readUInt8(0);
  const indicator = (header & 0xe0) | FU_A;
  const room = maxBytes - 2;
  for (let at = 1; at < unit.length; at += room) {
    const end = Math.min(at + room, unit.length);
    const payload = Buffer.allocUnsafe(2 + end - at);
    payload[0] = indicator;
    payload[1] = (at === 1 ? 0x80 : 0) | (end === unit.length ? 0x40 : 0) | (header & 0x1f);
    unit.copy(payload, 2, at, end);
    payloads.push(payload);
  }
}
