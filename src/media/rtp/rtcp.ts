import { compactNtp, ntpTime } from './ntp.js';

/** A reception report: how one stream arrives (RFC 3550, 6.4.1). */
export interface ReceptionReport {
  /** The stream that the report is about. */
  readonly ssrc: number;
  /** Share of packets lost since the report before, 0 to 1. */
  readonly fractionLost: number;
  /** Since the stream began; negative where packets came twice. */
  readonly packetsLost: number;
  /** Highest sequence number seen, with the count of its wraps in the upper 16 bits. */
  readonly highestSequence: number;
  /** In units of the stream's clock. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report that came, 0 for none. */
  readonly lastSenderReport: number;
  /** Milliseconds between that report's arrival and this one. */
  readonly sinceSenderReport: number;
}

/** What a peer says; `sender` is the SSRC that it speaks with. Other packet types are left out. */
export type RtcpPacket =
  | { readonly type: 'receiver-report'; readonly sender: number; readonly reports: readonly ReceptionReport[] }
  | {
      readonly type: 'sender-report';
      readonly sender: number;
      /** Middle 32 bits of its NTP time, to be named in a report of ours. */
      readonly compactNtp: number;
      readonly rtpTimestamp: number;
      readonly packets: number;
      readonly octets: number;
      readonly reports: readonly ReceptionReport[];
    }
  | { readonly type: 'bye'; readonly sources: readonly number[] }
  /** Picture loss indication: RFC 4585, 6.3.1. */
  | { readonly type: 'pli'; readonly sender: number; readonly media: number }
  /** Full intra request: RFC 5104, 4.3.1. A repeated `sequence` repeats the request. */
  | {
      readonly type: 'fir';
      readonly sender: number;
      readonly requests: readonly { readonly media: number; readonly sequence: number }[];
    }
  /** Generic NACK: RFC 4585, 6.2.1. `lost` holds sequence numbers. */
  | { readonly type: 'nack'; readonly sender: number; readonly media: number; readonly lost: readonly number[] }
  /** Receiver estimated maximum bitrate: draft-alvestrand-rmcat-remb-03, in bits a second over `media`. */
  | { readonly type: 'remb'; readonly sender: number; readonly bitrate: number; readonly media: readonly number[] }
  /** Temporary maximum bitrate request: RFC 5104, 4.2.1; bits a second, overhead in bytes a packet. */
  | {
      readonly type: 'tmmbr';
      readonly sender: number;
      readonly limits: readonly { readonly media: number; readonly bitrate: number; readonly overhead: number }[];
    };

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const BYE = 203;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;

export interface SenderReport {
  readonly ssrc: number;
  /** Milliseconds since 1970 that belong to `rtpTimestamp`. */
  readonly wallclock: number;
  /** 32 bits. */
  readonly rtpTimestamp: number;
  /** Sent so far; both wrap at 32 bits. Octets count payloads only. */
  readonly packets: number;
  readonly octets: number;
  /** At most 255 bytes of UTF-8. The same for all streams that are to be played in step (RFC 3550, 6.5.1). */
  readonly cname: string;
}

/** A compound packet of SR and SDES, as RFC 3550, 6.1 asks for. */
export function buildSenderReport(report: SenderReport): Buffer {
  const packet = Buffer.alloc(28);
  writeHeader(packet, 0, SENDER_REPORT);
  packet.writeUInt32BE(report.ssrc, 4);
  const { seconds, fraction } = ntpTime(report.wallclock);
  packet.writeUInt32BE(seconds, 8);
  packet.writeUInt32BE(fraction, 12);
  packet.writeUInt32BE(report.rtpTimestamp, 16);
  packet.writeUInt32BE(report.packets % 2 ** 32, 20);
  packet.writeUInt32BE(report.octets % 2 ** 32, 24);
  return Buffer.concat([packet, sourceDescription(report.ssrc, report.cname)]);
}

/** The end of a stream: an empty receiver report, as a compound packet must begin with a report, SDES and BYE. */
export function buildBye(ssrc: number, cname: string): Buffer {
  const report = Buffer.alloc(8);
  writeHeader(report, 0, RECEIVER_REPORT);
  report.writeUInt32BE(ssrc, 4);
  const bye = Buffer.alloc(8);
  writeHeader(bye, 1, BYE);
  bye.writeUInt32BE(ssrc, 4);
  return Buffer.concat([report, sourceDescription(ssrc, cname), bye]);
}

/** One chunk with a CNAME, ended by one to four zero bytes (RFC 3550, 6.5). */
function sourceDescription(ssrc: number, cname: string): Buffer {
  const name = Buffer.from(cname, 'utf8');
  const packet = Buffer.alloc(8 + 4 * Math.ceil((2 + name.length + 1) / 4));
  writeHeader(packet, 1, SOURCE_DESCRIPTION);
  packet.writeUInt32BE(ssrc, 4);
  packet[8] = 1; // CNAME
  packet.writeUInt8(name.length, 9);
  name.copy(packet, 10);
  return packet;
}

function writeHeader(packet: Buffer, count: number, type: number): void {
  packet[0] = 0x80 | count;
  packet[1] = type;
  packet.writeUInt16BE(packet.length / 4 - 1, 2);
}

