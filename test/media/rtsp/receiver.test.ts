import fc from 'fast-check';
import type { Formats, Packet } from '../../../src/media/packet.js';
import { planTracks } from '../../../src/media/rtsp/plan.js';
import { Receiver } from '../../../src/media/rtsp/receiver.js';
import { parseSdp } from '../../../src/media/rtsp/sdp.js';
import { buildBye, buildSenderReport } from '../../../src/media/rtp/rtcp.js';
import { fragment, nal } from './packetise.js';
import { PPS, rtpFrame, SDP, SPS } from './scripted-camera.js';

const IDR = nal('h264', 5, true, 0x11, 100);
const P = nal('h264', 1);
const sets = [SPS, PPS].map((set) => Buffer.from(set, 'base64'));

function start(sdp = SDP) {
  const description = parseSdp(sdp);
  const plan = description && planTracks(description, true);
  if (!plan || typeof plan === 'string') throw new Error(plan);
  const formats: Formats[] = [];
  const packets: Packet[] = [];
  const hub = { time: 0 };
  const receiver = new Receiver(
    plan,
    { formats: (value) => formats.push(value), packet: (packet) => packets.push(packet) },
    () => hub.time,
  );
  receiver.bind('video', [0, 1]);
  receiver.bind('audio', [2, 3]);
  let sequence = 0;
  const video = (unit: Buffer, at: number, marker = true, ssrc = 1): void => {
    const frame = rtpFrame(0, { type: 96, marker, sequence: sequence++, timestamp: at * 90, ssrc }, unit);
    receiver.frame(0, frame.subarray(4));
  };
  const audio = (at: number, channel = 2): void => {
    receiver.frame(
      channel,
      rtpFrame(channel, { type: 0, sequence: at, timestamp: at * 8, ssrc: 2 }, Buffer.alloc(160)).subarray(4),
    );
  };
  const lose = (): void => {
    sequence++;
  };
  return { receiver, formats, packets, hub, video, audio, lose };
}

const shown = (packets: readonly Packet[]): string[] =>
  packets.map((packet) => `${packet.kind === 'audio' ? 'a' : packet.keyframe ? 'I' : 'P'}${packet.time}`);

describe('the receiver', () => {
  it('tells the formats of the SDP at once, and others when they come', () => {
    const { receiver, formats, video, packets } = start();
    receiver.announce();
    expect(formats).toHaveLength(1);
    const [sps = Buffer.alloc(0), pps = Buffer.alloc(0)] = sets;
    const other = Buffer.concat([sps.subarray(0, -1), Buffer.of(0x91)]);
    for (const unit of [other, pps, IDR]) video(unit, 0, unit === IDR);
    video(P, 50);
    video(P, 100);
    expect(formats.map(({ video: { parameterSets } }) => parameterSets)).toEqual([sets, [other, pps]]);
    expect(packets[0]).toMatchObject({ units: [other, pps, IDR], bytes: other.length + pps.length + IDR.length });
  });

  it('gives no packet before the formats are known', () => {
    const { receiver, formats, video, audio, packets } = start(SDP.replace(/;sprop[^\r]*/, ''));
    receiver.announce();
    audio(0);
    video(IDR, 0);
    video(P, 50);
    expect(formats).toEqual([]);
    expect(packets).toEqual([]);
    for (const unit of [...sets, IDR]) video(unit, 100, unit === IDR);
    audio(20);
    video(P, 150);
    expect(formats).toHaveLength(1);
    expect(packets.map(({ kind }) => kind)).toEqual(['video', 'video']);
  });

  it('leaves out what was damaged, and what depends on it', () => {
    const { receiver, packets, video, lose } = start();
    receiver.announce();
    const [first = IDR, second = IDR, ...rest] = fragment('h264', IDR, 20);
    video(IDR, 0);
    video(P, 50);
    lose();
    video(P, 150);
    video(first, 200, false);
    lose();
    for (const part of rest.slice(1)) video(part, 200, part === rest.at(-1));
    video(P, 250);
    for (const part of [first, second, ...rest]) video(part, 300, part === rest.at(-1));
    for (const at of [350, 400]) video(P, at);
    expect(shown(packets)).toEqual(['I0', 'I300', 'P350', 'P400']);
  });

  it('goes on with a source that changes, on its own clock', () => {
    const { receiver, packets, video, hub } = start();
    receiver.announce();
    video(IDR, 0);
    video(P, 50);
    hub.time = 100;
    video(IDR, 9_000_000, true, 7);
    video(P, 9_000_050, true, 7);
    video(P, 9_000_100, true, 7);
    expect(shown(packets)).toEqual(['I0', 'I100', 'P150', 'P200']);
  });

  it('heeds sender reports, and goodbyes of the video only', () => {
    const { receiver, packets, video, audio } = start();
    receiver.announce();
    video(IDR, 0);
    video(P, 50);
    audio(0);
    const report = (channel: number, ssrc: number, wallclock: number): void => {
      receiver.frame(
        channel,
        buildSenderReport({ ssrc, wallclock, rtpTimestamp: 0, packets: 1, octets: 1, cname: 'x' }),
      );
    };
    report(1, 1, 1_700_000_000_000);
    report(3, 2, 1_700_000_000_400);
    audio(20);
    expect(packets.at(-1)?.time).toBeCloseTo(420, 0);
    receiver.frame(3, buildBye(2, 'x'));
    expect(receiver.ended).toBe(false);
    receiver.frame(1, buildBye(1, 'x'));
    expect(receiver.ended).toBe(true);
  });

  it('never fails, and gives no more than it took', () => {
    const kinds = [...fragment('h264', IDR, 20), IDR, P, ...sets];
    const good = fc
      .tuple(fc.constantFrom(...kinds), fc.nat(30), fc.nat(30), fc.boolean())
      .map(([payload, sequence, time, marker]) =>
        rtpFrame(0, { type: 96, marker, sequence, timestamp: time * 4500 }, payload).subarray(4),
      );
    const report = buildSenderReport({ ssrc: 1, wallclock: 1, rtpTimestamp: 0, packets: 1, octets: 1, cname: 'x' });
    const mutated = fc
      .tuple(fc.oneof(good, fc.constant(report)), fc.nat(), fc.nat(255), fc.nat())
      .map(([packet, at, value, length]) => {
        const copy = Buffer.from(packet.subarray(0, length % 3 === 0 ? length % packet.length : packet.length));
        if (copy.length > 0) copy[at % copy.length] = value;
        return copy;
      });
    const any = fc.oneof(
      good,
      mutated,
      fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5), any), { maxLength: 60 }), (frames) => {
        const { receiver, packets } = start();
        receiver.announce();
        let given = 0;
        for (const [channel, payload] of frames) {
          given += payload.length;
          receiver.frame(channel, payload);
        }
        const taken = packets.reduce(
          (sum, packet) => sum + (packet.kind === 'audio' ? packet.data.length : packet.bytes),
          0,
        );
        expect(taken).toBeLessThanOrEqual(given);
        expect(packets.every(({ time }) => Number.isFinite(time))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
