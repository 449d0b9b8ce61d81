/** What reader and writer share of the NUT container: libavformat/nut.h and FFmpeg's nut.txt. */

/** Bytes 2 to 8 of each start code are random numbers of the specification; the first two say which it is. */
export const STARTCODE = {
  main: Buffer.from('4e4d7a561f5f04ad', 'hex'),
  stream: Buffer.from('4e5311405bf2f9db', 'hex'),
  syncpoint: Buffer.from('4e4be4adeeca4569', 'hex'),
  index: Buffer.from('4e58dd672f23e64e', 'hex'),
  info: Buffer.from('4e49ab68b596ba78', 'hex'),
} as const;

export const STARTCODE_BYTES = 8;

/** Begins each start code, hence no frame code. */
export const N = 0x4e;

export const FILE_ID = Buffer.from('nut/multimedia container\0', 'latin1');

export const FLAG = {
  KEY: 1,
  /** End of relevance: no picture or sound until the next keyframe. */
  EOR: 2,
  CODED_PTS: 8,
  STREAM_ID: 16,
  SIZE_MSB: 32,
  CHECKSUM: 64,
  RESERVED: 128,
  /** Side data stand before the frame's own (version 4). */
  SIDE_DATA: 256,
  HEADER_IDX: 1024,
  MATCH_TIME: 2048,
  CODED: 4096,
  INVALID: 8192,
} as const;

/** Packets whose length is above this carry a checksum of their head. */
export const LONG_PACKET = 4096;

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc;
});

/** The CRC-32 of generator 0x04C11DB7, most significant bit first, from 0; 0 over data with their own CRC behind them. */
export function crc32(data: Uint8Array): number {
  let crc = 0;
  for (const byte of data) crc = (crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ byte] ?? 0);
  return crc >>> 0;
}
