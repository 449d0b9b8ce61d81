import fc from 'fast-check';
import { AudioSender } from '../../../src/media/rtp/audio-sender.js';
import { VideoSender } from '../../../src/media/rtp/video-sender.js';
import { FakeClock } from './fake-clock.js';
import { at, playedAt, receiver, stepsOf } from './receiver.js';

function setUp(codec: 'opus' | 'aac-eld' = 'opus', packetTime = 20, sampleRate = 24_000, clock = new FakeClock()) {
  const viewer = receiver(5, clock);
  const sender = new AudioSender({ ...viewer.stream, codec, packetTime, sampleRate });
  const send = (time: number, data = Buffer.from('sound')): void => {
    sender.send({ kind: 'audio', time, data });
  };
  /** Steps of RTP time from packet to packet. */
  const steps = (): number[] => stepsOf(viewer.packets.map(({ timestamp }) => timestamp));
  return { ...viewer, sender, send, steps, start: clock.now() };
}

describe('AudioSender', () => {
  it.each([
    [20, 24_000, 480],
    [40, 24_000, 960],
    [60, 24_000, 1440],
    [20, 16_000, 320],
    [30, 16_000, 480],
    [60, 8_000, 480],
  ])('moves on by packets of %i ms at %i Hz', (packetTime, sampleRate, step) => {
    const { send, steps, start, packets } = setUp('opus', packetTime, sampleRate);
    for (let i = 0; i < 5; i++) send(start + i * packetTime);
    expect(steps()).toEqual([step, step, step, step]);
    expect(packets.every(({ payload }) => payload.toString() === 'sound')).toBe(true);
  });

  it('puts an AU header before AAC (RFC 3640: one unit, 13 bits of size)', () => {
    const { send, packets, start } = setUp('aac-eld', 30, 16_000);
    send(start, Buffer.alloc(300, 1));
    expect(packets[0]?.payload.subarray(0, 5).toString('hex')).toBe('00100960' + '01');
    expect(packets[0]?.payload.length).toBe(304);
    expect(packets[0]?.marker).toBe(true);
  });

  it.each<[string, number[], number[]]>([
    ['jitter of a few milliseconds', [0, 24, 37, 63, 80], [1, 1, 1, 1]],
    ['one lost packet', [0, 20, 60, 80], [1, 1, 1]],
    ['two lost packets', [0, 20, 80, 100], [1, 3, 1]],
    ['a camera that was gone for 7 seconds', [0, 20, 7031, 7051], [1, 351, 1]],
    ['a source that repeats 100 ms', [0, 20, 40, 60, 80, 100, -20, 0, 20, 40, 60, 80, 100, 120], [1, 1, 1, 1, 1, 1, 1]],
  ])('keeps to the time line through %s', (_name, times, expected) => {
    const { send, steps, start } = setUp();
    for (const time of times) send(start + time);
    expect(steps().map((step) => step / 480)).toEqual(expected);
  });

  it('follows a source whose clock drifts without a jump', () => {
    for (const drift of [-3e-4, 3e-4]) {
      const { send, steps, start, reports, packets, clock } = setUp();
      for (let n = 0; n < 20_000; n++) {
        clock.advance(20 * (1 + drift));
        send(start + n * 20 * (1 + drift));
      }
      expect(new Set(steps())).toEqual(new Set([480]));
      const played = playedAt(at(reports, -1), at(packets, -1).timestamp, 24_000);
      expect(Math.abs(played - (start + 19_999 * 20 * (1 + drift)))).toBeLessThan(2);
    }
  });

  it('reports at once and every 500 ms until its signal', () => {
    const { send, clock, start, end, reports, packets } = setUp();
    send(start);
    clock.advance(1200);
    expect(reports.map(({ at, report }) => [at - start, report.packets])).toEqual([
      [0, 0],
      [500, 1],
      [1000, 1],
    ]);
    end.abort();
    send(start + 20);
    clock.advance(1200);
    expect([reports.length, packets.length, clock.pending]).toEqual([3, 1, 0]);
  });

  it('says goodbye when told to', () => {
    const { send, sender, others, start } = setUp();
    send(start);
    sender.bye();
    expect(others.map(({ type }) => type)).toEqual(['receiver-report', 'bye']);
  });
});

describe('sound and picture in step', () => {
  it('a receiver that goes by the sender reports plays both within 50 ms of their times', () => {
    const source = fc.record({
      packetTime: fc.constantFrom(20, 40, 60),
      /** How much faster or slower the source samples than it says. */
      drift: fc.double({ min: -3e-4, max: 3e-4, noNaN: true }),
      jitter: fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 50 }),
      /** Seconds into the session, length in ms. */
      gaps: fc.array(fc.tuple(fc.integer({ min: 0, max: 55 }), fc.integer({ min: 25, max: 8000 })), { maxLength: 3 }),
      late: fc.integer({ min: 0, max: 400 }),
    });
    fc.assert(
      fc.property(source, ({ packetTime, drift, jitter, gaps, late }) => {
        const clock = new FakeClock();
        const start = clock.now();
        const { send, packets, reports } = setUp('opus', packetTime, 24_000, clock);
        const viewer = receiver(6, clock);
        const video = new VideoSender({ ...viewer.stream, parameterSets: [] });
        const check = (real: number, played: number): void => {
          if (Math.abs(played - real) > 50)
            throw new Error(`${played - real} ms off, ${real - start} ms into the session`);
        };
        const inGap = (time: number): boolean =>
          gaps.some(([from, length]) => time >= from * 1000 && time < from * 1000 + length);
        for (let n = 0; n * packetTime < 60_000; n++) {
          const time = n * packetTime * (1 + drift);
          clock.advance(Math.max(0, start + time + late - clock.now()));
          if (inGap(time)) continue;
          const real = start + time + (jitter[n % jitter.length] ?? 0);
          const before = packets.length;
          send(real);
          const packet = packets.at(-1);
          const report = reports.at(-1);
          if (packets.length > before && packet !== undefined && report !== undefined)
            check(real, playedAt(report, packet.timestamp, 24_000));
          video.send({ kind: 'video', time: real, keyframe: true, units: [Buffer.from([0x65, 1])], bytes: 2 });
          const shown = playedAt(at(viewer.reports, -1), at(viewer.packets, -1).timestamp, 90_000);
          check(real, shown);
        }
        expect(packets.length).toBeGreaterThan(0);
      }),
      { numRuns: 25 },
    );
  });
});
