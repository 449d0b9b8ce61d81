/** The fixed header of RFC 3550, 5.1, without contributing sources and extension. */
export interface RtpHeader {
  /** 7 bits. */
  readonly payloadType: number;
  readonly marker: boolean;
  /** 16 bits. */
  readonly sequenceNumber: number;
  /** 32 bits, in units of the payload's clock. */
  readonly timestamp: number;
  readonly ssrc: number;
}

export interface RtpPacket extends RtpHeader {
  /** Without padding; a slice of what was parsed. */
  readonly payload: Buffer;
}

export const RTP_HEADER_BYTES = 12;

export function writeRtpHeader(header: RtpHeader, into: Buffer, at = 0): void {
  into[at] = 0x80;
  into[at + 1] = (header.marker ? 0x80 : 0) | (header.payloadType & 0x7f);
  into.writeUInt16BE(header.sequenceNumber, at + 2);
  into.writeUInt32BE(header.timestamp, at + 4);
  into.writeUInt32BE(header.ssrc, at + 8);
}

export function buildRtp(header: RtpHeader, payload: Buffer): Buffer {
  const packet = Buffer.allocUnsafe(RTP_HEADER_BYTES + payload.length);
  writeRtpHeader(header, packet);
  payload.copy(packet, RTP_HEADER_BYTES);
  return packet;
}

/**
 * Bytes before the payload: fixed header, contributing sources, extension. Undefined for what is no RTP packet or has
 * no room for them.
 */
export function rtpHeaderLength(data: Buffer): number | undefined {
  if (data.length < RTP_HEADER_BYTES) return undefined;
  const first = data.readUInt8(0);
  if (first >> 6 !== 2) return undefined;
  let length = RTP_HEADER_BYTES + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (length + 4 > data.length) return undefined;
    length += 4 + 4 * data.readUInt16BE(length + 2);
  }
  return length > data.length ? undefined : length;
}

/** Reads a packet that is not, or no longer, encrypted. */
export function parseRtp(data: Buffer): RtpPacket | undefined {
  const start = rtpHeaderLength(data);
  if (start === undefined) return undefined;
  let end = data.length;
  if ((data.readUInt8(0) & 0x20) !== 0) {
    const padding = data.readUInt8(end - 1);
    if (padding === 0 || padding > end - start) return undefined;
    end -= padding;
  }
  const second = data.readUInt8(1);
  return {
    payloadType: second & 0x7f,
    marker: (second & 0x80) !== 0,
    sequenceNumber: data.readUInt16BE(2),
    timestamp: data.readUInt32BE(4),
    ssrc: data.readUInt32BE(8),
    payload: data.subarray(start, end),
  };
}

/** Tells RTCP from RTP on a shared port: RFC 5761, 4 gives RTCP the packet types 192 to 223. */
export function isRtcp(data: Buffer): boolean {
  const type = data[1] ?? 0;
  return type >= 192 && type <= 223;
}