/** Reads a compound packet; what is cut short or unknown in it is left out. */
export function parseRtcp(data: Buffer): RtcpPacket[] {
  const packets: RtcpPacket[] = [];
  for (let at = 0; at + 8 <= data.length;) {
    const end = at + 4 + 4 * data.readUInt16BE(at + 2);
    if (data.readUInt8(at) >> 6 !== 2 || end > data.length) break;
    const packet = parseOne(data.subarray(at, end - paddingOf(data, at, end)));
    if (packet !== undefined) packets.push(packet);
    at = end;
  }
  return packets;
}

const paddingOf = (data: Buffer, at: number, end: number): number =>
  (data.readUInt8(at) & 0x20) === 0 ? 0 : Math.min(data.readUInt8(end - 1), end - at - 4);

function parseOne(data: Buffer): RtcpPacket | undefined {
  const count = data.readUInt8(0) & 0x1f;
  const type = data.readUInt8(1);
  if (type === BYE) return { type: 'bye', sources: [...entries(data, 4, 4)].slice(0, count).map(ssrcOf) };
  if (data.length < 8) return undefined;
  const sender = data.readUInt32BE(4);
  switch (type) {
    case SENDER_REPORT:
      if (data.length < 28) return undefined;
      return {
        type: 'sender-report',
        sender,
        compactNtp: data.readUInt32BE(10),
        rtpTimestamp: data.readUInt32BE(16),
        packets: data.readUInt32BE(20),
        octets: data.readUInt32BE(24),
        reports: receptionReports(data, 28, count),
      };
    case RECEIVER_REPORT:
      return { type: 'receiver-report', sender, reports: receptionReports(data, 8, count) };
    case TRANSPORT_FEEDBACK:
    case PAYLOAD_FEEDBACK:
      return data.length < 12 ? undefined : parseFeedback(data, type, count, sender, data.readUInt32BE(8));
    default:
      return undefined;
  }
}

/** RFC 4585, 6.1; `format` is what the count's bits mean here. */
function parseFeedback(
  data: Buffer,
  type: number,
  format: number,
  sender: number,
  media: number,
): RtcpPacket | undefined {
  switch (`${type} ${format}`) {
    case '205 1':
      return { type: 'nack', sender, media, lost: [...entries(data, 12, 4)].flatMap(lostOf) };
    case '205 3':
      return { type: 'tmmbr', sender, limits: [...entries(data, 12, 8)].map(limitOf) };
    case '206 1':
      return { type: 'pli', sender, media };
    case '206 4':
      return {
        type: 'fir',
        sender,
        requests: [...entries(data, 12, 8)].map((entry) => ({ media: ssrcOf(entry), sequence: entry.readUInt8(4) })),
      };
    case '206 15': {
      if (data.length < 20 || data.toString('latin1', 12, 16) !== 'REMB') return undefined;
      const word = data.readUInt32BE(16);
      const bitrate = (word & 0x3ffff) * 2 ** ((word >>> 18) & 0x3f);
      return { type: 'remb', sender, bitrate, media: [...entries(data, 20, 4)].slice(0, word >>> 24).map(ssrcOf) };
    }
    default:
      return undefined;
  }
}

function receptionReports(data: Buffer, start: number, count: number): ReceptionReport[] {
  return [...entries(data, start, 24)].slice(0, count).map((block) => ({
    ssrc: ssrcOf(block),
    fractionLost: block.readUInt8(4) / 256,
    packetsLost: block.readIntBE(5, 3),
    highestSequence: block.readUInt32BE(8),
    jitter: block.readUInt32BE(12),
    lastSenderReport: block.readUInt32BE(16),
    sinceSenderReport: (block.readUInt32BE(20) / 65_536) * 1000,
  }));
}

function* entries(data: Buffer, start: number, size: number): Iterable<Buffer> {
  for (let at = start; at + size <= data.length; at += size) yield data.subarray(at, at + size);
}

const ssrcOf = (entry: Buffer): number => entry.readUInt32BE(0);

/** A packet and a mask of the 16 after it. */
function lostOf(entry: Buffer): number[] {
  const first = entry.readUInt16BE(0);
  const mask = entry.readUInt16BE(2);
  const lost = [first];
  for (let i = 0; i < 16; i++) if ((mask & (1 << i)) !== 0) lost.push((first + 1 + i) & 0xffff);
  return lost;
}

function limitOf(entry: Buffer): { media: number; bitrate: number; overhead: number } {
  const word = entry.readUInt32BE(4);
  return {
    media: ssrcOf(entry),
    bitrate: ((word >>> 9) & 0x1ffff) * 2 ** (word >>> 26),
    overhead: word & 0x1ff,
  };
}

/** Milliseconds from the sending of a report to its echo in `report`; undefined where it echoes none. */
export function roundTrip(report: ReceptionReport, wallclock: number): number | undefined {
  if (report.lastSenderReport === 0) return undefined;
  const since = ((compactNtp(wallclock) - report.lastSenderReport) >>> 0) / 65.536;
  const trip = since - report.sinceSenderReport;
  return trip > -5 && trip < 60_000 ? Math.max(0, trip) : undefined;
}
