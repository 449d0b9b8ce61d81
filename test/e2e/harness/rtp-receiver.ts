import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import {
  isRtcp,
  PictureLossIndication,
  ProtectionProfileAes128CmHmacSha1_80,
  RtcpPacketConverter,
  RtcpPayloadSpecificFeedback,
  RtcpReceiverInfo,
  RtcpRrPacket,
  RtcpSrPacket,
  RtpHeader,
  RtpPacket,
  SrtcpSession,
  SrtpSession,
} from 'werift-rtp';
import type { Endpoint, MediaKeys } from './stream-messages.js';

/** An RTP packet that was received, authenticated and decrypted. */
export interface RtpArrival {
  /** When it came, on `performance.now()`. */
  readonly at: number;
  /** Sequence number and timestamp, extended over their wrap. */
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payloadType: number;
  readonly ssrc: number;
  readonly payload: Buffer;
}

export interface SenderReport {
  readonly at: number;
  /** The sender's wall clock in milliseconds since 1900. */
  readonly ntp: number;
  /** Extended like {@link RtpArrival.timestamp}. */
  readonly timestamp: number;
  readonly packets: number;
  readonly octets: number;
  /** The middle 32 bits of the NTP time, as a receiver report returns them. */
  readonly middle: number;
}

const REPORT_INTERVAL = 500;
/** Eight viewers of a test share one event loop, which a phone's does not: what waits for it must not be lost. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;

/** The receiving end of one SRTP stream: one UDP socket for RTP and RTCP (RFC 5761), decrypted by werift. */
export class RtpReceiver {
  readonly packets: RtpArrival[] = [];
  readonly reports: SenderReport[] = [];
  /** Datagrams that did not authenticate or parse. */
  readonly refused: string[] = [];
  /** Ports that datagrams came from. */
  readonly from = new Set<number>();
  /** When an RTCP BYE came. */
  byeAt: number | undefined;
  #remote: Endpoint | undefined;
  #srtp: SrtpSession | undefined;
  #srtcp: SrtcpSession | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sequence = new Extension(16);
  #timestamp = new Extension(32);
  #firCount = 0;
  #drained: (() => void) | undefined;

  private constructor(
    private readonly socket: Socket,
    /** The controller's SSRC, in its receiver reports. */
    readonly ssrc: number,
    private readonly arrived: (packet: RtpArrival | undefined) => void,
  ) {
    socket.on('message', (data, { port }) => {
      const at = performance.now();
      if (port === this.port) {
        this.#drained?.();
        return;
      }
      this.from.add(port);
      try {
        this.#receive(data, at);
      } catch (error) {
        this.refused.push(String(error));
      }
    });
    socket.on('error', (error) => {
      this.refused.push(String(error));
    });
  }

