/** Opus packets in an Ogg file (RFC 7845), one page a packet, mono, without pre-skip. */
export function oggOpus(packets: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(19);
  head.write('OpusHead');
  head.writeUInt8(1, 8);
  head.writeUInt8(1, 9);
  head.writeUInt32LE(48_000, 12);
  const tags = Buffer.alloc(16);
  tags.write('OpusTags');
  let granule = 0;
  const pages = packets.map((packet, index) => {
    granule += opusSamples(packet);
    return page(packet, granule, index + 2, index === packets.length - 1 ? LAST : 0);
  });
  return Buffer.concat([page(head, 0, 0, FIRST), page(tags, 0, 1, 0), ...pages]);
}

/** Samples of a packet at 48 kHz, from its TOC byte (RFC 6716, 3.1). */
export function opusSamples(packet: Buffer): number {
  const toc = packet[0] ?? 0;
  const config = toc >> 3;
  const frame = FRAME_SAMPLES[config < 12 ? 0 : config < 16 ? 1 : 2][config & 3] ?? 0;
  const count = [1, 2, 2, (packet[1] ?? 0) & 0x3f][toc & 3] ?? 1;
  return frame * count;
}

/** SILK-only, hybrid (10 or 20 ms) and CELT-only frame sizes. */
const FRAME_SAMPLES = [
  [480, 960, 1920, 2880],
  [480, 960, 480, 960],
  [120, 240, 480, 960],
] as const;

const FIRST = 2;
const LAST = 4;

function page(packet: Buffer, granule: number, index: number, flags: number): Buffer {
  const lacing = Math.floor(packet.length / 255) + 1;
  const header = Buffer.alloc(27 + lacing, 255);
  header.write('OggS');
  header.writeUInt8(0, 4);
  header.writeUInt8(flags, 5);
  header.writeBigUInt64LE(BigInt(granule), 6);
  header.writeUInt32LE(1, 14);
  header.writeUInt32LE(index, 18);
  header.writeUInt32LE(0, 22);
  header.writeUInt8(lacing, 26);
  header.writeUInt8(packet.length % 255, 26 + lacing);
  const out = Buffer.concat([header, packet]);
  out.writeUInt32LE(crc(out), 22);
  return out;
}

/** Ogg's CRC-32: polynomial 0x04c11db7, not reflected, no final complement (RFC 3533, 6). */
function crc(data: Buffer): number {
  let sum = 0;
  for (const byte of data) sum = ((sum << 8) ^ (TABLE[(sum >>> 24) ^ byte] ?? 0)) >>> 0;
  return sum;
}

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = value & 0x8000_0000 ? (value << 1) ^ 0x04c1_1db7 : value << 1;
  return value >>> 0;
});
