import fc from 'fast-check';
import type { VideoPacket } from '../../../src/media/packet.js';
import { compactNtp } from '../../../src/media/rtp/ntp.js';
import { VideoSender } from '../../../src/media/rtp/video-sender.js';
import { depacketize } from './depacketize.js';
import { at, playedAt, receiver, stepsOf, ticksBetween } from './receiver.js';

const unit = (type: number, length = 10): Buffer =>
  Buffer.concat([Buffer.from([0x60 | type]), Buffer.alloc(length, type)]);
const sps = unit(7);
const pps = unit(8);

const frame = (time: number, keyframe = false, units = [unit(keyframe ? 5 : 1)]): VideoPacket => ({
  kind: 'video',
  time,
  keyframe,
  units,
  bytes: units.reduce((sum, { length }) => sum + length, 0),
});

function setUp() {
  const viewer = receiver(0x11223344);
  const sender = new VideoSender({ ...viewer.stream, parameterSets: [sps, pps] });
  /** What came, by access unit: RTP time and NAL unit types. */
  const units = () => {
    const found: { timestamp: number; types: number[] }[] = [];
    let payloads: Buffer[] = [];
    for (const { payload, marker, timestamp } of viewer.packets) {
      payloads.push(payload);
      if (!marker) continue;
      found.push({ timestamp, types: depacketize(payloads).map((each) => each.readUInt8(0) & 0x1f) });
      payloads = [];
    }
    expect(payloads).toEqual([]);
    return found;
  };
  return { ...viewer, sender, units, start: viewer.clock.now() };
}