  static async open(ssrc: number, arrived: (packet: RtpArrival | undefined) => void): Promise<RtpReceiver> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new RtpReceiver(socket, ssrc, arrived);
  }

  get port(): number {
    return this.socket.address().port;
  }

  /** Packets missing between the first and the last one. */
  get lost(): number {
    const first = this.packets[0];
    const last = this.packets.at(-1);
    return first === undefined || last === undefined ? 0 : last.sequence - first.sequence + 1 - this.packets.length;
  }

  /** Begins to decrypt with the keys of `remote`, and to send receiver reports, encrypted with `local`. */
  begin(remote: Endpoint, local: MediaKeys): void {
    this.#remote = remote;
    const config = {
      profile: ProtectionProfileAes128CmHmacSha1_80,
      keys: {
        localMasterKey: local.key,
        localMasterSalt: local.salt,
        remoteMasterKey: remote.key,
        remoteMasterSalt: remote.salt,
      },
    };
    this.#srtp = new SrtpSession(config);
    this.#srtcp = new SrtcpSession(config);
    this.resume();
  }

  /** Sends receiver reports every half second. */
  resume(): void {
    this.silence();
    this.#timer = setInterval(() => {
      this.#send(this.#receiverReport());
    }, REPORT_INTERVAL);
  }

  /** Sends no receiver reports, as a phone that has left the house. */
  silence(): void {
    clearInterval(this.#timer);
  }

  requestKeyframe(kind: 'pli' | 'fir'): void {
    const mediaSsrc = this.#remote?.ssrc ?? 0;
    const pli = new PictureLossIndication({ senderSsrc: this.ssrc, mediaSsrc });
    const request =
      kind === 'pli'
        ? new RtcpPayloadSpecificFeedback({ feedback: pli }).serialize()
        : fullIntraRequest(this.ssrc, mediaSsrc, this.#firCount++ & 0xff);
    this.#send(this.#receiverReport(), request);
  }

  /** Sends one packet to the accessory, encrypted. */
  send(header: ConstructorParameters<typeof RtpHeader>[0], payload: Buffer): void {
    if (this.#srtp === undefined || this.#remote === undefined) throw new Error('nothing has been agreed upon yet');
    const data = this.#srtp.encrypt(payload, new RtpHeader({ ssrc: this.ssrc, ...header }));
    this.socket.send(data, this.#remote.port, '127.0.0.1');
  }

  /** Sends bytes as they are. */
  sendRaw(data: Buffer): void {
    this.socket.send(data, this.#remote?.port ?? 0, '127.0.0.1');
  }

  /** Resolves when all is read that has come by now: what this socket sends itself comes behind it. */
  async drained(): Promise<void> {
    const read = new Promise<void>((resolve) => (this.#drained = resolve));
    const send = (): void => {
      this.socket.send(Buffer.of(0), this.port, '127.0.0.1');
    };
    // A full buffer takes nothing more.
    const again = setInterval(send, 10);
    send();
    await read;
    clearInterval(again);
  }

  close(): Promise<void> {
    this.silence();
    return new Promise((resolve) => this.socket.close(resolve));
  }

  #receive(data: Buffer, at: number): void {
    if (this.#srtp === undefined || this.#srtcp === undefined) throw new Error('a datagram came before the answer');
    if (isRtcp(data)) this.#receiveReports(this.#srtcp.decrypt(data), at);
    else this.#receivePacket(RtpPacket.deSerialize(this.#srtp.decrypt(data)), at);
  }

  #receivePacket({ header, payload }: RtpPacket, at: number): void {
    const packet = {
      at,
      sequence: this.#sequence.extend(header.sequenceNumber),
      timestamp: this.#timestamp.extend(header.timestamp),
      marker: header.marker,
      payloadType: header.payloadType,
      ssrc: header.ssrc,
      payload,
    };
    this.packets.push(packet);
    this.arrived(packet);
  }

  #receiveReports(data: Buffer, at: number): void {
    if (byePacket(data)) this.byeAt = at;
    for (const report of RtcpPacketConverter.deSerialize(data)) {
      if (!(report instanceof RtcpSrPacket)) continue;
      const { ntpTimestamp, rtpTimestamp, packetCount, octetCount } = report.senderInfo;
      this.reports.push({
        at,
        ntp: (Number(ntpTimestamp) / 2 ** 32) * 1000,
        timestamp: this.#timestamp.extend(rtpTimestamp, false),
        packets: packetCount,
        octets: octetCount,
        middle: Number((ntpTimestamp >> 16n) & 0xffffffffn),
      });
    }
    this.arrived(undefined);
  }

  #receiverReport(): Buffer {
    const last = this.packets.at(-1);
    if (last === undefined) return new RtcpRrPacket({ ssrc: this.ssrc, reports: [] }).serialize();
    const report = this.reports.at(-1);
    const sinceReport = report === undefined ? 0 : ((performance.now() - report.at) / 1000) * 65536;
    const info = new RtcpReceiverInfo({
      ssrc: last.ssrc,
      fractionLost: 0,
      packetsLost: Math.max(0, this.lost),
      highestSequence: last.sequence % 2 ** 32,
      jitter: 0,
      lsr: report?.middle ?? 0,
      dlsr: Math.floor(sinceReport),
    });
    return new RtcpRrPacket({ ssrc: this.ssrc, reports: [info] }).serialize();
  }

  #send(...packets: readonly Buffer[]): void {
    if (this.#srtcp === undefined || this.#remote === undefined) return;
    const data = this.#srtcp.encrypt(Buffer.concat(packets));
    this.socket.send(data, this.#remote.port, '127.0.0.1');
  }
}

const PAYLOAD_SPECIFIC = 206;
const FIR = 4;

/** RFC 5104, 4.3.1: werift exports no writer of it. */
function fullIntraRequest(sender: number, media: number, count: number): Buffer {
  const out = Buffer.alloc(20);
  out.writeUInt8(0x80 | FIR, 0);
  out.writeUInt8(PAYLOAD_SPECIFIC, 1);
  out.writeUInt16BE(out.length / 4 - 1, 2);
  out.writeUInt32BE(sender, 4);
  out.writeUInt32BE(media, 12);
  out.writeUInt8(count, 16);
  return out;
}

const BYE = 203;

/** A compound packet is walked by its lengths, in words less one (RFC 3550, 6.4.1). */
function byePacket(data: Buffer): boolean {
  for (let at = 0; at + 4 <= data.length; at += (data.readUInt16BE(at + 2) + 1) * 4) {
    if (data[at + 1] === BYE) return true;
  }
  return false;
}

/** Extends a counter of `bits` bits beyond its wrap, by its distance to the last value. */
class Extension {
  #last: number | undefined;

  constructor(private readonly bits: number) {}

  extend(value: number, remember = true): number {
    const range = 2 ** this.bits;
    const last = this.#last ?? value + range;
    const distance = (((value - last) % range) + range) % range;
    const extended = last + (distance >= range / 2 ? distance - range : distance);
    if (remember) this.#last = extended;
    return extended;
  }
}
