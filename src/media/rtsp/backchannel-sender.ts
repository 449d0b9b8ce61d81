import { randomBytes } from 'node:crypto';
import { buildRtp } from '../rtp/rtp.js';
import { AAC_SAMPLES, type BackchannelPlan } from './backchannel-plan.js';

/** Sound in a packet of PCM, ms: what cameras expect (RFC 3551, 4.2), and 320 bytes of G.711 at most. */
const PACKET_TIME = 20;
/** Sound that comes later than this is a new utterance: the RTP clock follows the hub's, ms. */
const PAUSE = 200;

/** Cuts coded sound into RTP packets for one camera; the first of each utterance is marked (RFC 3551, 4.1). */
export class BackchannelSender {
  private readonly ssrc = randomBytes(4).readUInt32BE();
  private readonly timestampBase = randomBytes(4).readUInt32BE();
  private sequenceNumber = randomBytes(2).readUInt16BE();
  /** PCM that does not fill a packet yet. */
  private rest: Buffer = Buffer.alloc(0);
  /** Of the next packet, on the RTP clock. */
  private ticks = 0;
  /** Hub time at which the sound that has been sent will have been played, ms. */
  private until = -Infinity;

  /**
   * @param send takes one RTP packet
   * @param now monotonic milliseconds
   */
  constructor(
    private readonly plan: BackchannelPlan,
    private readonly send: (packet: Buffer) => void,
    private readonly now: () => number,
  ) {}

  /** @param data a run of PCM of any length, or one AAC access unit */
  push(data: Buffer): void {
    const { codec, sampleRate, channels } = this.plan;
    if (codec === 'aac') {
      this.write(accessUnit(data), AAC_SAMPLES);
      return;
    }
    const sampleBytes = (codec === 'pcm_s16be' ? 2 : 1) * channels;
    const samples = Math.round((sampleRate * PACKET_TIME) / 1000);
    const all = this.rest.length === 0 ? data : Buffer.concat([this.rest, data]);
    const size = samples * sampleBytes;
    let at = 0;
    for (; at + size <= all.length; at += size) this.write(all.subarray(at, at + size), samples);
    this.rest = all.subarray(at);
  }

  private write(payload: Buffer, samples: number): void {
    const { payloadType, clockRate, sampleRate } = this.plan;
    const now = this.now();
    const marker = now - this.until > PAUSE;
    if (marker) {
      if (Number.isFinite(this.until)) this.ticks += Math.round(((now - this.until) / 1000) * clockRate);
      this.until = now;
    }
    const timestamp = (this.timestampBase + this.ticks) >>> 0;
    const { ssrc, sequenceNumber } = this;
    this.send(buildRtp({ payloadType, marker, sequenceNumber, timestamp, ssrc }, payload));
    this.sequenceNumber = (sequenceNumber + 1) & 0xffff;
    this.ticks += Math.round((samples * clockRate) / sampleRate);
    this.until += (samples / sampleRate) * 1000;
  }
}

/** One access unit behind its size, 13 bits and 3 of index (RFC 3640, 3.3.6). */
function accessUnit(data: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(16, 0);
  head.writeUInt16BE((data.length << 3) & 0xffff, 2);
  return Buffer.concat([head, data]);
}
