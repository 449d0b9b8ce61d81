import type { AudioFormat } from '../packet.js';

/** Milliseconds of a frame by the upper five bits of the first byte (RFC 6716, 3.1): SILK, hybrid, CELT. */
const SILK = [10, 20, 40, 60] as const;
const HYBRID = [10, 20] as const;
const CELT = [2.5, 5, 10, 20] as const;
/** The longest packet (RFC 6716, 3.2.5). */
const LONGEST = 120;

/** Milliseconds of sound in an Opus packet; undefined for what cannot be one. */
export function opusDuration(packet: Buffer): number | undefined {
  const [toc, second] = packet;
  if (toc === undefined) return undefined;
  const config = toc >> 3;
  const frame = config < 12 ? SILK[config & 3] : config < 16 ? HYBRID[config & 1] : CELT[config & 3];
  const code = toc & 3;
  if (code === 3 && second === undefined) return undefined;
  const count = code === 0 ? 1 : code === 3 ? (second ?? 0) & 0x3f : 2;
  const duration = (frame ?? 0) * count;
  return duration > 0 && duration <= LONGEST ? duration : undefined;
}

/** Such a packet says that there is silence, and is not followed by others while there is (RFC 6716, 2.1.9). */
export const isSilence = (packet: Buffer): boolean => packet.length <= 2;

/** Of Opus without a beginning: no samples to skip (RFC 7845, 5.1). Whatever it was made from, it decodes to 48 kHz. */
export function opusFormat(channels: number): AudioFormat {
  const head = Buffer.alloc(19);
  head.write('OpusHead', 'latin1');
  head[8] = 1;
  head[9] = channels;
  head.writeUInt32LE(48_000, 12);
  return { kind: 'audio', codec: 'opus', sampleRate: 48_000, channels, extradata: head };
}