describe('VideoSender', () => {
  it('begins with a keyframe and puts parameter sets before every one that lacks them', () => {
    const { sender, units, start } = setUp();
    sender.send(frame(start));
    sender.send(frame(start + 40, true));
    sender.send(frame(start + 80));
    sender.send(frame(start + 120, true, [unit(7, 3), unit(8, 3), unit(5)]));
    sender.parameterSets = [unit(7, 20), pps];
    sender.send(frame(start + 160, true, [unit(7, 3), unit(5)]));
    expect(units().map(({ types }) => types)).toEqual([[7, 8, 5], [1], [7, 8, 5], [7, 8, 7, 5]]);
  });

  it('leaves out delimiters, SEI, filler and ends of stream', () => {
    const { sender, units, start } = setUp();
    sender.send(frame(start, true, [unit(9), unit(7), unit(8), unit(6), unit(5), unit(12), unit(10), unit(11)]));
    sender.send(frame(start + 40, false, [unit(9), unit(6)]));
    sender.send(frame(start + 80, false, [unit(9), unit(1), unit(1)]));
    expect(units().map(({ types }) => types)).toEqual([
      [7, 8, 5],
      [1, 1],
    ]);
  });

  it('numbers packets without a gap, marks the last of each frame, and names its stream', () => {
    const { sender, packets, start } = setUp();
    sender.send(frame(start, true, [unit(5, 5000)]));
    sender.send(frame(start + 40, false, [unit(1, 1500)]));
    expect(packets.map(({ marker }) => marker)).toEqual([false, false, false, false, false, true, false, true]);
    const first = packets[0]?.sequenceNumber ?? 0;
    expect(first).toBeLessThan(2 ** 15);
    expect(packets.map(({ sequenceNumber }) => sequenceNumber)).toEqual(packets.map((_, i) => first + i));
    expect(new Set(packets.map(({ ssrc, payloadType }) => `${ssrc} ${payloadType}`))).toEqual(
      new Set(['287454020 99']),
    );
    expect(Math.max(...packets.map(({ payload }) => payload.length))).toBe(1200);
  });

  it('starts every session at a time of its own', () => {
    const bases = Array.from({ length: 8 }, () => {
      const { sender, packets, start } = setUp();
      sender.send(frame(start, true));
      return packets[0]?.timestamp;
    });
    expect(new Set(bases).size).toBe(8);
  });

  it('gives frames from memory times 1 ms apart that end at the newest, and live ones their own', () => {
    const { sender, units, start, reports } = setUp();
    sender.sendBacklog([frame(start - 3000, true), frame(start - 2000), frame(start - 1000), frame(start - 10)]);
    sender.send(frame(start + 40));
    const times = units().map(({ timestamp }) => playedAt(at(reports, 0), timestamp, 90_000) - start);
    expect(times.map(Math.round)).toEqual([-13, -12, -11, -10, 40]);
  });

  it('answers a lost picture with frames that were sent before, in times that go on', () => {
    const { sender, units, start, clock } = setUp();
    const gop = [frame(start, true), ...Array.from({ length: 30 }, (_, i) => frame(start + 40 + i * 40))];
    gop.forEach((each) => {
      sender.send(each);
    });
    clock.advance(100);
    sender.sendBacklog(gop);
    sender.send(frame(start + 31 * 40));
    clock.advance(100);
    const times = units().map(({ timestamp }) => timestamp);
    expect(times).toHaveLength(63);
    expect(Math.min(...stepsOf(times))).toBeGreaterThan(0);
    expect(ticksBetween(at(times, 0), at(times, 62))).toBe(31 * 40 * 90);
  });

  it('never lets RTP time stand still or go back, whatever the times', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e7, max: 1e7, noNaN: true }), { minLength: 2, maxLength: 30 }),
        (times) => {
          const { sender, units, start } = setUp();
          times.forEach((time, i) => {
            sender.send(frame(start + time, i === 0));
          });
          const sent = units().map(({ timestamp }) => timestamp);
          expect(sent).toHaveLength(times.length);
          expect(Math.min(...stepsOf(sent))).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('reports at once, then every 500 ms, with RTP and wall clock time of that moment and what was sent', () => {
    const { sender, reports, packets, clock, start } = setUp();
    expect(clock.pending).toBe(0);
    clock.advance(30);
    sender.send(frame(start + 10, true, [unit(5, 5000)]));
    clock.advance(1520);
    expect(reports.map(({ at, afterPackets }) => [at - start, afterPackets])).toEqual([
      [30, 0],
      [530, packets.length],
      [1030, packets.length],
      [1530, packets.length],
    ]);
    for (const { report, at: time } of reports) {
      expect(ticksBetween(at(packets, 0).timestamp, report.rtpTimestamp)).toBe((time - start - 10) * 90);
      expect(report.compactNtp).toBe(compactNtp(Date.UTC(2026, 0, 1) + time));
    }
    const octets = packets.reduce((sum, { payload }) => sum + payload.length, 0);
    expect(reports.map(({ report }) => [report.packets, report.octets])).toEqual([
      [0, 0],
      [packets.length, octets],
      [packets.length, octets],
      [packets.length, octets],
    ]);
  });

  it('lets a large backlog out in steps, live frames behind it, and a new backlog in place of what waits', () => {
    const { sender, packets, clock, start, units } = setUp();
    const key = frame(start - 100, true, [unit(5, 300_000)]);
    sender.sendBacklog([key, frame(start - 50)]);
    sender.send(frame(start));
    const atOnce = packets.length;
    expect(atOnce).toBe(40);
    expect(sender.waitingBytes).toBeGreaterThan(200_000);
    sender.sendBacklog([frame(start - 100, true), frame(start - 50), frame(start)]);
    clock.advance(200);
    expect(units().map(({ types }) => types)).toEqual([[7, 8, 5], [7, 8, 5], [1], [1]]);
    expect(sender.waitingBytes).toBe(0);
  });

  it('says goodbye when told to, and is silent after its signal', () => {
    const { sender, others, packets, reports, clock, start, end } = setUp();
    sender.bye();
    expect(others).toEqual([]);
    sender.send(frame(start, true));
    sender.bye();
    expect(others.map(({ type }) => type)).toEqual(['receiver-report', 'bye']);
    end.abort();
    const [sent, reported] = [packets.length, reports.length];
    sender.send(frame(start + 40, true));
    sender.sendBacklog([frame(start + 80, true)]);
    sender.bye();
    clock.advance(5000);
    expect([packets.length, reports.length, others.length, clock.pending]).toEqual([sent, reported, 2, 0]);
  });

  it('sends nothing for a backlog of nothing', () => {
    const { sender, packets, reports } = setUp();
    sender.sendBacklog([]);
    expect([packets.length, reports.length]).toEqual([0, 0]);
  });
});
